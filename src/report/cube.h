/* Failures counted by time, class, provider and list, in a size that a page can carry: few
 * providers and lists are told apart, and what is older than 13 weeks is counted by
 * week. A page
 * can then filter without a server. */
#pragma once

#include <glib.h>

#include "mail/taxonomy.h"

/* Periods, the newest first: at least 91 days, back to a Monday, and then weeks; the last one may
 * be cut off. */
enum { CUBE_DAYS = 365, CUBE_DAILY = 91, CUBE_PERIODS = CUBE_DAILY + 6 + 40 };

/* What receivers say about the sender. */
typedef enum {
  REPUTATION_NONE, /* something else */
  REPUTATION_BLOCKED,
  REPUTATION_SPAM,
  REPUTATION_RATE,
  REPUTATION_SPF,
  REPUTATION_DKIM,
  REPUTATION_DMARC,
  REPUTATION_AUTH, /* several of the three, or an unnamed one */
  REPUTATION_PTR,
  N_REPUTATIONS
} Reputation;
Reputation cube_reputation(Reason reason);
const char *reputation_name(Reputation reputation); /* as in JSON; "" for NONE */

typedef struct {
  Class klass;
  Reputation reputation;
  guint provider, list; /* indexes; the number of names means all others */
  guint periods;        /* up to the oldest period with a failure */
  gint64 failures[CUBE_PERIODS];
} CubeSeries;

typedef struct {
  gint64 today;
  gint64 daily;                 /* the first day that is a period */
  GPtrArray *providers, *lists; /* the most failures first; "" = unknown (element-type utf8) */
  GPtrArray *series;            /* (element-type CubeSeries) */
  struct CubeCells *cells;      /* until it is folded */
} Cube;

Cube *cube_new(gint64 today);

/* The failures of a day, or of a week that is a period, by its Monday. Days outside the year are
 * not counted. "" is an unknown provider or list. */
void cube_add(Cube *cube, gint64 day, Reason reason, Class klass, const char *provider,
              const char *list, gint64 failures);

/* Makes the series: tells as many providers and lists apart as fit into so many octets of JSON. */
void cube_fold(Cube *cube, gsize max_octets);
void cube_free(Cube *cube);

/* How many periods there are; the last day of one, and how many days it has. */
guint cube_periods(const Cube *cube);
gint64 cube_period_end(const Cube *cube, guint period);
guint cube_period_days(const Cube *cube, guint period);

/* The failures of periods first to last that match; CUBE_ANY matches all. */
enum { CUBE_ANY = -1 };
typedef struct {
  int klass, reputation, provider, list;
} CubeFilter;
gint64 cube_sum(const Cube *cube, const CubeFilter *filter, guint first, guint last);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Cube, cube_free)
