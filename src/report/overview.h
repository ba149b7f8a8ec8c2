/* What bouncedb report shows, whatever the format: read from the database in one snapshot, and
 * bounded, however much the database has. Days are UTC, since 1970. */
#pragma once

#include "judge/rules.h"
#include "store/store.h"
#include "report/cube.h"
#include "report/domains.h"
#include "report/issues.h"
#include "report/recent.h"
#include "report/times.h"

enum { OVERVIEW_REMEDIES = 10, OVERVIEW_NEWS = 3 };

/* What of people is shown. */
typedef enum {
  OVERVIEW_PLAIN,      /* no addresses: replies have placeholders for them */
  OVERVIEW_ADDRESSES,  /* addresses, and replies as they came */
  OVERVIEW_ANONYMISED, /* for strangers: neither replies nor names of lists */
} OverviewDetail;

typedef struct {
  char *reply; /* NULL in an anonymised report */
  gint64 failures, domains, first_day, last_day, failure_id;
} UnknownReply;

typedef struct {
  gint64 day, suppressed, held, lifted;
} ListDay;

/* Of complaints, by provider; of messages, by kind. */
typedef struct {
  char *name; /* NULL = unknown */
  gint64 week, month, kept, last_day;
} SourceCount;

typedef struct {
  char *recipient, *reason, *provider;
  gint64 day;
} RecentEntry;

/* Failures ever recorded. */
typedef struct {
  Class klass;
  Reason reason;
  char *provider; /* "" = unknown */
  gint64 failures;
} Counter;

typedef struct {
  OverviewDetail detail;
  const Rules *rules; /* borrowed */
  gint64 now, today;
  Cube *cube;
  GPtrArray *issues;         /* the most failures first (element-type Issue) */
  GPtrArray *remedies;       /* of these, what people can do something about; borrowed */
  GPtrArray *news;           /* of these, what is unusual since yesterday; borrowed */
  bool has_history;          /* long enough to tell what is unusual */
  gint64 days[ISSUES_MONTH]; /* failures, the newest first */
  bool unusual;              /* today or yesterday, all together */
  gint64 usual, usual_day;   /* what was expected on that day, or yesterday */
  gint64 parties[N_PARTIES][ISSUES_MONTH]; /* the same by who has to act */
  Recent *recent;
  Times *times;
  gint64 times_ever[N_TIMES], seconds_ever; /* failures ever recorded, and the sum of their times */
  GPtrArray *domains;                       /* the most failures first (element-type Domain) */
  GPtrArray *unknown, *list_days;           /* of the types above */
  GPtrArray *complaints, *messages, *entries;
  GPtrArray *counters;     /* by provider (element-type Counter) */
  gint64 last_message;     /* when it was recorded (Unix seconds); 0 = never */
  gint64 suppressed, held; /* how many addresses are on the list, and how many are held */
  gint64 hosts;            /* of a fleet, that are counted; 0 = this host alone */
  bool in_fleet;           /* and then: */
  gint64 synced_at;        /* when the last sync was (Unix seconds); 0 = never */
  gint64 backlog, refused; /* messages to be sent, and those that the fleet could not take */
} Overview;

Overview *overview_read(Store *store, const Rules *rules, OverviewDetail detail, gint64 now,
                        GError **error);
void overview_free(Overview *overview);

/* The failures of the first n days, today first. */
gint64 overview_sum(const gint64 *days, guint n);

/* What to do about it, and what happened, in words of the rule. NULL = no rule says. */
const char *overview_remedy(const Overview *overview, const Issue *issue);
const char *overview_cause(const Overview *overview, const Issue *issue);

/* What a provider is called; NULL for an unknown one. */
const char *overview_provider(const Overview *overview, const char *id);

/* The name of a list in this report: "" for a message without one, NULL for all others. (transfer
 * full) */
char *overview_list(const Overview *overview, guint index);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Overview, overview_free)
