/* Whether a day's count is more than its own history explains. The only such rule: report, stats
 * and trends all ask it. */
#pragma once

#include <glib.h>
#include <stdbool.h>

enum {
  TREND_HISTORY = 56, /* days that are a measure: eight of each weekday */
  TREND_LEAST = 10,   /* failures more than usual; fewer are never worth a word */
  TREND_NEEDED = 8,   /* days of history, without which nothing is usual */
};

/* A day and those before it. */
typedef struct {
  gint64 counts[TREND_HISTORY + 1];  /* failures; [0] is the day in question */
  gint64 volumes[TREND_HISTORY + 1]; /* of something that grows with the mail that was sent */
  bool ignored[TREND_HISTORY + 1];   /* not a measure: it was unusual itself */
  guint n;                           /* days that are known, with [0] */
} TrendDays;

/* [0] may be a day that is not over yet. usual: how many were to be expected on that day. */
bool trend_is_unusual(const TrendDays *days, double *usual);

/* Whether two of the same weekdays had nearly as many, or more: then it is not unusual. Faster. */
bool trend_is_frequent(const TrendDays *days);
