#include "config.h"

#include "report/recent.h"

#include <string.h>

#include "mail/address.h"
#include "store/store-report.h"

enum { CAMPAIGNS = 10 };

/* What failures are counted by while they are read. */
typedef struct {
  GHashTable *campaigns, *senders; /* name → Campaign */
  GHashTable *issues;
} Counting;

static void
free_campaign(gpointer data)
{
  g_free(((Campaign *)data)->name);
  g_free(data);
}

static void
count_campaign(GHashTable *table, const char *name, const char *klass)
{
  Campaign *campaign = g_hash_table_lookup(table, name);
  if (campaign == NULL) {
    campaign = g_new0(Campaign, 1);
    campaign->name = g_strdup(name);
    g_hash_table_insert(table, campaign->name, campaign);
  }
  campaign->failures++;
  campaign->permanent += strcmp(klass, class_name(CLASS_PERMANENT)) == 0;
}

/* "reason provider" */
static void
count_address(GHashTable *issues, const StoreRecentRow *row)
{
  char key[256];
  g_snprintf(key, sizeof key, "%s %s", row->reason, row->provider);
  GHashTable *addresses = g_hash_table_lookup(issues, key);
  if (addresses == NULL) {
    addresses = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_hash_table_insert(issues, g_strdup(key), addresses);
  }
  if (!g_hash_table_contains(addresses, row->address))
    g_hash_table_add(addresses, g_strdup(row->address));
}

/* The local part is left out: it may name a recipient. */
static void
count_row(const StoreRecentRow *row, gpointer data)
{
  const Counting *counting = data;
  const char *domain = row->sender != NULL ? address_domain(row->sender) : NULL;
  if (row->address != NULL)
    count_address(counting->issues, row);
  if (row->feedback_id != NULL && strchr(row->feedback_id, '@') == NULL)
    count_campaign(counting->campaigns, row->feedback_id, row->klass);
  if (domain != NULL && *domain != '\0')
    count_campaign(counting->senders, domain, row->klass);
}

static gint
by_count(gconstpointer a, gconstpointer b)
{
  const Campaign *one = *(Campaign *const *)a, *other = *(Campaign *const *)b;
  if (one->failures != other->failures)
    return one->failures < other->failures ? 1 : -1;
  return strcmp(one->name, other->name);
}

static GPtrArray *
take_most(GHashTable *table)
{
  GPtrArray *all = g_ptr_array_new_with_free_func(free_campaign);
  GHashTableIter iter;
  gpointer value;
  g_hash_table_iter_init(&iter, table);
  while (g_hash_table_iter_next(&iter, NULL, &value))
    g_ptr_array_add(all, value);
  g_hash_table_unref(table);
  g_ptr_array_sort(all, by_count);
  if (all->len > CAMPAIGNS)
    g_ptr_array_set_size(all, CAMPAIGNS);
  return all;
}

Recent *
recent_read(Store *store, gint64 today, GError **error)
{
  Counting counting = {
      .campaigns = g_hash_table_new(g_str_hash, g_str_equal),
      .senders = g_hash_table_new(g_str_hash, g_str_equal),
      .issues = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                      (GDestroyNotify)g_hash_table_unref),
  };
  g_autoptr(Recent) recent = g_new0(Recent, 1);
  bool ok = store_recent_each(store, today, RECENT_FAILURES, count_row, &counting,
                              &recent->failures, error);
  recent->cut = recent->failures == RECENT_FAILURES;
  recent->campaigns = take_most(counting.campaigns);
  recent->senders = take_most(counting.senders);
  recent->issues = counting.issues;
  return ok ? g_steal_pointer(&recent) : NULL;
}

void
recent_free(Recent *recent)
{
  g_ptr_array_unref(recent->campaigns);
  g_ptr_array_unref(recent->senders);
  g_hash_table_unref(recent->issues);
  g_free(recent);
}

gint64
recent_recipients(const Recent *recent, Reason reason, const char *provider)
{
  char key[256];
  g_snprintf(key, sizeof key, "%s %s", reason_name(reason), provider != NULL ? provider : "");
  GHashTable *addresses = g_hash_table_lookup(recent->issues, key);
  return addresses != NULL ? g_hash_table_size(addresses) : 0;
}
