/* What counts may say of a person who was erased: a domain, or a list, that only this address had.
 * The days that were counted again no longer name it; those of which something was pruned, and the
 * entries of each day, do. */
#include "config.h"

#include "mail/address.h"
#include "store/store-private.h"

/* --- recipient domains -------------------------------------------------------------------------*/

/* No index has the domains of all failures. Those of the days that are counted are in daily. */
#define IS_UNKNOWN                                                                                 \
  " NOT EXISTS (SELECT 1 FROM daily WHERE recipient_domain = :domain AND day >= " COUNTED_FROM     \
  ") AND NOT EXISTS (SELECT 1 FROM failure WHERE recipient_domain = :domain"                       \
  "   AND failed_at < 86400 * " COUNTED_FROM ")"

#define HIDDEN " FROM daily WHERE recipient_domain = :domain AND" IS_UNKNOWN

/* Entries by their source: a provider or a recipient domain. The entries that are left take
 * themselves off these counts when they go. */
#define TALLIED                                                                                    \
  " FROM tally WHERE source = :domain"                                                             \
  " AND NOT EXISTS (SELECT 1 FROM entry WHERE source = :domain)"                                   \
  " AND NOT EXISTS (SELECT 1 FROM complaint WHERE recipient_domain = :domain) AND" IS_UNKNOWN

static const char *const domains[] = {
    "INSERT INTO tally (source, day, added, held, unproven)"
    " SELECT '?', day, added, held, unproven" TALLIED
    " ON CONFLICT DO UPDATE SET added = added + excluded.added, held = held + excluded.held,"
    "  unproven = unproven + excluded.unproven",
    "DELETE" TALLIED,
    "INSERT INTO daily SELECT day, class, reason, provider, list_id, '', failures, first_id, "
    "last_id" HIDDEN " ON CONFLICT DO UPDATE SET failures = failures + excluded.failures,"
    "  first_id = min(first_id, excluded.first_id), last_id = max(last_id, excluded.last_id)",
    "DELETE" HIDDEN,
};

bool
store_hide_domain(Store *store, const char *address, GError **error)
{
  g_autofree char *domain = address_key(address_domain(address));
  bool ok = true;
  for (gsize i = 0; ok && *domain != '\0' && i < G_N_ELEMENTS(domains); i++)
    ok = store_run(store, domains[i], VALUES(TEXT(":domain", domain)), error);
  return ok;
}

/* --- lists -------------------------------------------------------------------------------------*/

/* %s: which lists. */
static const char *const lists[] = {
    "INSERT INTO daily SELECT day, class, reason, provider, '', recipient_domain, failures,"
    "  first_id, last_id FROM daily WHERE day < " COUNTED_FROM " AND %s"
    " ON CONFLICT DO UPDATE SET failures = failures + excluded.failures,"
    "  first_id = min(first_id, excluded.first_id), last_id = max(last_id, excluded.last_id)",
    "DELETE FROM daily WHERE day < " COUNTED_FROM " AND %s",
    "INSERT INTO list_sum SELECT days, day, class, reason, provider, '', failures, last_id"
    " FROM list_sum WHERE day < " COUNTED_FROM " AND %s"
    " ON CONFLICT DO UPDATE SET failures = failures + excluded.failures,"
    "  last_id = max(last_id, excluded.last_id)",
    "DELETE FROM list_sum WHERE day < " COUNTED_FROM " AND %s",
};

bool
store_hide_lists(Store *store, const char *condition, GError **error)
{
  bool ok = true;
  for (gsize i = 0; ok && i < G_N_ELEMENTS(lists); i++) {
    g_auto(GStrv) pieces = g_strsplit(lists[i], "%s", 2);
    g_autofree char *sql = g_strjoinv(condition, pieces);
    ok = store_exec(store, sql, error);
  }
  return ok;
}
