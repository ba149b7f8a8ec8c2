#include "config.h"

#include "cmd/news-print.h"

#include "base/columns.h"
#include "base/dates.h"
#include "base/json.h"
#include "cmd/terminal.h"

enum { PROVIDERS = 3, INDENT = 4 };

/* --- sentences ---------------------------------------------------------------------------------*/

static void
add_name(GString *out, const char *name)
{
  g_autofree char *shown = terminal_address(name);
  g_string_append(out, shown);
}

static void
add_provider(GString *out, const Rules *rules, const char *id)
{
  const ProviderInfo *provider = rules_find_provider(rules, id);
  add_name(out, *id == '\0' ? "other providers" : provider != NULL ? provider->name : id);
}

static void
add_providers(GString *out, const Rules *rules, const GPtrArray *providers)
{
  guint shown = MIN(providers->len, PROVIDERS), more = providers->len - shown;
  g_string_append(out, providers->len == 0 ? " at all providers together" : " at ");
  for (guint i = 0; i < shown; i++) {
    g_string_append(out, i == 0 ? "" : ", ");
    add_provider(out, rules, g_ptr_array_index(providers, i));
  }
  if (more > 0)
    g_string_append_printf(out, " and %u more", more);
}

static void
add_list(GString *out, const char *list)
{
  if (list == NULL)
    return;
  g_string_append(out, *list != '\0' ? ", list " : ", without a list");
  add_name(out, list);
}

char *
news_summary(const Rules *rules, const Evidence *evidence)
{
  char buffer[DATE_BUFFER];
  const Change *change = evidence->change;
  GString *out = g_string_new(reason_name(change->reason));
  add_providers(out, rules, change->providers);
  add_list(out, change->list);
  if (change->is_new)
    g_string_append(out, ": never before, ");
  else
    g_string_append_printf(out, ": usually %" G_GINT64_FORMAT " a day, ", change->usual);
  g_string_append_printf(out, "%" G_GINT64_FORMAT " since %s", change->failures,
                         date_minute(evidence->since, buffer));
  if (evidence->domains > 1)
    g_string_append_printf(out, ", %" G_GINT64_FORMAT " recipient domains", evidence->domains);
  return g_string_free(out, FALSE);
}

char *
news_sentence(const Rules *rules, const Evidence *evidence)
{
  g_autofree char *summary = news_summary(rules, evidence);
  return evidence->failure_id == 0
             ? g_steal_pointer(&summary)
             : g_strdup_printf("%s; first: f%" G_GINT64_FORMAT, summary, evidence->failure_id);
}

void
news_print(GString *out, const Rules *rules, const Evidence *evidence, int width)
{
  g_autofree char *sentence = news_sentence(rules, evidence);
  columns_wrap(out, sentence, 0, width);
  g_string_append_printf(out, "%*s", INDENT, "");
  const char *cause = news_cause(rules, evidence);
  g_autofree char *words = g_strjoin(cause != NULL ? " " : "", cause != NULL ? cause : "",
                                     news_remedy(rules, evidence), NULL);
  columns_wrap(out, words, INDENT, width);
  if (evidence->held > 0)
    g_string_append_printf(out,
                           "%*sThe guard holds %" G_GINT64_FORMAT " addresses: bouncedb doctor\n",
                           INDENT, "", evidence->held);
  if (evidence->failure_id != 0)
    g_string_append_printf(out, "%*sbouncedb explain f%" G_GINT64_FORMAT "\n", INDENT, "",
                           evidence->failure_id);
}

/* --- JSON --------------------------------------------------------------------------------------*/

static void
add_date(Json *json, const char *key, gint64 day)
{
  char buffer[DATE_BUFFER];
  json_text(json, key, date_day_utc(day * SECONDS_PER_DAY, buffer));
}

static void
add_where(Json *json, const Change *change)
{
  json_open(json, "providers", '[');
  for (guint i = 0; i < change->providers->len; i++)
    json_text(json, NULL, g_ptr_array_index(change->providers, i));
  json_close(json, ']');
  json_text(json, "list", change->list);
}

char *
news_json(const Rules *rules, const Evidence *evidence)
{
  char buffer[DATE_BUFFER];
  const Change *change = evidence->change;
  Json json = json_begin();
  json_text(&json, "reason", reason_name(change->reason));
  json_text(&json, "party", party_name(reason_info(change->reason)->party));
  add_where(&json, change);
  json_text(&json, "since", date_rfc3339(evidence->since, buffer));
  add_date(&json, "first", change->first);
  add_date(&json, "last", change->last);
  json_int(&json, "failures", change->failures);
  json_int(&json, "usual", change->usual);
  json_bool(&json, "new", change->is_new);
  json_int(&json, "domains", evidence->domains);
  json_int(&json, "held", evidence->held);
  if (evidence->failure_id != 0)
    json_int(&json, "failure_id", evidence->failure_id);
  else
    json_none(&json, "failure_id");
  json_text(&json, "remedy", news_remedy(rules, evidence));
  json_close(&json, '}');
  return json_finish(&json);
}
