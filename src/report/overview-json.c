#include "config.h"

#include "report/overview-json.h"

#include <string.h>

#include "base/dates.h"
#include "base/json.h"

static void
add_day(Json *json, const char *key, gint64 day)
{
  char buffer[DATE_BUFFER];
  json_text(json, key, date_day_utc(day * SECONDS_PER_DAY, buffer));
}

static void
add_reason(Json *json, Reason reason)
{
  json_text(json, "reason", reason_name(reason));
  json_text(json, "party", party_name(reason_info(reason)->party));
}

/* --- the cube --- */

static void
add_periods(Json *json, const Cube *cube)
{
  json_open(json, "periods", '[');
  for (guint i = 0; i < cube_periods(cube); i++) {
    guint days = cube_period_days(cube, i);
    json_open(json, NULL, '{');
    add_day(json, "date", cube_period_end(cube, i) - days + 1);
    json_int(json, "days", days);
    json_close(json, '}');
  }
  json_close(json, ']');
}

static void
add_names(Json *json, const Overview *overview)
{
  json_open(json, "providers", '[');
  for (guint i = 0; i < overview->cube->providers->len; i++) {
    const char *id = g_ptr_array_index(overview->cube->providers, i);
    json_open(json, NULL, '{');
    json_text(json, "provider", id);
    json_text(json, "name", overview_provider(overview, id));
    json_close(json, '}');
  }
  json_close(json, ']');
  json_open(json, "lists", '[');
  for (guint i = 0; i < overview->cube->lists->len; i++) {
    g_autofree char *name = overview_list(overview, i);
    json_text(json, NULL, name);
  }
  json_close(json, ']');
}

/* A negative number is a run of zeros. */
static void
add_series(Json *json, const CubeSeries *series)
{
  gint64 zeros = 0;
  json_open(json, NULL, '[');
  json_int(json, NULL, series->provider);
  json_int(json, NULL, series->list);
  for (guint i = 0; i < series->periods; i++) {
    if (series->failures[i] == 0) {
      zeros++;
      continue;
    }
    if (zeros > 0)
      json_int(json, NULL, -zeros);
    json_int(json, NULL, series->failures[i]);
    zeros = 0;
  }
  json_close(json, ']');
}

/* Series of one class and reputation follow one another. */
static void
add_kinds(Json *json, const GPtrArray *all)
{
  json_open(json, "kinds", '[');
  for (guint i = 0, next; i < all->len; i = next) {
    const CubeSeries *first = g_ptr_array_index(all, i), *series = first;
    json_open(json, NULL, '{');
    json_text(json, "class", class_name(first->klass));
    json_text(json, "reputation", reputation_name(first->reputation));
    json_open(json, "series", '[');
    for (next = i; series->klass == first->klass && series->reputation == first->reputation;) {
      add_series(json, series);
      if (++next == all->len)
        break;
      series = g_ptr_array_index(all, next);
    }
    json_close(json, ']');
    json_close(json, '}');
  }
  json_close(json, ']');
}

static void
add_cube(Json *json, const Overview *overview)
{
  add_periods(json, overview->cube);
  add_names(json, overview);
  add_kinds(json, overview->cube->series);
}

/* --- issues --- */

static void
add_issue(Json *json, const Overview *overview, const Issue *issue)
{
  json_open(json, NULL, '{');
  add_reason(json, issue->reason);
  json_text(json, "provider", issue->provider);
  json_int(json, "failures", issue->month);
  json_int(json, "today", issue->days[0]);
  json_int(json, "yesterday", issue->days[1]);
  json_int(json, "usual", issue->usual);
  json_int(json, "recipients", issue->recipients);
  json_bool(json, "at_least", issue->at_least);
  json_text(json, "cause", overview_cause(overview, issue));
  json_text(json, "remedy", overview_remedy(overview, issue));
  if (issue->known)
    json_int(json, "failure_id", issue->failure_id);
  else
    json_none(json, "failure_id");
  json_text(json, "reply", issue->reply);
  json_text(json, "recipient", issue->recipient);
  json_close(json, '}');
}

static void
add_issues(Json *json, const char *key, const Overview *overview, const GPtrArray *issues)
{
  json_open(json, key, '[');
  for (guint i = 0; i < issues->len; i++)
    add_issue(json, overview, g_ptr_array_index(issues, i));
  json_close(json, ']');
}

static void
add_days(Json *json, const gint64 days[ISSUES_MONTH])
{
  json_int(json, "today", days[0]);
  json_int(json, "yesterday", days[1]);
  json_int(json, "week", overview_sum(days, 7));
  json_int(json, "month", overview_sum(days, ISSUES_MONTH));
}

static void
add_summary(Json *json, const Overview *overview)
{
  json_open(json, "failures", '{');
  add_days(json, overview->days);
  json_int(json, "usual", overview->usual);
  json_close(json, '}');
  json_bool(json, "has_history", overview->has_history);
  json_bool(json, "unusual", overview->unusual);
  json_open(json, "parties", '[');
  for (Party party = PARTY_RECIPIENT; party < N_PARTIES; party++) {
    json_open(json, NULL, '{');
    json_text(json, "party", party_name(party));
    add_days(json, overview->parties[party]);
    json_close(json, '}');
  }
  json_close(json, ']');
  add_issues(json, "news", overview, overview->news);
  add_issues(json, "remedies", overview, overview->remedies);
  json_int(json, "suppressed", overview->suppressed);
  json_int(json, "held", overview->held);
}

/* --- tables --- */

static void
add_domain(Json *json, const Domain *domain)
{
  json_open(json, NULL, '{');
  json_text(json, "domain", domain->domain);
  json_text(json, "provider", domain->provider);
  json_int(json, "domains", domain->domains);
  json_int(json, "failures", domain->month);
  json_open(json, "classes", '{');
  for (Class klass = CLASS_PERMANENT; klass < N_CLASSES; klass++)
    json_int(json, class_name(klass), domain->classes[klass]);
  json_close(json, '}');
  add_reason(json, domain->reason);
  json_text(json, "meaning", reason_info(domain->reason)->meaning);
  json_close(json, '}');
}

/* By the provider's index in the cube, as the series are. */
static guint
provider_index(const Overview *overview, const char *provider)
{
  const GPtrArray *providers = overview->cube->providers;
  guint i = 0;
  while (i < providers->len && strcmp(g_ptr_array_index(providers, i), provider) != 0)
    i++;
  return i;
}

static void
add_times(Json *json, const Overview *overview)
{
  json_open(json, "times", '[');
  for (guint i = 0; i < overview->times->series->len; i++) {
    const TimeSeries *series = g_ptr_array_index(overview->times->series, i);
    json_open(json, NULL, '{');
    json_text(json, "class", class_name(series->klass));
    json_int(json, "provider", provider_index(overview, series->provider));
    json_open(json, "failures", '[');
    for (guint time = 0; time < N_TIMES; time++)
      json_int(json, NULL, series->failures[time]);
    json_close(json, ']');
    json_close(json, '}');
  }
  json_close(json, ']');
}

static void
add_campaigns(Json *json, const char *key, const char *what, const GPtrArray *campaigns)
{
  json_open(json, key, '[');
  for (guint i = 0; i < campaigns->len; i++) {
    const Campaign *campaign = g_ptr_array_index(campaigns, i);
    json_open(json, NULL, '{');
    json_text(json, what, campaign->name);
    json_int(json, "failures", campaign->failures);
    json_int(json, "permanent", campaign->permanent);
    json_close(json, '}');
  }
  json_close(json, ']');
}

/* Names of campaigns are not for strangers. */
static void
add_recent(Json *json, const Overview *overview)
{
  json_int(json, "recent", overview->recent->failures);
  if (overview->detail != OVERVIEW_ANONYMISED)
    add_campaigns(json, "campaigns", "feedback_id", overview->recent->campaigns);
  add_campaigns(json, "senders", "domain", overview->recent->senders);
}

static void
add_unknown(Json *json, const UnknownReply *unknown)
{
  json_open(json, NULL, '{');
  json_text(json, "reply", unknown->reply);
  json_int(json, "failures", unknown->failures);
  json_int(json, "domains", unknown->domains);
  add_day(json, "first", unknown->first_day);
  add_day(json, "last", unknown->last_day);
  json_int(json, "failure_id", unknown->failure_id);
  json_close(json, '}');
}

static void
add_list_day(Json *json, const ListDay *day)
{
  json_open(json, NULL, '{');
  add_day(json, "date", day->day);
  json_int(json, "suppressed", day->suppressed);
  json_int(json, "held", day->held);
  json_int(json, "lifted", day->lifted);
  json_close(json, '}');
}

static void
add_complaints(Json *json, const SourceCount *count)
{
  json_open(json, NULL, '{');
  json_text(json, "provider", count->name);
  json_int(json, "week", count->week);
  json_int(json, "month", count->month);
  add_day(json, "last", count->last_day);
  json_close(json, '}');
}

static void
add_messages(Json *json, const SourceCount *count)
{
  json_open(json, NULL, '{');
  json_text(json, "kind", count->name);
  json_int(json, "week", count->week);
  json_int(json, "month", count->month);
  json_int(json, "kept", count->kept);
  json_close(json, '}');
}

static void
add_entry(Json *json, const RecentEntry *entry)
{
  json_open(json, NULL, '{');
  json_text(json, "recipient", entry->recipient);
  json_text(json, "reason", entry->reason);
  json_text(json, "provider", entry->provider);
  add_day(json, "date", entry->day);
  json_close(json, '}');
}

#define ADD_ROWS(json, key, rows, add)                                                             \
  do {                                                                                             \
    json_open((json), (key), '[');                                                                 \
    for (guint i = 0; i < (rows)->len; i++)                                                        \
      add((json), g_ptr_array_index((rows), i));                                                   \
    json_close((json), ']');                                                                       \
  } while (0)

char *
overview_json(const Overview *overview)
{
  char buffer[DATE_BUFFER];
  Json json = json_new();
  json_open(&json, NULL, '{');
  json_text(&json, "created_at", date_rfc3339(overview->now, buffer));
  if (overview->hosts > 0)
    json_int(&json, "hosts", overview->hosts);
  else
    json_none(&json, "hosts");
  add_summary(&json, overview);
  add_cube(&json, overview);
  ADD_ROWS(&json, "domains", overview->domains, add_domain);
  add_times(&json, overview);
  add_recent(&json, overview);
  ADD_ROWS(&json, "unknown", overview->unknown, add_unknown);
  ADD_ROWS(&json, "list", overview->list_days, add_list_day);
  ADD_ROWS(&json, "complaints", overview->complaints, add_complaints);
  ADD_ROWS(&json, "messages", overview->messages, add_messages);
  ADD_ROWS(&json, "entries", overview->entries, add_entry);
  json_close(&json, '}');
  return json_finish(&json);
}
