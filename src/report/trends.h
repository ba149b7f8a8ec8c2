/* What has changed: counts of failures by reason, provider and list that their own history does not
 * explain. Days are UTC, since 1970. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "mail/taxonomy.h"
#include "report/trends-rule.h"

enum {
  TRENDS_PAUSE = 7, /* days without anything unusual, after which a change is a new one */
  /* Days to read before the first one that is asked about: their own unusual days are found too. */
  TRENDS_BEFORE = 2 * TREND_HISTORY + TRENDS_PAUSE,
};

typedef struct Trends Trends;
Trends *trends_new(void);
void trends_free(Trends *trends);

/* Counts failures of a day; most days come in their order, which is faster. "" is an unknown
 * provider or list. */
void trends_add(Trends *trends, gint64 day, Reason reason, const char *provider, const char *list,
                gint64 failures);

/* Something that fails more than usual. */
typedef struct {
  Reason reason;
  GPtrArray *providers;  /* where, the most failures first; empty = all together; borrowed (utf8) */
  const char *list;      /* of which list; NULL = of several; borrowed from trends */
  gint64 first, last;    /* the first and the last unusual day */
  gint64 failures, days; /* since the first day, in so many days */
  gint64 usual;          /* a day, before */
  bool is_new;           /* it has never failed before */
} Change;

/* What began from since to today, the most failures first. Neither what lasts since before nor the
 * parts of what is told are told. (element-type Change) (transfer full) */
GPtrArray *trends_changes(const Trends *trends, gint64 since, gint64 today);

/* All failures for a reason at a provider, or of any reason if it is REASON_NONE, at all providers
 * if provider is NULL. Whether they are unusual on a day; usual: what was to be expected. */
bool trends_is_unusual(const Trends *trends, Reason reason, const char *provider, gint64 day,
                       gint64 *usual);

/* Whether there is enough history to tell what is unusual. */
bool trends_has_history(const Trends *trends, gint64 today);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Trends, trends_free)
