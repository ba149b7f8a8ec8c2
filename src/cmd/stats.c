#include "config.h"

#include "cmd/stats.h"

#include "base/dates.h"
#include "report/domains.h"
#include "store/store-daily.h"
#include "store/store-picture.h"

enum { ROWS = 10 };

static void
free_count(gpointer data)
{
  StatsCount *count = data;
  g_free(count->name);
  g_free(count);
}

static void
free_remedy(gpointer data)
{
  StatsRemedy *remedy = data;
  g_free(remedy->provider);
  g_free(remedy->rule);
  g_free(remedy->diagnostic);
  g_free(remedy);
}

static bool
add_count(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  StatsCount *count = g_new0(StatsCount, 1);
  count->name = g_strdup(store_cell(cells, n, "name"));
  count->today = store_cell_int(cells, n, "today");
  count->yesterday = store_cell_int(cells, n, "yesterday");
  count->week = store_cell_int(cells, n, "week");
  count->month = store_cell_int(cells, n, "month");
  g_ptr_array_add(data, count);
  return true;
}

static bool
read_counts(Store *store, DailyColumn column, gint64 limit, gint64 today, GPtrArray **out,
            GError **error)
{
  *out = g_ptr_array_new_with_free_func(free_count);
  return store_daily(store, column, today, limit, add_count, *out, error);
}

static bool
read_domains(Store *store, gint64 today, GPtrArray **out, GError **error)
{
  g_autoptr(GPtrArray) domains = domains_read(store, today, ROWS, error);
  *out = g_ptr_array_new_with_free_func(free_count);
  for (guint i = 0; domains != NULL && i < domains->len; i++) {
    const Domain *domain = g_ptr_array_index(domains, i);
    StatsCount *count = g_new0(StatsCount, 1);
    *count = (StatsCount){g_strdup(domain->domain), domain->today, domain->yesterday, domain->week,
                          domain->month};
    g_ptr_array_add(*out, count);
  }
  return domains != NULL;
}

static bool
add_day(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  Stats *stats = data;
  gint64 index = store_cell_int(cells, n, "day") - (stats->today - STATS_DAYS + 1);
  if (index >= 0 && index < STATS_DAYS)
    stats->days[index] = store_cell_int(cells, n, "failures");
  return true;
}

static bool
add_remedy(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  StatsRemedy *remedy = g_new0(StatsRemedy, 1);
  const char *reason = store_cell(cells, n, "reason");
  remedy->reason = REASON_UNDEFINED;
  if (reason != NULL)
    reason_from_name(reason, &remedy->reason);
  remedy->provider = g_strdup(store_cell(cells, n, "provider"));
  remedy->rule = g_strdup(store_cell(cells, n, "rule"));
  remedy->diagnostic = g_strdup(store_cell(cells, n, "diagnostic"));
  remedy->failures = store_cell_int(cells, n, "failures");
  remedy->last_at = store_cell_int(cells, n, "failed_at");
  remedy->failure_id = store_cell_int(cells, n, "failure_id");
  g_ptr_array_add(data, remedy);
  return true;
}

static bool
set_sizes(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  Stats *stats = data;
  stats->suppressed = store_cell_int(cells, n, "suppressed");
  stats->held = store_cell_int(cells, n, "held");
  return true;
}

/* A fleet tells nothing of single failures. */
static void
forget_failures(Stats *stats)
{
  for (guint i = 0; i < stats->remedies->len; i++)
    ((StatsRemedy *)g_ptr_array_index(stats->remedies, i))->failure_id = 0;
}

/* All failures have a class. */
static void
sum_up(Stats *stats)
{
  for (guint i = 0; i < stats->classes->len; i++) {
    const StatsCount *count = g_ptr_array_index(stats->classes, i);
    stats->all.today += count->today;
    stats->all.yesterday += count->yesterday;
    stats->all.week += count->week;
    stats->all.month += count->month;
  }
}

bool
stats_read(Store *store, gint64 now, Stats *out, GError **error)
{
  gint64 today = out->today = now / SECONDS_PER_DAY;
  out->remedies = g_ptr_array_new_with_free_func(free_remedy);
  if (!read_counts(store, DAILY_PARTY, N_PARTIES, today, &out->parties, error) ||
      !read_counts(store, DAILY_CLASS, N_CLASSES, today, &out->classes, error) ||
      !read_counts(store, DAILY_REASON, ROWS, today, &out->reasons, error) ||
      !read_counts(store, DAILY_PROVIDER, ROWS, today, &out->providers, error) ||
      !read_domains(store, today, &out->domains, error) ||
      (out->times = times_read(store, today, error)) == NULL ||
      !store_daily_total(store, today, add_day, out, error) ||
      !store_daily_remedies(store, today, ROWS, add_remedy, out->remedies, error) ||
      !store_list_sizes(store, set_sizes, out, error) ||
      !store_picture_hosts(store, &out->hosts, error))
    return false;
  if (out->hosts > 0)
    forget_failures(out);
  sum_up(out);
  return true;
}

void
stats_clear(Stats *stats)
{
  GPtrArray *const arrays[] = {stats->parties,   stats->classes, stats->reasons,
                               stats->providers, stats->domains, stats->remedies};
  for (gsize i = 0; i < G_N_ELEMENTS(arrays); i++)
    if (arrays[i] != NULL)
      g_ptr_array_unref(arrays[i]);
  g_clear_pointer(&stats->times, times_free);
}
