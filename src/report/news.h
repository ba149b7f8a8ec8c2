/* What has changed, read from the database, with its evidence. */
#pragma once

#include "judge/rules.h"
#include "store/store.h"
#include "report/trends.h"

enum { NEWS_MAX = 20 };

typedef struct {
  Change *change;    /* borrowed */
  gint64 since;      /* when it began (Unix seconds) */
  gint64 failure_id; /* the first one; 0 = it is not there any longer */
  gint64 domains;    /* recipient domains since then, among the failures that were looked at */
  gint64 held;       /* addresses that the guard holds because of it */
  char *rule;        /* of the first failure; NULL = not known */
} Evidence;

/* Owns everything. */
typedef struct {
  Trends *trends;
  bool has_history;    /* long enough to tell what is unusual */
  GPtrArray *changes;  /* what began, the most failures first (element-type Change) */
  GPtrArray *evidence; /* of the first NEWS_MAX of them (element-type Evidence) */
} News;

/* Adds the counts of the days from first to last. */
bool news_count(Trends *trends, Store *store, gint64 first, gint64 last, GError **error);

/* What began from the day since to now (Unix seconds). NULL on error. */
News *news_read(Store *store, gint64 since, gint64 now, GError **error);
void news_free(News *news);

/* Why it fails, in words of the rule; NULL = no rule says. What to do about it; never NULL. */
const char *news_cause(const Rules *rules, const Evidence *evidence);
const char *news_remedy(const Rules *rules, const Evidence *evidence);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(News, news_free)
