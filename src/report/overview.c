#include "config.h"

#include "report/overview.h"

#include <string.h>

#include "base/dates.h"
#include "base/fold.h"
#include "base/text.h"
#include "judge/mask.h"
#include "mail/address.h"
#include "report/news.h"
#include "store/store-fleet.h"
#include "store/store-picture.h"
#include "store/store-arrivals.h"
#include "store/store-daily.h"
#include "store/store-report.h"

enum {
  DOMAINS = 30,
  UNKNOWN = 15,
  ENTRIES = 50,
  REPLY_MAX = 400,   /* octets of a reply that are shown */
  CUBE_MAX = 100000, /* octets of the cube in JSON */
};

/* --- counts --- */

typedef struct {
  Overview *overview;
  Issues *issues;
  Trends *trends;
  Reason reason; /* of the last row: rows of a reason follow one another */
  Class klass;
} Counting;

static void
count_row(const StoreListSum *row, gpointer data)
{
  Counting *counting = data;
  Overview *overview = counting->overview;
  if (strcmp(row->reason, reason_name(counting->reason)) != 0)
    reason_from_name(row->reason, &counting->reason);
  if (strcmp(row->klass, class_name(counting->klass)) != 0)
    class_from_name(row->klass, &counting->klass);
  Reason reason = counting->reason;
  gint64 age = overview->today - row->day;
  cube_add(overview->cube, row->day, reason, counting->klass, row->provider, row->list_id,
           row->failures);
  issues_add(counting->issues, age, reason, row->provider, row->failures, row->last_id);
  if (row->day >= overview->cube->daily)
    trends_add(counting->trends, row->day, reason, row->provider, row->list_id, row->failures);
  if (age < ISSUES_MONTH) {
    overview->days[age] += row->failures;
    overview->parties[reason_info(reason)->party][age] += row->failures;
  }
}

/* --- what is new, and what to do --- */

/* Addresses that do not exist are what the list is for: nobody has to do anything. */
static void
choose_remedies(Overview *overview)
{
  for (guint i = 0; i < overview->issues->len && overview->remedies->len < OVERVIEW_REMEDIES; i++) {
    Issue *issue = g_ptr_array_index(overview->issues, i);
    if (reason_info(issue->reason)->party != PARTY_RECIPIENT)
      g_ptr_array_add(overview->remedies, issue);
  }
}

static gint
by_excess(gconstpointer a, gconstpointer b)
{
  const Issue *one = *(Issue *const *)a, *other = *(Issue *const *)b;
  gint64 more = (other->recent - other->usual) - (one->recent - one->usual);
  return more != 0 ? (more > 0 ? 1 : -1) : (int)one->reason - (int)other->reason;
}

/* Today or yesterday, or neither: then *recent and *usual are of yesterday. */
static bool
is_unusual(const Overview *overview, const Trends *trends, Reason reason, const char *provider,
           const gint64 days[ISSUES_MONTH], gint64 *recent, gint64 *usual, gint64 *day)
{
  for (gint64 age = 0; age <= 1; age++) {
    *day = overview->today - age;
    *recent = days[age];
    if (trends_is_unusual(trends, reason, provider, overview->today - age, usual))
      return true;
  }
  return false;
}

static void
choose_news(Overview *overview, const Trends *trends)
{
  overview->has_history = trends_has_history(trends, overview->today);
  gint64 recent, day;
  overview->unusual = is_unusual(overview, trends, REASON_NONE, NULL, overview->days, &recent,
                                 &overview->usual, &overview->usual_day);
  for (guint i = 0; i < overview->issues->len; i++) {
    Issue *issue = g_ptr_array_index(overview->issues, i);
    const char *provider = issue->provider != NULL ? issue->provider : "";
    if (is_unusual(overview, trends, issue->reason, provider, issue->days, &issue->recent,
                   &issue->usual, &day))
      g_ptr_array_add(overview->news, issue);
  }
  g_ptr_array_sort(overview->news, by_excess);
  if (overview->news->len > OVERVIEW_NEWS)
    g_ptr_array_set_size(overview->news, OVERVIEW_NEWS);
}

/* What the rule of trends needs is read once, too: only the days before those that are periods are
 * not in the cube. */
static bool
read_counts(Overview *overview, Store *store, GError **error)
{
  g_autoptr(Issues) issues = issues_new();
  g_autoptr(Trends) trends = trends_new();
  gint64 today = overview->today, daily = overview->cube->daily;
  Counting counting = {.overview = overview, .issues = issues, .trends = trends};
  if (!news_count(trends, store, today - 1 - TRENDS_BEFORE, daily - 1, error) ||
      !store_list_sums_each(store, today - CUBE_DAYS + 1, daily, today, count_row, &counting,
                            error))
    return false;
  cube_fold(overview->cube, CUBE_MAX);
  overview->issues = issues_take(issues);
  choose_news(overview, trends);
  return true;
}

/* Whether the word is an address, or the name of a mailbox. */
static bool
is_of_person(const char *word, const char *user)
{
  enum { NAME_MIN = 3 }; /* octets */
  g_autofree char *folded = g_ascii_strdown(word, -1);
  return strchr(folded, '@') != NULL || strstr(folded, "%40") != NULL ||
         strchr(folded, '=') != NULL ||
         (user != NULL && strlen(user) >= NAME_MIN && strstr(folded, user) != NULL);
}

static char *
hide_people(const char *reply, const char *recipient)
{
  const char *at = recipient != NULL ? strrchr(recipient, '@') : NULL;
  g_autofree char *user = at != NULL ? g_ascii_strdown(recipient, at - recipient) : NULL;
  g_auto(GStrv) words = g_strsplit(reply, " ", -1);
  for (char **word = words; *word != NULL; word++)
    if (is_of_person(*word, user)) {
      g_free(*word);
      *word = g_strdup("[ADDRESS]");
    }
  return g_strjoinv(" ", words);
}

/* A reply as this report may show it: without addresses, unless they are wanted. What is said of
 * the sender names the sender's hosts: only words with an @, and the recipient's name, are left
 * out. (transfer full) */
static char *
shown_reply(OverviewDetail detail, Party party, const char *reply, const char *recipient)
{
  if (reply == NULL || detail == OVERVIEW_ANONYMISED)
    return NULL;
  if (detail == OVERVIEW_ADDRESSES)
    return g_strndup(reply, text_cut(reply, REPLY_MAX));
  if (party == PARTY_SENDER) {
    g_autofree char *hidden = hide_people(reply, recipient);
    return g_strndup(hidden, text_cut(hidden, REPLY_MAX));
  }
  const char *at = recipient != NULL ? strrchr(recipient, '@') : NULL;
  g_autofree char *user = at != NULL ? g_strndup(recipient, (gsize)(at - recipient)) : NULL;
  g_autofree char *beginning = g_strndup(reply, text_cut(reply, REPLY_MAX));
  g_autofree char *folded = fold(beginning);
  gsize code = strspn(folded, "0123456789") == 3 && folded[3] == ' ' ? 4 : 0; /* stays */
  g_autofree char *masked = mask(folded + code, user);
  return g_strdup_printf("%.*s%s", (int)code, folded, masked);
}

typedef struct {
  const Overview *overview;
  Issue *issue;
} Describing;

static bool
describe_issue(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  const Describing *describing = data;
  Issue *issue = describing->issue;
  OverviewDetail detail = describing->overview->detail;
  const char *recipient = store_cell(cells, n, "recipient");
  issue->known = true;
  issue->last_at = store_cell_int(cells, n, "failed_at");
  issue->return_path = g_strdup(address_domain(store_cell(cells, n, "return_path")));
  if (detail != OVERVIEW_ANONYMISED)
    issue->list = g_strdup(store_cell(cells, n, "list_id"));
  issue->rule = g_strdup(store_cell(cells, n, "rule"));
  issue->reply = shown_reply(detail, reason_info(issue->reason)->party,
                             store_cell(cells, n, "reply"), recipient);
  if (detail == OVERVIEW_ADDRESSES)
    issue->recipient = g_strdup(recipient);
  return true;
}

static bool
describe_issues(Overview *overview, Store *store, GPtrArray *issues, GError **error)
{
  for (guint i = 0; i < issues->len; i++) {
    Describing describing = {overview, g_ptr_array_index(issues, i)};
    if (!describing.issue->known && !store_report_failure(store, describing.issue->failure_id,
                                                          describe_issue, &describing, error))
      return false;
  }
  return true;
}

/* When what is unusual began, if it is new: otherwise some had failed before. */
static bool
find_beginnings(Overview *overview, Store *store, GError **error)
{
  for (guint i = 0; i < overview->news->len; i++) {
    Issue *issue = g_ptr_array_index(overview->news, i);
    if (issue->usual == 0 &&
        !store_report_first(store, reason_name(issue->reason),
                            issue->provider != NULL ? issue->provider : "",
                            (overview->today - 1) * SECONDS_PER_DAY, &issue->first_at, error))
      return false;
  }
  return true;
}

static bool
read_recent(Overview *overview, Store *store, GError **error)
{
  overview->recent = recent_read(store, overview->today, error);
  for (guint i = 0; overview->recent != NULL && i < overview->issues->len; i++) {
    Issue *issue = g_ptr_array_index(overview->issues, i);
    issue->recipients = recent_recipients(overview->recent, issue->reason, issue->provider);
    issue->at_least = overview->recent->cut;
  }
  return overview->recent != NULL;
}

static bool
read_issues(Overview *overview, Store *store, GError **error)
{
  choose_remedies(overview);
  return find_beginnings(overview, store, error) &&
         describe_issues(overview, store, overview->remedies, error) &&
         describe_issues(overview, store, overview->news, error) &&
         read_recent(overview, store, error);
}

/* --- tables --- */

static bool
add_unknown(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  Overview *overview = data;
  UnknownReply *unknown = g_new0(UnknownReply, 1);
  const char *reply = store_cell(cells, n, "reply");
  if (overview->detail != OVERVIEW_ANONYMISED)
    unknown->reply = g_strndup(reply, text_cut(reply, REPLY_MAX));
  unknown->failures = store_cell_int(cells, n, "failures");
  unknown->domains = store_cell_int(cells, n, "domains");
  unknown->first_day = store_cell_int(cells, n, "first_day");
  unknown->last_day = store_cell_int(cells, n, "last_day");
  unknown->failure_id = store_cell_int(cells, n, "failure_id");
  g_ptr_array_add(overview->unknown, unknown);
  return true;
}

static bool
add_list_day(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  ListDay *day = g_new0(ListDay, 1);
  day->day = store_cell_int(cells, n, "day");
  day->suppressed = store_cell_int(cells, n, "suppressed");
  day->held = store_cell_int(cells, n, "held");
  day->lifted = store_cell_int(cells, n, "lifted");
  g_ptr_array_add(data, day);
  return true;
}

/* A complaint has a provider, a message a kind. */
static bool
add_count(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  SourceCount *count = g_new0(SourceCount, 1);
  const char *kind = store_cell(cells, n, "kind");
  count->name = g_strdup(kind != NULL ? kind : store_cell(cells, n, "provider"));
  count->week = store_cell_int(cells, n, "week");
  count->month = store_cell_int(cells, n, "month");
  count->kept = store_cell_int(cells, n, "kept");
  count->last_day = store_cell_int(cells, n, "last_day");
  g_ptr_array_add(data, count);
  return true;
}

static bool
add_entry(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  RecentEntry *entry = g_new0(RecentEntry, 1);
  entry->recipient = g_strdup(store_cell(cells, n, "recipient"));
  entry->reason = g_strdup(store_cell(cells, n, "reason"));
  entry->provider = g_strdup(store_cell(cells, n, "provider"));
  entry->day = store_cell_int(cells, n, "day");
  g_ptr_array_add(data, entry);
  return true;
}

static bool
add_counter(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  Counter *counter = g_new0(Counter, 1);
  counter->reason = REASON_UNDEFINED;
  reason_from_name(store_cell(cells, n, "reason"), &counter->reason);
  class_from_name(store_cell(cells, n, "class"), &counter->klass);
  counter->provider = g_strdup(store_cell(cells, n, "provider"));
  counter->failures = store_cell_int(cells, n, "failures");
  g_ptr_array_add(data, counter);
  return true;
}

static bool
add_time(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  Overview *overview = data;
  guint time = 0;
  while (time < N_TIMES - 1 && store_cell_int(cells, n, "seconds") > times_limit(time))
    time++;
  overview->times_ever[time] += store_cell_int(cells, n, "failures");
  overview->seconds_ever += store_cell_int(cells, n, "total");
  return true;
}

static bool
set_sizes(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  Overview *overview = data;
  overview->suppressed = store_cell_int(cells, n, "suppressed");
  overview->held = store_cell_int(cells, n, "held");
  return true;
}

static bool
read_fleet(Overview *overview, Store *store, GError **error)
{
  g_auto(StoreFleet) state = {0};
  g_auto(StoreFleetStock) stock = {0};
  if (!store_fleet_state(store, &state, error) ||
      !store_fleet_stock(store, state.message_id, &stock, error))
    return false;
  overview->in_fleet = state.identity != NULL;
  overview->synced_at = state.synced_at;
  overview->backlog = stock.backlog;
  overview->refused = stock.aside;
  return true;
}

/* What a picture of a fleet has elsewhere. It tells nothing of single failures but their rules. */
static bool
read_picture(Overview *overview, Store *store, GError **error)
{
  if (!store_picture_hosts(store, &overview->hosts, error))
    return false;
  if (overview->hosts == 0)
    return true;
  for (guint i = 0; i < overview->issues->len; i++)
    ((Issue *)g_ptr_array_index(overview->issues, i))->known = false;
  g_ptr_array_set_size(overview->messages, 0);
  g_ptr_array_set_size(overview->complaints, 0);
  return store_picture_sources(store, PICTURE_MESSAGES, add_count, overview->messages, error) &&
         store_picture_sources(store, PICTURE_COMPLAINTS, add_count, overview->complaints, error);
}

static bool
read_tables(Overview *overview, Store *store, GError **error)
{
  gint64 today = overview->today;
  overview->domains = domains_read(store, today, DOMAINS, error);
  if (overview->domains != NULL)
    overview->times = times_read(store, today, error);
  return overview->times != NULL && store_report_times(store, add_time, overview, error) &&
         store_report_unknown(store, today, UNKNOWN, add_unknown, overview, error) &&
         store_report_list(store, today, add_list_day, overview->list_days, error) &&
         store_report_complaints(store, today, add_count, overview->complaints, error) &&
         store_report_messages(store, today, add_count, overview->messages, error) &&
         (overview->detail != OVERVIEW_ADDRESSES ||
          store_report_entries(store, ENTRIES, add_entry, overview->entries, error)) &&
         store_report_counters(store, add_counter, overview->counters, error) &&
         store_last_arrival(store, &overview->last_message, error) &&
         store_list_sizes(store, set_sizes, overview, error) &&
         read_fleet(overview, store, error) && read_picture(overview, store, error);
}

/* --- the whole --- */

static void
free_unknown(gpointer data)
{
  g_free(((UnknownReply *)data)->reply);
  g_free(data);
}

static void
free_count(gpointer data)
{
  g_free(((SourceCount *)data)->name);
  g_free(data);
}

static void
free_counter(gpointer data)
{
  g_free(((Counter *)data)->provider);
  g_free(data);
}

static void
free_entry(gpointer data)
{
  RecentEntry *entry = data;
  g_free(entry->recipient);
  g_free(entry->reason);
  g_free(entry->provider);
  g_free(entry);
}

Overview *
overview_read(Store *store, const Rules *rules, OverviewDetail detail, gint64 now, GError **error)
{
  g_autoptr(Overview) overview = g_new0(Overview, 1);
  overview->detail = detail;
  overview->rules = rules;
  overview->now = now;
  overview->today = now / SECONDS_PER_DAY;
  overview->cube = cube_new(overview->today);
  overview->remedies = g_ptr_array_new();
  overview->news = g_ptr_array_new();
  overview->unknown = g_ptr_array_new_with_free_func(free_unknown);
  overview->list_days = g_ptr_array_new_with_free_func(g_free);
  overview->complaints = g_ptr_array_new_with_free_func(free_count);
  overview->messages = g_ptr_array_new_with_free_func(free_count);
  overview->counters = g_ptr_array_new_with_free_func(free_counter);
  overview->entries = g_ptr_array_new_with_free_func(free_entry);
  if (!store_begin_reading(store, error) || !read_counts(overview, store, error) ||
      !read_issues(overview, store, error) || !read_tables(overview, store, error))
    return NULL;
  return g_steal_pointer(&overview);
}

void
overview_free(Overview *overview)
{
  GPtrArray *const arrays[] = {overview->issues,     overview->remedies, overview->news,
                               overview->domains,    overview->unknown,  overview->list_days,
                               overview->complaints, overview->messages, overview->entries,
                               overview->counters};
  for (gsize i = 0; i < G_N_ELEMENTS(arrays); i++)
    if (arrays[i] != NULL)
      g_ptr_array_unref(arrays[i]);
  g_clear_pointer(&overview->recent, recent_free);
  g_clear_pointer(&overview->times, times_free);
  cube_free(overview->cube);
  g_free(overview);
}

gint64
overview_sum(const gint64 *days, guint n)
{
  gint64 sum = 0;
  for (guint i = 0; i < n; i++)
    sum += days[i];
  return sum;
}

/* --- words --- */

static const RuleAdvice *
advice(const Overview *overview, const Issue *issue)
{
  const RuleInfo *rule = issue->rule != NULL ? rules_find(overview->rules, issue->rule) : NULL;
  return rule != NULL ? rules_advice(overview->rules, rule) : NULL;
}

const char *
overview_remedy(const Overview *overview, const Issue *issue)
{
  const RuleAdvice *said = advice(overview, issue);
  return said != NULL ? said->remedy : NULL;
}

const char *
overview_cause(const Overview *overview, const Issue *issue)
{
  const RuleAdvice *said = advice(overview, issue);
  return said != NULL && said->cause != NULL ? said->cause : reason_info(issue->reason)->meaning;
}

const char *
overview_provider(const Overview *overview, const char *id)
{
  if (id == NULL || *id == '\0')
    return NULL;
  const ProviderInfo *provider = rules_find_provider(overview->rules, id);
  return provider != NULL ? provider->name : id;
}

char *
overview_list(const Overview *overview, guint index)
{
  const GPtrArray *lists = overview->cube->lists;
  const char *name = index < lists->len ? g_ptr_array_index(lists, index) : NULL;
  if (name == NULL || *name == '\0' || overview->detail != OVERVIEW_ANONYMISED)
    return g_strdup(name);
  return g_strdup_printf("list %u", index + 1);
}
