#include "config.h"

#include "cmd/stats-json.h"

#include "base/dates.h"
#include "base/json.h"

static void
add_numbers(Json *json, const StatsCount *count)
{
  json_int(json, "today", count->today);
  json_int(json, "yesterday", count->yesterday);
  json_int(json, "week", count->week);
  json_int(json, "month", count->month);
}

static void
add_counts(Json *json, const char *key, const char *name, const GPtrArray *counts)
{
  json_open(json, key, '[');
  for (guint i = 0; i < counts->len; i++) {
    const StatsCount *count = g_ptr_array_index(counts, i);
    json_open(json, NULL, '{');
    json_text(json, name, count->name);
    add_numbers(json, count);
    json_close(json, '}');
  }
  json_close(json, ']');
}

static void
add_days(Json *json, const Stats *stats)
{
  char buffer[DATE_BUFFER];
  json_open(json, "days", '[');
  for (gint64 i = 0; i < STATS_DAYS; i++) {
    gint64 day = stats->today - STATS_DAYS + 1 + i;
    json_open(json, NULL, '{');
    json_text(json, "date", date_day_utc(day * SECONDS_PER_DAY, buffer));
    json_int(json, "failures", stats->days[i]);
    json_close(json, '}');
  }
  json_close(json, ']');
}

static void
add_times(Json *json, const Times *times)
{
  json_open(json, "times", '[');
  for (guint time = 0; time < N_TIMES; time++) {
    const StatsCount count = {NULL, times->today[time], times->yesterday[time], times->week[time],
                              times->month[time]};
    json_open(json, NULL, '{');
    json_int(json, "seconds", times_limit(time));
    add_numbers(json, &count);
    json_close(json, '}');
  }
  json_close(json, ']');
}

static void
add_remedy(Json *json, const Rules *rules, const StatsRemedy *remedy)
{
  const RuleInfo *rule = remedy->rule != NULL ? rules_find(rules, remedy->rule) : NULL;
  json_open(json, NULL, '{');
  json_text(json, "reason", reason_name(remedy->reason));
  json_text(json, "provider", remedy->provider);
  json_text(json, "party", party_name(reason_info(remedy->reason)->party));
  json_int(json, "failures", remedy->failures);
  json_text(json, "remedy", rule != NULL ? rules_advice(rules, rule)->remedy : NULL);
  if (remedy->failure_id != 0)
    json_int(json, "failure_id", remedy->failure_id);
  else
    json_none(json, "failure_id");
  json_text(json, "diagnostic", remedy->diagnostic);
  json_close(json, '}');
}

char *
stats_json(const Rules *rules, const Stats *stats)
{
  Json json = json_begin();
  json_open(&json, "failures", '{');
  add_numbers(&json, &stats->all);
  json_close(&json, '}');
  add_days(&json, stats);
  add_counts(&json, "parties", "party", stats->parties);
  add_counts(&json, "classes", "class", stats->classes);
  add_counts(&json, "reasons", "reason", stats->reasons);
  add_counts(&json, "providers", "provider", stats->providers);
  add_counts(&json, "domains", "domain", stats->domains);
  add_times(&json, stats->times);
  if (stats->hosts > 0)
    json_int(&json, "hosts", stats->hosts);
  else
    json_none(&json, "hosts");
  json_int(&json, "suppressed", stats->suppressed);
  json_int(&json, "held", stats->held);
  json_open(&json, "remedies", '[');
  for (guint i = 0; i < stats->remedies->len; i++)
    add_remedy(&json, rules, g_ptr_array_index(stats->remedies, i));
  json_close(&json, ']');
  json_close(&json, '}');
  return json_finish(&json);
}
