/* The count of a day is compared with a negative binomial distribution: what is expected of that
 * day, and how much more than Poisson's law the counts of this series vary.
 *
 * Expected is the midmean of the same weekdays (the mean of their middle half, which two bad weeks
 * do not move and which is better than a median for small numbers), drawn towards all days if there
 * are few failures, and corrected by the level of the last four weeks. All of it is relative to the
 * volume of mail, as far as it is known: bad addresses at the other providers fail in proportion to
 * what was sent. So a campaign is not news, and neither is a holiday.
 *
 * The variation comes from quantiles of what is left, so a few bad days do not widen it. */
#include "config.h"

#include "report/trends-rule.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WEEK = 7, MONTH = 28, VOLUME_LEAST = 20 };

/* Standard deviations. A normal variable exceeds this once in 90,000 days. Of a hundred simulated
 * years (check-trends), 4, 4.25 and 4.5 find 96.5, 95.8 and 94.6 % of the changes within a day,
 * with 0.37, 0.24 and 0.16 false alarms a month. */
#define THRESHOLD 4.25

typedef struct {
  double level[TREND_HISTORY + 1]; /* expected on each day */
  double rest[TREND_HISTORY];      /* scratch */
} Fit;

static int
compare(const void *a, const void *b)
{
  double one = *(const double *)a, other = *(const double *)b;
  return (one > other) - (one < other);
}

/* The mean of the middle half. Sorts the values. *weight: how many values that is. */
static double
midmean(double *values, guint n, double *weight)
{
  double sum = 0;
  qsort(values, n, sizeof *values, compare);
  guint out = n / 4;
  for (guint i = out; i < n - out; i++)
    sum += values[i];
  *weight = n - 2 * out;
  return n > 0 ? sum / *weight : 0;
}

/* The midmean of days first to last, of every step-th. */
static double
middle(const TrendDays *days, const double *values, guint first, guint last, guint step,
       double *weight)
{
  double chosen[TREND_HISTORY];
  guint n = 0;
  for (guint i = first; i <= last && i < days->n; i += step)
    if (!days->ignored[i])
      chosen[n++] = values[i];
  return midmean(chosen, n, weight);
}

/* What is expected of each day, from values of the days before [0]. */
static void
fit(const TrendDays *days, const double *values, double *level)
{
  double weight, all = middle(days, values, 1, TREND_HISTORY, 1, &weight);
  for (guint w = 0; w < WEEK; w++) {
    double mean = middle(days, values, w == 0 ? WEEK : w, TREND_HISTORY, WEEK, &weight);
    double drawn = (mean * weight + all) / (weight + 1);
    for (guint i = w; i < days->n; i += WEEK)
      level[i] = drawn;
  }
  double recent = middle(days, values, 1, MONTH, 1, &weight);
  double fitted = middle(days, level, 1, MONTH, 1, &weight);
  double growth = CLAMP((recent + 1) / (fitted + 1), 0.5, 4);
  for (guint i = 0; i < days->n; i++)
    level[i] *= growth;
}

/* How much more or less than usual was sent on each day; of [0], what it may be at most. */
static void
measure_volumes(const TrendDays *days, double *factor)
{
  double volumes[TREND_HISTORY + 1] = {0}, level[TREND_HISTORY + 1] = {0};
  for (guint i = 0; i < days->n; i++)
    volumes[i] = (double)days->volumes[i];
  fit(days, volumes, level);
  for (guint i = 0; i < days->n; i++)
    factor[i] = (volumes[i] + VOLUME_LEAST) / (level[i] + VOLUME_LEAST);
  factor[0] = (volumes[0] + 2 * sqrt(volumes[0]) + VOLUME_LEAST) / (level[0] + VOLUME_LEAST);
  factor[0] = MAX(factor[0], 1);
}

/* A count on a scale on which its standard deviation is one (Anscombe): its variance is its mean,
 * plus the square of mean times spread. */
static double
stabilise(double count, double spread)
{
  double root = sqrt(count + 0.375);
  return spread > 0 ? 2 * asinh(spread * root) / spread : 2 * root;
}

/* Whether the history varies no more than that, on days of which at least so much was expected:
 * on days with few failures, chance hides how much they vary. */
static bool
spread_suffices(const TrendDays *days, const double *level, double least, double spread)
{
  double high[TREND_HISTORY], size[TREND_HISTORY];
  guint n = 0;
  for (guint i = 1; i < days->n; i++)
    if (!days->ignored[i] && level[i] >= least) {
      high[n] = stabilise((double)days->counts[i], spread) - stabilise(level[i], spread);
      size[n] = fabs(high[n]);
      n++;
    }
  if (n == 0)
    return true;
  qsort(high, n, sizeof *high, compare);
  qsort(size, n, sizeof *size, compare);
  return size[n / 2] <= 0.75 && high[n - 1 - n / 16] <= 1.75;
}

static double
find_spread(const TrendDays *days, const double *level)
{
  static const double spreads[] = {0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.8, 1};
  double levels[TREND_HISTORY + 1];
  memcpy(levels, level, days->n * sizeof *level);
  qsort(levels, days->n, sizeof *levels, compare);
  double least = MIN(level[0] / 2, levels[days->n - 1 - days->n / 4]);
  guint i = 0;
  while (i < G_N_ELEMENTS(spreads) - 1 && !spread_suffices(days, level, least, spreads[i]))
    i++;
  return spreads[i];
}

bool
trend_is_frequent(const TrendDays *days)
{
  guint n = 0;
  for (guint i = WEEK; i < days->n; i += WEEK)
    n += !days->ignored[i] && days->counts[i] * 4 >= days->counts[0] * 3;
  return n >= 2;
}

/* How far the count of a day is above what was expected, in standard deviations. */
static double
deviation(const TrendDays *days, const double *level, double spread, guint i)
{
  return stabilise((double)days->counts[i], spread) - stabilise(level[i], spread);
}

/* Far enough, and farther than on all days of the history but one: what happens once a month is
 * not unusual, whatever the reason. */
static bool
stands_out(const TrendDays *days, const double *level, double spread)
{
  double found = deviation(days, level, spread, 0);
  guint n = 0;
  for (guint i = 1; i < days->n; i++)
    n += !days->ignored[i] && deviation(days, level, spread, i) >= found;
  return found >= THRESHOLD && n <= 1;
}

bool
trend_is_unusual(const TrendDays *days, double *usual)
{
  double factor[TREND_HISTORY + 1], values[TREND_HISTORY + 1], level[TREND_HISTORY + 1];
  double count = (double)days->counts[0];
  measure_volumes(days, factor);
  for (guint i = 0; i < days->n; i++)
    values[i] = (double)days->counts[i] / factor[i];
  fit(days, values, level);
  double error = (1 + sqrt(MONTH * level[0])) / MONTH; /* of the rate */
  for (guint i = 0; i < days->n; i++)
    level[i] *= factor[i];
  level[0] += (factor[0] - 1) * error;
  *usual = level[0];
  if (days->n <= TREND_NEEDED || count - level[0] < TREND_LEAST ||
      deviation(days, level, 0, 0) < THRESHOLD)
    return false;
  return stands_out(days, level, find_spread(days, level));
}
