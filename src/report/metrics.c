#include "config.h"

#include "report/metrics.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "base/escape.h"

/* What is not told apart. A name of a stranger may be the same, and is then not told apart either.
 */
#define OTHER "other"

typedef struct {
  GString *text;
  GHashTable *seen; /* samples, without their values */
} Metrics;

/* --- the format --- */

static void
describe(Metrics *out, const char *name, const char *type, const char *help)
{
  g_string_append_printf(out->text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void
append_label(GString *out, const char *name, const char *value, bool first)
{
  g_autofree char *visible = escape_visible(value); /* leaves no line feeds */
  g_string_append_printf(out, "%c%s=\"", first ? '{' : ',', name);
  for (const char *p = visible; *p != '\0'; p++) {
    if (*p == '\\' || *p == '"')
      g_string_append_c(out, '\\');
    g_string_append_c(out, *p);
  }
  g_string_append_c(out, '"');
}

/* Labels are names and values, which NULL ends. False if there is such a sample already: two names
 * can differ in what cannot be shown, and a file with a sample twice is refused. */
static bool G_GNUC_NULL_TERMINATED
add(Metrics *out, const char *name, gint64 value, ...)
{
  va_list labels;
  const char *label;
  g_autoptr(GString) sample = g_string_new(name);
  va_start(labels, value);
  for (bool first = true; (label = va_arg(labels, const char *)) != NULL; first = false)
    append_label(sample, label, va_arg(labels, const char *), first);
  va_end(labels);
  if (sample->len > strlen(name))
    g_string_append_c(sample, '}');
  if (!g_hash_table_add(out->seen, g_strdup(sample->str)))
    return false;
  g_string_append_printf(out->text, "%s %" G_GINT64_FORMAT "\n", sample->str, value);
  return true;
}

static void
add_alone(Metrics *out, const char *name, const char *help, gint64 value)
{
  describe(out, name, "gauge", help);
  add(out, name, value, NULL);
}

/* --- counters --- */

static void
add_failures(Metrics *out, const Overview *overview)
{
  static const char name[] = "bouncedb_failures_total";
  gint64 sums[N_CLASSES][N_REASONS] = {0};
  for (guint i = 0; i < overview->counters->len; i++) {
    const Counter *counter = g_ptr_array_index(overview->counters, i);
    sums[counter->klass][counter->reason] += counter->failures;
  }
  describe(out, name, "counter", "Failures ever recorded, as they were judged when they came");
  for (Class klass = CLASS_PERMANENT; klass < N_CLASSES; klass++)
    for (Reason reason = REASON_USER_UNKNOWN; reason < N_REASONS; reason++)
      if (sums[klass][reason] > 0)
        add(out, name, sums[klass][reason], "class", class_name(klass), "reason",
            reason_name(reason), "party", party_name(reason_info(reason)->party), NULL);
}

static void
add_provider(Metrics *out, const char *provider, gint64 sums[N_CLASSES])
{
  for (Class klass = CLASS_PERMANENT; klass < N_CLASSES; klass++)
    if (sums[klass] > 0)
      add(out, "bouncedb_provider_failures_total", sums[klass], "provider", provider, "class",
          class_name(klass), NULL);
}

/* Providers that the rules know are few, and do not change from day to day, so that each may have
 * its own counter. Providers follow one another. */
static void
add_providers(Metrics *out, const Overview *overview)
{
  gint64 others[N_CLASSES] = {0}, sums[N_CLASSES] = {0};
  describe(out, "bouncedb_provider_failures_total", "counter",
           "Failures ever recorded, by provider; other: of none that is known");
  for (guint i = 0; i < overview->counters->len; i++) {
    const Counter *counter = g_ptr_array_index(overview->counters, i);
    const Counter *next =
        i + 1 < overview->counters->len ? g_ptr_array_index(overview->counters, i + 1) : NULL;
    bool known = rules_knows_provider(overview->rules, counter->provider) &&
                 strcmp(counter->provider, OTHER) != 0;
    (known ? sums : others)[counter->klass] += counter->failures;
    if (known && (next == NULL || strcmp(next->provider, counter->provider) != 0)) {
      add_provider(out, counter->provider, sums);
      memset(sums, 0, sizeof sums);
    }
  }
  add_provider(out, OTHER, others);
}

static void
add_times(Metrics *out, const Overview *overview)
{
  static const char name[] = "bouncedb_time_to_bounce_seconds";
  gint64 failures = 0;
  describe(out, name, "histogram",
           "How long after a message was sent its failure came, as far as reports tell");
  for (guint time = 0; time < N_TIMES; time++) {
    g_autofree char *limit = g_strdup_printf("%" G_GINT64_FORMAT, times_limit(time));
    failures += overview->times_ever[time];
    add(out, "bouncedb_time_to_bounce_seconds_bucket", failures, "le", limit, NULL);
  }
  add(out, "bouncedb_time_to_bounce_seconds_bucket", failures, "le", "+Inf", NULL);
  add(out, "bouncedb_time_to_bounce_seconds_sum", overview->seconds_ever, NULL);
  add(out, "bouncedb_time_to_bounce_seconds_count", failures, NULL);
}

/* --- gauges --- */

static void
add_domains(Metrics *out, const Overview *overview)
{
  static const char name[] = "bouncedb_domain_failures";
  gint64 others = overview_sum(overview->days, ISSUES_MONTH);
  describe(out, name, "gauge", "Failures of 30 days by recipient domain, the most frequent ones");
  for (guint i = 0; i < overview->domains->len; i++) {
    const Domain *domain = g_ptr_array_index(overview->domains, i);
    if (domain->domain != NULL && strcmp(domain->domain, OTHER) != 0 &&
        add(out, name, domain->month, "domain", domain->domain, NULL))
      others -= domain->month;
  }
  add(out, name, others, "domain", OTHER, NULL);
}

static void
add_lists(Metrics *out, const Overview *overview)
{
  static const char name[] = "bouncedb_list_failures";
  gint64 others = overview_sum(overview->days, ISSUES_MONTH);
  describe(out, name, "gauge", "Failures of 30 days by list, the most frequent ones");
  for (guint i = 0; i < overview->cube->lists->len; i++) {
    g_autofree char *list = overview_list(overview, i);
    const CubeFilter filter = {CUBE_ANY, CUBE_ANY, CUBE_ANY, (int)i};
    gint64 failures = cube_sum(overview->cube, &filter, 0, ISSUES_MONTH - 1);
    if (*list != '\0' && strcmp(list, OTHER) != 0 && failures > 0 &&
        add(out, name, failures, "list", list, NULL))
      others -= failures;
  }
  add(out, name, others, "list", OTHER, NULL);
}

static void
add_unusual(Metrics *out, const Overview *overview)
{
  static const char name[] = "bouncedb_unusual_failures";
  describe(out, name, "gauge", "Failures of today or yesterday where they are unusual");
  for (guint i = 0; i < overview->news->len; i++) {
    const Issue *issue = g_ptr_array_index(overview->news, i);
    add(out, name, issue->recent, "reason", reason_name(issue->reason), "provider",
        issue->provider != NULL ? issue->provider : OTHER, NULL);
  }
}

static void
add_recent(Metrics *out, const char *name, const char *label, const char *help,
           const GPtrArray *counts)
{
  describe(out, name, "gauge", help);
  for (guint i = 0; i < counts->len; i++) {
    const SourceCount *count = g_ptr_array_index(counts, i);
    add(out, name, count->week, label, count->name != NULL ? count->name : OTHER, NULL);
  }
}

/* Only of a host of a fleet. */
static void
add_fleet(Metrics *out, const Overview *overview)
{
  if (!overview->in_fleet)
    return;
  add_alone(out, "bouncedb_fleet_sync_timestamp_seconds", "When the last sync was completed",
            overview->synced_at);
  add_alone(out, "bouncedb_fleet_backlog_messages", "Messages that the fleet was not sent yet",
            overview->backlog);
  add_alone(out, "bouncedb_fleet_refused_messages", "Messages that the fleet could not take",
            overview->refused);
}

char *
metrics_text(const Overview *overview)
{
  Metrics metrics = {g_string_new(NULL),
                     g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};
  Metrics *out = &metrics;
  describe(out, "bouncedb_info", "gauge", "The program that wrote this");
  add(out, "bouncedb_info", 1, "version", PACKAGE_VERSION, NULL);
  add_alone(out, "bouncedb_report_timestamp_seconds", "When this was written", overview->now);
  add_alone(out, "bouncedb_last_message_timestamp_seconds", "When the last message was recorded",
            overview->last_message);
  add_failures(out, overview);
  add_providers(out, overview);
  add_times(out, overview);
  add_domains(out, overview);
  add_lists(out, overview);
  add_unusual(out, overview);
  add_alone(out, "bouncedb_suppressed_addresses", "Addresses on the suppression list",
            overview->suppressed);
  add_alone(out, "bouncedb_held_addresses", "Addresses that the guard holds", overview->held);
  add_recent(out, "bouncedb_week_messages", "kind", "Messages of the last 7 days, by kind",
             overview->messages);
  add_recent(out, "bouncedb_week_complaints", "provider",
             "Complaints of the last 7 days, by provider", overview->complaints);
  add_fleet(out, overview);
  g_hash_table_unref(metrics.seen);
  return g_string_free(metrics.text, FALSE);
}
