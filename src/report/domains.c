#include "config.h"

#include "report/domains.h"

#include <string.h>

#include "report/organisation.h"
#include "store/store-report.h"

/* While domains are counted: an organisation and the recipient domains that belong to it. */
typedef struct {
  Domain domain;    /* first, so that an Organisation can be used as one */
  GPtrArray *names; /* borrowed */
  gint64 reasons[N_REASONS], lead;
} Organisation;

typedef struct {
  GHashTable *domains;       /* recipient domain → Organisation */
  GHashTable *organisations; /* domain → Organisation, borrowed from the array */
  GPtrArray *all;
} Counting;

static void
free_organisation(gpointer data)
{
  Organisation *one = data;
  g_free(one->domain.domain);
  g_free(one->domain.provider);
  g_ptr_array_unref(one->names);
  g_free(one);
}

/* --- which have most failures --- */

static Organisation *
add_domain(Counting *counting, const char *name)
{
  char *copy = g_strdup(name);
  const char *registered = organisation_of(copy);
  Organisation *one = g_hash_table_lookup(counting->organisations, registered);
  if (one == NULL) {
    one = g_new0(Organisation, 1);
    one->domain.domain = g_strdup(registered);
    one->names = g_ptr_array_new();
    g_hash_table_insert(counting->organisations, one->domain.domain, one);
    g_ptr_array_add(counting->all, one);
  }
  g_ptr_array_add(one->names, copy);
  g_hash_table_insert(counting->domains, copy, one);
  return one;
}

static void
count_domain(const char *name, gint64 failures, gpointer data)
{
  Counting *counting = data;
  Organisation *one = g_hash_table_lookup(counting->domains, name);
  if (one == NULL)
    one = add_domain(counting, name);
  one->domain.month += failures;
}

static gint
by_count(gconstpointer a, gconstpointer b)
{
  const Domain *one = *(Domain *const *)a, *other = *(Domain *const *)b;
  if (one->month != other->month)
    return one->month < other->month ? 1 : -1;
  return strcmp(one->domain, other->domain);
}

/* --- what is known of those --- */

/* The provider of more than half of the failures stays, whatever the order (Boyer and Moore). */
static void
vote(Organisation *one, const char *provider, gint64 failures)
{
  if (g_strcmp0(one->domain.provider, provider) == 0) {
    one->lead += failures;
  } else if (failures <= one->lead) {
    one->lead -= failures;
  } else {
    g_free(one->domain.provider);
    one->domain.provider = g_strdup(provider);
    one->lead = failures - one->lead;
  }
}

typedef struct {
  Organisation *one;
  gint64 today;
} Describing;

static bool
describe_day(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  const Describing *describing = data;
  Organisation *one = describing->one;
  gint64 failures = store_cell_int(cells, n, "failures");
  gint64 age = describing->today - store_cell_int(cells, n, "day");
  Reason reason = REASON_UNDEFINED;
  Class klass = CLASS_NONE;
  reason_from_name(store_cell(cells, n, "reason"), &reason);
  class_from_name(store_cell(cells, n, "class"), &klass);
  one->domain.week += age < 7 ? failures : 0;
  one->domain.today += age == 0 ? failures : 0;
  one->domain.yesterday += age == 1 ? failures : 0;
  one->domain.classes[klass] += failures;
  one->reasons[reason] += failures;
  if (one->reasons[reason] > one->reasons[one->domain.reason])
    one->domain.reason = reason;
  vote(one, store_cell(cells, n, "provider"), failures);
  return true;
}

static bool
describe(Store *store, gint64 today, Organisation *one, GError **error)
{
  Describing describing = {one, today};
  for (guint i = 0; i < one->names->len; i++)
    if (!store_domain_days(store, g_ptr_array_index(one->names, i), today - DOMAINS_DAYS + 1, today,
                           describe_day, &describing, error))
      return false;
  one->domain.domains = one->names->len;
  if (*one->domain.domain == '\0')
    g_clear_pointer(&one->domain.domain, g_free);
  return true;
}

static bool
read_all(Store *store, gint64 today, guint limit, Counting *counting, GError **error)
{
  if (!store_domains_each(store, today - DOMAINS_DAYS + 1, today, count_domain, counting, error))
    return false;
  g_ptr_array_sort(counting->all, by_count);
  if (counting->all->len > limit)
    g_ptr_array_set_size(counting->all, (int)limit);
  for (guint i = 0; i < counting->all->len; i++)
    if (!describe(store, today, g_ptr_array_index(counting->all, i), error))
      return false;
  return true;
}

GPtrArray *
domains_read(Store *store, gint64 today, guint limit, GError **error)
{
  Counting counting = {
      .domains = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
      .organisations = g_hash_table_new(g_str_hash, g_str_equal),
      .all = g_ptr_array_new_with_free_func(free_organisation),
  };
  bool ok = read_all(store, today, limit, &counting, error);
  g_hash_table_unref(counting.organisations);
  for (guint i = 0; i < counting.all->len; i++) /* their names end with the table */
    g_ptr_array_set_size(((Organisation *)g_ptr_array_index(counting.all, i))->names, 0);
  g_hash_table_unref(counting.domains);
  if (ok)
    return counting.all;
  g_ptr_array_unref(counting.all);
  return NULL;
}
