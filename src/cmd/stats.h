/* What bouncedb stats shows, read from the database. */
#pragma once

#include "mail/taxonomy.h"
#include "report/times.h"
#include "store/store.h"

enum { STATS_DAYS = 30 };

/* Failures of the last day, the one before, 7 days and 30 days. */
typedef struct {
  char *name; /* NULL = unknown */
  gint64 today, yesterday, week, month;
} StatsCount;

typedef struct {
  Reason reason;
  char *provider;    /* id; NULL = other */
  char *rule;        /* id, of the last failure; NULL = it was erased */
  char *diagnostic;  /* of the last failure */
  gint64 failures;   /* in 30 days */
  gint64 failure_id; /* the last one; 0 = it was erased */
  gint64 last_at;    /* of the last one, Unix seconds */
} StatsRemedy;

/* Zeroed before it is read; owns everything. */
typedef struct {
  gint64 today; /* UTC, days since 1970 */
  StatsCount all;
  gint64 days[STATS_DAYS];                                      /* the oldest first */
  GPtrArray *parties, *classes, *reasons, *providers, *domains; /* (element-type StatsCount) */
  GPtrArray *remedies;                                          /* (element-type StatsRemedy) */
  Times *times;
  gint64 suppressed, held;
  gint64 hosts; /* of a fleet, that are counted; 0 = this host alone */
} Stats;

bool stats_read(Store *store, gint64 now, Stats *out, GError **error);
void stats_clear(Stats *stats);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Stats, stats_clear)
