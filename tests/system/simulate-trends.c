/* Simulated senders for a year each, with weekdays, campaigns, holidays, growth and noise, and with
 * changes that are planted: how many of them trends finds within a day, and how often it says
 * something else.
 *
 *     simulate-trends [SENDERS [FIRST-SEED]]
 *
 * prints a table and exits with 1 if it finds fewer than 95 % or tells something else more than
 * once a month per sender. What comes out depends on the seeds alone. The program plays the hourly
 * run of trends once a day, at an hour that differs from sender to sender; changes begin at that
 * hour, so the day on which they begin and the day on which they have to be found are both
 * incomplete. */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/trends.h"

enum {
  WARM_UP = 120,
  YEAR = 365,
  DAYS = WARM_UP + YEAR,
  PROVIDERS = 9, /* the last one: all others */
  LISTS_MAX = 4,
  PLANTS = 8,
  SIZES = 4,
};

static const struct {
  Reason reason;
  double share;
} mix[] = {
    {REASON_USER_UNKNOWN, .42},
    {REASON_MAILBOX_FULL, .12},
    {REASON_MAILBOX_DISABLED, .06},
    {REASON_HOST_UNKNOWN, .05},
    {REASON_FILTERED, .02},
    {REASON_BLOCKED, .06},
    {REASON_SPAM, .06},
    {REASON_RATE_LIMITED, .05},
    {REASON_POLICY_VIOLATION, .03},
    {REASON_SPF, .01},
    {REASON_DKIM, .005},
    {REASON_DMARC, .01},
    {REASON_BAD_REPUTATION, .01},
    {REASON_NETWORK_ERROR, .04},
    {REASON_EXPIRED, .03},
    {REASON_SYSTEM_ERROR, .02},
    {REASON_UNDEFINED, .03},
};
enum { REASONS = G_N_ELEMENTS(mix) };

typedef enum { STEP, FRESH, BLOCK, WAVE, EVERYWHERE, OF_LIST, UNKNOWN_TEXT, RAMP, SORTS } Sort;
static const char *const sorts[] = {
    "more of what there was", "a new reason", "a provider blocks", "unknown users at one",
    "at all providers",       "of one list",  "an unknown reply",  "a slow rise"};
static const char *const sizes[] = {"< 10 a day", "< 100 a day", "< 1000 a day", "more"};

typedef struct {
  Sort sort;
  guint reason, provider, list; /* indexes */
  gint64 day, end, due;         /* due: the day on which it has to be found */
  double size;                  /* failures on a usual day */
  bool found, late;
} Plant;

typedef struct {
  GRand *random;
  guint lists, size;
  double failures, hour;
  double growth; /* a year */
  double weekday[LISTS_MAX][7], share[LISTS_MAX];
  guint every[LISTS_MAX], phase[LISTS_MAX]; /* days between campaigns; 0 = none */
  double campaign[LISTS_MAX];
  double noise, spread;
  double rate[REASONS][PROVIDERS]; /* failures on a usual day */
  double volume[LISTS_MAX][DAYS + 1];
  guint counts[REASONS][PROVIDERS][LISTS_MAX]; /* of the day */
  guint early[REASONS][PROVIDERS][LISTS_MAX];  /* before the hour */
  Plant plants[PLANTS];
} Sender;

/* --- chance ------------------------------------------------------------------------------------*/

static double
uniform(Sender *s, double from, double to)
{
  return g_rand_double_range(s->random, from, to);
}

static double
normal(Sender *s)
{
  return sqrt(-2 * log(1 - g_rand_double(s->random))) * cos(2 * G_PI * g_rand_double(s->random));
}

/* Mean 1. */
static double
lognormal(Sender *s, double sigma)
{
  return exp(sigma * normal(s) - sigma * sigma / 2);
}

/* Mean 1 and the given standard deviation (Marsaglia and Tsang). */
static double
gamma_noise(Sender *s, double deviation)
{
  double shape = 1 / (deviation * deviation), boost = 1;
  if (shape < 1)
    boost = pow(g_rand_double(s->random), 1 / shape);
  double d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3, c = 1 / sqrt(9 * d);
  for (;;) {
    double x = normal(s), v = pow(1 + c * x, 3);
    if (v > 0 && log(1 - g_rand_double(s->random)) < x * x / 2 + d - d * v + d * log(v))
      return boost * d * v / shape;
  }
}

/* A whole number near that. Not in a macro, which would draw its argument more than once. */
static guint
number(double value, guint most)
{
  return value < 0 ? 0 : value + .5 > most ? most : (guint)(value + .5);
}

static guint
poisson(Sender *s, double mean)
{
  if (mean > 60)
    return number(mean + sqrt(mean) * normal(s), G_MAXINT);
  double product = g_rand_double(s->random), limit = exp(-mean);
  guint n = 0;
  for (; product > limit; n++)
    product *= g_rand_double(s->random);
  return n;
}

static guint
binomial(Sender *s, guint n, double p)
{
  if (n > 60)
    return number(n * p + sqrt(n * p * (1 - p)) * normal(s), n);
  guint k = 0;
  for (guint i = 0; i < n; i++)
    k += g_rand_double(s->random) < p;
  return k;
}

/* --- a sender ----------------------------------------------------------------------------------*/

static void
make_lists(Sender *s)
{
  static const double weeks[][7] = {{1, 1, 1, 1, 1, 1, 1},
                                    {1.2, 1.2, 1.2, 1.1, 1, .3, .3},
                                    {1, 1.1, 1.1, 1, .9, .6, .5},
                                    {.2, 4, .8, .4, .3, .2, .1}};
  double sum = 0;
  s->lists = (guint)g_rand_int_range(s->random, 1, LISTS_MAX + 1);
  for (guint l = 0; l < s->lists; l++) {
    guint week = (guint)g_rand_int_range(s->random, 0, G_N_ELEMENTS(weeks));
    guint shift = (guint)(week == 3 ? g_rand_int_range(s->random, 0, 7) : 0);
    for (guint d = 0; d < 7; d++)
      s->weekday[l][d] = weeks[week][(d + shift) % 7];
    sum += s->share[l] = uniform(s, .1, 1);
    guint kind = (guint)g_rand_int_range(s->random, 0, 4);
    s->every[l] = kind == 0 ? 7 : kind == 1 ? 28 + (guint)g_rand_int_range(s->random, 0, 4) : 0;
    s->phase[l] = (guint)g_rand_int_range(s->random, 0, 28);
    s->campaign[l] = uniform(s, 2, 10);
  }
  for (guint l = 0; l < s->lists; l++)
    s->share[l] /= sum;
}

static void
make_rates(Sender *s)
{
  double sum = 0;
  for (guint r = 0; r < REASONS; r++)
    for (guint p = 0; p < PROVIDERS; p++) {
      double share = p == PROVIDERS - 1 ? .4 : .6 / (1 << MIN(p, 6));
      s->rate[r][p] = mix[r].share * share * gamma_noise(s, 1);
      sum += s->rate[r][p];
    }
  for (guint r = 0; r < REASONS; r++)
    for (guint p = 0; p < PROVIDERS; p++)
      s->rate[r][p] *= s->failures / sum;
}

/* Mail that is sent, relative to a usual day; holidays: a dozen days with little. */
static void
make_volumes(Sender *s)
{
  bool holiday[DAYS + 1] = {false};
  for (guint i = 0; i < 16; i++)
    holiday[g_rand_int_range(s->random, 0, DAYS)] = true;
  for (guint l = 0; l < s->lists; l++)
    for (guint d = 0; d <= DAYS; d++) {
      double volume = s->weekday[l][d % 7] * lognormal(s, s->noise);
      volume *= pow(1 + s->growth, d / 365.0) * (holiday[d] ? uniform(s, .1, .5) : 1);
      if (s->every[l] > 0 && d % s->every[l] == s->phase[l] % s->every[l])
        volume *= s->campaign[l] * lognormal(s, .3);
      if (g_rand_double(s->random) < 1 / 120.0)
        volume *= uniform(s, 2, 6);
      s->volume[l][d] = volume * s->share[l];
    }
}

static double
volume(const Sender *s, gint64 day)
{
  double sum = 0;
  for (guint l = 0; l < s->lists; l++)
    sum += s->volume[l][day];
  return sum;
}

/* --- what is planted ---------------------------------------------------------------------------*/

/* The usual failures of what a change adds to. */
static double
usual_of(const Sender *s, const Plant *p)
{
  double sum = 0;
  for (guint i = 0; i < PROVIDERS; i++)
    if (p->sort == EVERYWHERE || p->sort == OF_LIST || i == p->provider)
      sum += s->rate[p->reason][i];
  return p->sort == OF_LIST ? sum * s->share[p->list] : sum;
}

static guint
index_of(Reason reason)
{
  for (guint i = 0; i < REASONS; i++)
    if (mix[i].reason == reason)
      return i;
  g_assert_not_reached();
}

static void
choose(Sender *s, Plant *p)
{
  static const Reason senders[] = {REASON_SPF, REASON_DKIM, REASON_DMARC, REASON_BAD_REPUTATION};
  static const Reason any[] = {REASON_BLOCKED,      REASON_SPAM,          REASON_RATE_LIMITED,
                               REASON_MAILBOX_FULL, REASON_NETWORK_ERROR, REASON_SYSTEM_ERROR};
  p->provider = (guint)g_rand_int_range(s->random, 0, 5);
  p->list = (guint)g_rand_int_range(s->random, 0, (gint32)s->lists);
  Reason reason = senders[g_rand_int_range(s->random, 0, G_N_ELEMENTS(senders))];
  if (p->sort == STEP || p->sort == RAMP)
    reason = any[g_rand_int_range(s->random, 0, G_N_ELEMENTS(any))];
  else if (p->sort == BLOCK)
    reason = REASON_BLOCKED;
  else if (p->sort == WAVE)
    reason = REASON_USER_UNKNOWN;
  else if (p->sort == UNKNOWN_TEXT)
    reason = REASON_UNDEFINED, p->provider = PROVIDERS - 1;
  p->reason = index_of(reason);
  if (p->sort == FRESH)
    s->rate[p->reason][p->provider] = 0;
}

/* What the program would have to notice: four times as much as usual, or twenty a day. */
static void
plant(Sender *s, guint i)
{
  Plant *p = &s->plants[i];
  p->sort = (Sort)i;
  choose(s, p);
  double least = MAX(20, 4 * usual_of(s, p) * (1 + s->growth));
  p->size = least * exp(uniform(s, 0, log(10)));
  p->day = WARM_UP + i * (YEAR / PLANTS) + g_rand_int_range(s->random, 2, 14);
  while (volume(s, p->day) < .75 || volume(s, p->day + 1) < .75)
    p->day++;
  p->end = p->day + g_rand_int_range(s->random, 1, 12);
  p->due = p->day + 1;
  if (p->sort == RAMP) {
    p->end = p->day + 28;
    p->due = p->day + 1 + (gint64)ceil(21 * least / p->size);
  }
}

/* Failures that a change adds to a cell on a day. */
static double
added(const Sender *s, const Plant *p, gint64 day, guint reason, guint provider, guint list)
{
  bool wide = p->sort == EVERYWHERE || p->sort == OF_LIST;
  if (day < p->day || day > p->end || reason != p->reason || (!wide && provider != p->provider) ||
      (p->sort == OF_LIST && list != p->list))
    return 0;
  double size = p->size * s->volume[list][day] / (p->sort == OF_LIST ? s->share[list] : 1);
  if (wide)
    size *= provider == PROVIDERS - 1 ? .4 : .6 / (1 << MIN(provider, 6)) / 1.98;
  if (p->sort == RAMP)
    size *= MIN(1, (double)(day - p->day) / 21);
  return size;
}

/* --- a day -------------------------------------------------------------------------------------*/

static void
make_cell(Sender *s, gint64 day, guint r, guint p, guint l, double noise)
{
  guint *count = &s->counts[r][p][l], *early = &s->early[r][p][l];
  double mean = s->rate[r][p] * s->volume[l][day] * noise, before = 0;
  for (guint i = 0; i < PLANTS; i++) {
    const Plant *plant = &s->plants[i];
    bool blocked = plant->sort == BLOCK && p == plant->provider && day >= plant->day &&
                   day <= plant->end && r != plant->reason;
    mean *= blocked ? .5 : 1;
  }
  *count = poisson(s, mean);
  *early = binomial(s, *count, s->hour / 24);
  for (guint i = 0; i < PLANTS; i++) {
    double more = added(s, &s->plants[i], day, r, p, l);
    bool begins = day == s->plants[i].day && s->plants[i].sort != RAMP;
    before = more > 0 && !begins ? poisson(s, more * s->hour / 24) : 0;
    *early += (guint)before;
    *count += (guint)before + (more > 0 ? poisson(s, more * (24 - s->hour) / 24) : 0);
  }
}

/* Now and then, a domain that fails as a whole. */
static void
add_clump(Sender *s)
{
  guint r = index_of(g_rand_boolean(s->random) ? REASON_NETWORK_ERROR : REASON_EXPIRED);
  guint n = 1 + poisson(s, MIN(6, s->failures * .05));
  guint early = binomial(s, n, s->hour / 24);
  s->counts[r][PROVIDERS - 1][0] += n;
  s->early[r][PROVIDERS - 1][0] += early;
}

static void
make_day(Sender *s, gint64 day)
{
  for (guint p = 0; p < PROVIDERS; p++) {
    double of_provider = lognormal(s, .1);
    for (guint r = 0; r < REASONS; r++) {
      double noise = of_provider * gamma_noise(s, s->spread);
      for (guint l = 0; l < s->lists; l++)
        make_cell(s, day, r, p, l, noise);
    }
  }
  if (g_rand_double(s->random) < 1 / 30.0)
    add_clump(s);
}

static const char *const providers[PROVIDERS] = {"a", "b", "c", "d", "e", "f", "g", "h", ""};
static const char *const lists[LISTS_MAX] = {"", "news", "offers", "invoices"};

static void
record(Trends *trends, const Sender *s, gint64 day, bool early)
{
  for (guint r = 0; r < REASONS; r++)
    for (guint p = 0; p < PROVIDERS; p++)
      for (guint l = 0; l < s->lists; l++) {
        guint n = early ? s->early[r][p][l] : s->counts[r][p][l] - s->early[r][p][l];
        if (n > 0)
          trends_add(trends, day, mix[r].reason, providers[p], lists[l], n);
      }
}

/* --- the result --------------------------------------------------------------------------------*/

typedef struct {
  guint planted[SORTS][SIZES], found[SORTS][SIZES], late[SORTS][SIZES];
  guint senders[SIZES], false_alarms[SIZES], worst[SIZES];
} Result;

typedef struct {
  Reason reason;
  gint64 first;
} Told;

/* Whether a change was planted, and which one. */
static Plant *
planted(Sender *s, const Change *change, gint64 today)
{
  for (guint i = 0; i < PLANTS; i++) {
    Plant *p = &s->plants[i];
    if (mix[p->reason].reason == change->reason && today >= p->day && change->first <= p->end + 1 &&
        change->first >= p->day)
      return p;
  }
  return NULL;
}

static bool
is_told(const GArray *told, const Change *change)
{
  for (guint i = 0; i < told->len; i++) {
    const Told *one = &g_array_index(told, Told, i);
    if (one->reason == change->reason && ABS(one->first - change->first) <= 1)
      return true;
  }
  return false;
}

static bool verbose;

static guint
listen(Sender *s, const Trends *trends, gint64 today, GArray *told)
{
  guint wrong = 0;
  g_autoptr(GPtrArray) changes = trends_changes(trends, today - 1, today);
  for (guint i = 0; i < changes->len; i++) {
    const Change *change = g_ptr_array_index(changes, i);
    Plant *p = planted(s, change, today);
    if (p != NULL && today <= p->due)
      p->found = true;
    if (p != NULL)
      p->late = true;
    if (is_told(told, change))
      continue;
    Told one = {change->reason, change->first};
    g_array_append_val(told, one);
    if (p == NULL) {
      wrong++;
      if (verbose)
        printf("false: size %.0f lists %u noise %.2f spread %.2f every %u: day %d (%d) %s %s %s "
               "usual %d got %d in %d\n",
               s->failures, s->lists, s->noise, s->spread, s->every[0], (int)change->first,
               (int)change->first % 7, reason_name(change->reason),
               change->providers->len ? (char *)change->providers->pdata[0] : "-",
               change->list ? change->list : "-", (int)change->usual, (int)change->failures,
               (int)change->days);
    }
  }
  return wrong;
}

static void
live(Sender *s, Result *result)
{
  g_autoptr(Trends) trends = trends_new();
  g_autoptr(GArray) told = g_array_new(FALSE, FALSE, sizeof(Told));
  guint wrong = 0;
  for (gint64 day = 0; day < DAYS; day++) {
    make_day(s, day);
    record(trends, s, day, true);
    if (day >= WARM_UP)
      wrong += listen(s, trends, day, told);
    record(trends, s, day, false);
  }
  result->senders[s->size]++;
  result->false_alarms[s->size] += wrong;
  result->worst[s->size] = MAX(result->worst[s->size], wrong);
  for (guint i = 0; i < PLANTS; i++) {
    const Plant *p = &s->plants[i];
    result->planted[p->sort][s->size]++;
    result->found[p->sort][s->size] += p->found;
    result->late[p->sort][s->size] += p->late;
    if (verbose && !p->found)
      printf("missed%s: size %.0f lists %u noise %.2f spread %.2f hour %.1f: %s day %d %s usual "
             "%.2f size %.1f volume %.2f %.2f\n",
             p->late ? " (late)" : "", s->failures, s->lists, s->noise, s->spread, s->hour,
             sorts[p->sort], (int)p->day, reason_name(mix[p->reason].reason), usual_of(s, p),
             p->size, volume(s, p->day), volume(s, p->day + 1));
  }
}

static void
simulate(guint32 seed, Result *result)
{
  Sender *s = g_new0(Sender, 1);
  s->random = g_rand_new_with_seed(seed);
  s->size = seed % SIZES;
  s->failures = pow(10, s->size + uniform(s, s->size == 0 ? .3 : 0, 1));
  s->hour = uniform(s, 0, 24);
  s->growth = uniform(s, -.2, .8);
  s->noise = uniform(s, .05, .3);
  s->spread = uniform(s, .05, .4);
  make_lists(s);
  make_rates(s);
  make_volumes(s);
  for (guint i = 0; i < PLANTS; i++)
    plant(s, i);
  live(s, result);
  g_rand_free(s->random);
  g_free(s);
}

static int
print(const Result *r)
{
  guint all = 0, found = 0, alarms = 0, senders = 0;
  printf("%-24s", "found within a day");
  for (guint z = 0; z < SIZES; z++)
    printf(" %14s", sizes[z]);
  puts("");
  for (guint k = 0; k < SORTS; k++) {
    printf("%-24s", sorts[k]);
    for (guint z = 0; z < SIZES; z++) {
      printf("    %3u of %3u+%u", r->found[k][z], r->planted[k][z], r->late[k][z] - r->found[k][z]);
      all += r->planted[k][z];
      found += r->found[k][z];
    }
    puts("");
  }
  printf("%-24s", "false, a month");
  for (guint z = 0; z < SIZES; z++) {
    printf("    %5.2f (%2u/y)", r->false_alarms[z] / 12.0 / MAX(1, r->senders[z]), r->worst[z]);
    alarms += r->false_alarms[z];
    senders += r->senders[z];
  }
  double rate = alarms / 12.0 / senders;
  printf(
      "\n\n%u senders: %u of %u planted changes found within a day (%.1f %%), %.2f false a month\n",
      senders, found, all, 100.0 * found / all, rate);
  return found * 100 >= all * 95 && rate <= 1 ? 0 : 1;
}

int
main(int argc, char **argv)
{
  guint senders = argc > 1 ? (guint)atoi(argv[1]) : 100;
  guint first = argc > 2 ? (guint)atoi(argv[2]) : 0;
  verbose = g_getenv("VERBOSE") != NULL;
  Result result = {0};
  for (guint i = 0; i < senders; i++)
    simulate(first + i, &result);
  return print(&result);
}
