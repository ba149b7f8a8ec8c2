#include "config.h"

#include "report/news.h"

#include <string.h>

#include "base/dates.h"
#include "store/store-report.h"
#include "store/store-trends.h"

/* --- counts ------------------------------------------------------------------------------------*/

typedef struct {
  Trends *trends;
  Reason reason; /* of the last row: rows of a reason follow one another */
} Counting;

static void
add_row(const StoreTrendCount *row, gpointer data)
{
  Counting *counting = data;
  if (strcmp(row->reason, reason_name(counting->reason)) != 0 &&
      !reason_from_name(row->reason, &counting->reason))
    counting->reason = REASON_UNDEFINED;
  trends_add(counting->trends, row->day, counting->reason, row->provider, row->list_id,
             row->failures);
}

bool
news_count(Trends *trends, Store *store, gint64 first, gint64 last, GError **error)
{
  Counting counting = {trends, REASON_UNDEFINED};
  return store_trend_counts(store, first, last, add_row, &counting, error);
}

/* --- evidence ----------------------------------------------------------------------------------*/

typedef struct {
  gint64 failure_id, at;
  char *domain; /* "" = unknown */
} Failure;

static void
failure_clear(gpointer data)
{
  g_free(((Failure *)data)->domain);
}

/* The failures of each change on its first day and the day before, and since. */
typedef struct {
  const News *news;
  GPtrArray *failures; /* (element-type GArray of Failure), as news->evidence */
} Search;

static bool
belongs(const Change *change, const StoreCell *cells, guint n)
{
  const char *provider = store_cell(cells, n, "provider");
  if (strcmp(reason_name(change->reason), store_cell(cells, n, "reason")) != 0 ||
      (change->list != NULL && strcmp(change->list, store_cell(cells, n, "list_id")) != 0) ||
      store_cell_int(cells, n, "at") < (change->first - 1) * SECONDS_PER_DAY)
    return false;
  bool any = change->providers->len == 0;
  for (guint i = 0; !any && i < change->providers->len; i++)
    any = strcmp(g_ptr_array_index(change->providers, i), provider) == 0;
  return any;
}

static bool
add_failure(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  const Search *search = data;
  for (guint i = 0; i < search->failures->len; i++) {
    const Evidence *evidence = g_ptr_array_index(search->news->evidence, i);
    const Failure failure = {store_cell_int(cells, n, "failure_id"), store_cell_int(cells, n, "at"),
                             NULL};
    if (!belongs(evidence->change, cells, n))
      continue;
    GArray *failures = g_ptr_array_index(search->failures, i);
    g_array_append_val(failures, failure);
    g_array_index(failures, Failure, failures->len - 1).domain =
        g_strdup(store_cell(cells, n, "domain"));
  }
  return true;
}

/* Where the rate rises: the failures before are fewest compared with a rate between the usual one
 * and that of the first day (the minimum of a cumulative sum). */
static guint
find_beginning(const Change *change, const GArray *failures)
{
  gint64 from = (change->first - 1) * SECONDS_PER_DAY, to = (change->first + 1) * SECONDS_PER_DAY;
  guint n = 0, best = 0;
  while (n < failures->len && g_array_index(failures, Failure, n).at < to)
    n++;
  double rate = ((double)change->usual + n) / 2 / SECONDS_PER_DAY, least = 0;
  for (guint i = 0; i < n; i++) {
    double sum = i - rate * (double)(g_array_index(failures, Failure, i).at - from);
    if (i == 0 || sum < least) {
      least = sum;
      best = i;
    }
  }
  return best;
}

static bool
set_first(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  Evidence *evidence = data;
  evidence->rule = g_strdup(store_cell(cells, n, "rule"));
  return true;
}

/* From the failures of a change, the oldest first. */
static bool
set_evidence(Store *store, Evidence *evidence, const GArray *failures, GError **error)
{
  evidence->since = evidence->change->first * SECONDS_PER_DAY;
  if (failures->len == 0)
    return true;
  g_autoptr(GHashTable) domains = g_hash_table_new(g_str_hash, g_str_equal);
  guint first = find_beginning(evidence->change, failures);
  const Failure *failure = &g_array_index(failures, Failure, first);
  evidence->since = failure->at;
  evidence->failure_id = failure->failure_id;
  for (guint i = first; i < failures->len; i++) {
    char *domain = g_array_index(failures, Failure, i).domain;
    if (domain != NULL)
      g_hash_table_add(domains, domain);
  }
  evidence->domains = g_hash_table_size(domains);
  return store_report_failure(store, evidence->failure_id, set_first, evidence, error);
}

/* Only addresses that do not exist are suppressed at once, and so held. */
static bool
read_held(Store *store, Evidence *evidence, GError **error)
{
  const Change *change = evidence->change;
  bool of_address = reason_info(change->reason)->party == PARTY_RECIPIENT;
  for (guint i = 0; of_address && i < change->providers->len; i++) {
    gint64 held;
    if (!store_trend_held(store, g_ptr_array_index(change->providers, i),
                          change->first * SECONDS_PER_DAY, &held, error))
      return false;
    evidence->held += held;
  }
  return true;
}

static void
free_evidence(gpointer data)
{
  Evidence *evidence = data;
  g_free(evidence->rule);
  g_free(evidence);
}

static void
free_failures(gpointer failures)
{
  g_array_unref(failures);
}

static bool
search(News *news, Store *store, GPtrArray *all, gint64 now, GError **error)
{
  Search search = {news, all};
  g_autoptr(GString) reasons = g_string_new(",");
  gint64 first = G_MAXINT64;
  for (guint i = 0; i < MIN(news->changes->len, NEWS_MAX); i++) {
    Evidence *evidence = g_new0(Evidence, 1);
    GArray *failures = g_array_new(FALSE, FALSE, sizeof(Failure));
    g_array_set_clear_func(failures, failure_clear);
    g_ptr_array_add(all, failures);
    evidence->change = g_ptr_array_index(news->changes, i);
    g_ptr_array_add(news->evidence, evidence);
    first = MIN(first, evidence->change->first - 1);
    g_string_append_printf(reasons, "%s,", reason_name(evidence->change->reason));
  }
  return news->evidence->len == 0 ||
         store_trend_failures(store, reasons->str, first * SECONDS_PER_DAY, now, add_failure,
                              &search, error);
}

static bool
read_evidence(News *news, Store *store, gint64 now, GError **error)
{
  g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(free_failures);
  if (!search(news, store, all, now, error))
    return false;
  for (guint i = 0; i < news->evidence->len; i++) {
    Evidence *evidence = g_ptr_array_index(news->evidence, i);
    if (!set_evidence(store, evidence, g_ptr_array_index(all, i), error) ||
        !read_held(store, evidence, error))
      return false;
  }
  return true;
}

News *
news_read(Store *store, gint64 since, gint64 now, GError **error)
{
  g_autoptr(News) news = g_new0(News, 1);
  gint64 today = now / SECONDS_PER_DAY;
  news->evidence = g_ptr_array_new_with_free_func(free_evidence);
  news->trends = trends_new();
  if (!news_count(news->trends, store, since - TRENDS_BEFORE, today, error))
    return NULL;
  news->has_history = trends_has_history(news->trends, today);
  news->changes = trends_changes(news->trends, since, today);
  return read_evidence(news, store, now, error) ? g_steal_pointer(&news) : NULL;
}

void
news_free(News *news)
{
  g_ptr_array_unref(news->evidence);
  g_clear_pointer(&news->changes, g_ptr_array_unref);
  g_clear_pointer(&news->trends, trends_free);
  g_free(news);
}

static const RuleAdvice *
advice(const Rules *rules, const Evidence *evidence)
{
  const RuleInfo *rule = evidence->rule != NULL ? rules_find(rules, evidence->rule) : NULL;
  return rule != NULL ? rules_advice(rules, rule) : NULL;
}

const char *
news_cause(const Rules *rules, const Evidence *evidence)
{
  const RuleAdvice *said = advice(rules, evidence);
  return said != NULL && reason_info(evidence->change->reason)->party != PARTY_RECIPIENT
             ? said->cause
             : NULL;
}

/* So many addresses do not vanish at once, and words that no rule knows are about no recipient. */
const char *
news_remedy(const Rules *rules, const Evidence *evidence)
{
  enum { WAVE = 5 }; /* domains */
  Reason reason = evidence->change->reason;
  if (reason == REASON_UNDEFINED && evidence->domains >= WAVE)
    return "Many domains refuse in words that no rule knows: probably the sender is refused, not "
           "the recipients. Read the reply, and write a rule: bouncedb rules draft.";
  if (reason_info(reason)->party == PARTY_RECIPIENT && evidence->change->providers->len > 0)
    return "Check some of these addresses: if so many fail at once, the provider may be at fault. "
           "bouncedb release then takes back what was suppressed.";
  if (reason_info(reason)->party == PARTY_RECIPIENT)
    return "Find out which addresses were written to: so many bad ones are an old list, or one "
           "that somebody else has filled.";
  const RuleAdvice *said = advice(rules, evidence);
  return said != NULL && said->remedy != NULL ? said->remedy : "Read the reply.";
}
