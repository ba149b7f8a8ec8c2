#include "config.h"

#include "report/times.h"

#include <string.h>

#include "store/store-report.h"

static const struct {
  gint64 limit;
  const char *name;
} limits[N_TIMES] = {
    {60, "within a minute"},      {300, "within 5 minutes"}, {3600, "within an hour"},
    {6 * 3600, "within 6 hours"}, {86400, "within a day"},   {2 * 86400, "within 2 days"},
    {5 * 86400, "within 5 days"}, {30 * 86400, "later"},
};

gint64
times_limit(guint time)
{
  return limits[time].limit;
}

const char *
times_name(guint time)
{
  return limits[time].name;
}

static void
free_series(gpointer data)
{
  g_free(((TimeSeries *)data)->provider);
  g_free(data);
}

static bool
is_of(const TimeSeries *series, const StoreTime *row)
{
  return strcmp(class_name(series->klass), row->klass) == 0 &&
         strcmp(series->provider, row->provider) == 0;
}

static TimeSeries *
find_series(Times *times, const StoreTime *row)
{
  for (guint i = 0; i < times->series->len; i++)
    if (is_of(g_ptr_array_index(times->series, i), row))
      return g_ptr_array_index(times->series, i);
  TimeSeries *series = g_new0(TimeSeries, 1);
  class_from_name(row->klass, &series->klass);
  series->provider = g_strdup(row->provider);
  g_ptr_array_add(times->series, series);
  return series;
}

typedef struct {
  Times *times;
  gint64 today;
  TimeSeries *last; /* rows of a class and provider follow one another */
} Reading;

static void
add_row(const StoreTime *row, gpointer data)
{
  Reading *reading = data;
  Times *times = reading->times;
  if (reading->last == NULL || !is_of(reading->last, row))
    reading->last = find_series(times, row);
  guint time = 0;
  while (time < N_TIMES - 1 && row->seconds > limits[time].limit)
    time++;
  reading->last->failures[time] += row->failures;
  times->month[time] += row->failures;
  if (row->day > reading->today - 7)
    times->week[time] += row->failures;
  if (row->day == reading->today)
    times->today[time] += row->failures;
  if (row->day == reading->today - 1)
    times->yesterday[time] += row->failures;
}

Times *
times_read(Store *store, gint64 today, GError **error)
{
  g_autoptr(Times) times = g_new0(Times, 1);
  times->series = g_ptr_array_new_with_free_func(free_series);
  Reading reading = {.times = times, .today = today};
  return store_times_each(store, today - TIMES_DAYS + 1, today, add_row, &reading, error)
             ? g_steal_pointer(&times)
             : NULL;
}

void
times_free(Times *times)
{
  g_ptr_array_unref(times->series);
  g_free(times);
}

gint64
times_sum(const Times *times, Class klass, guint time)
{
  gint64 sum = 0;
  for (guint i = 0; i < times->series->len; i++) {
    const TimeSeries *series = g_ptr_array_index(times->series, i);
    if (klass == CLASS_NONE || series->klass == klass)
      sum += series->failures[time];
  }
  return sum;
}
