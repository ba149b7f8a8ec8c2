#include "config.h"

#include "store/store-decisions.h"

#include <string.h>

#include "mail/address.h"
#include "store/store-private.h"

/* --- one address --- */

typedef struct {
  char state[16];   /* of the entry: "active" or "held"; "" = there is none */
  char verdict[16]; /* of the override; "" = there is none */
} EntryState;

static bool
read_state(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error, (void)n;
  EntryState *out = data;
  g_strlcpy(out->state, cells[0].text, sizeof out->state);
  g_strlcpy(out->verdict, cells[1].text, sizeof out->verdict);
  return true;
}

static bool
find_state(Store *store, const char *address, EntryState *out, GError **error)
{
  return store_query(
      store,
      "SELECT coalesce((SELECT state FROM entry WHERE address = lower(:address)), ''),"
      " coalesce((SELECT verdict FROM override WHERE address = lower(:address)), '')",
      VALUES(ADDRESS(":address", address)), read_state, out, error);
}

static bool
write_override(Store *store, const char *address, const char *verdict, const Decision *decision,
               GError **error)
{
  const char *domain = address_domain(address);
  g_autofree char *lower = g_ascii_strdown(domain, -1);
  return store_run(store,
                   "INSERT INTO override (address, recipient, recipient_domain, verdict, note,"
                   "  by_uid, at)"
                   " VALUES (lower(:address), :address, nullif(:domain, ''), :verdict, :note,"
                   "  :by_uid, :at)",
                   VALUES(ADDRESS(":address", address), ADDRESS(":domain", lower),
                          TEXT(":verdict", verdict), TEXT(":note", decision->note),
                          INT(":by_uid", decision->uid), INT(":at", decision->now)),
                   error);
}

static const char *const verdicts[] = {
    [OVERRIDE_NONE] = "", [OVERRIDE_ALLOW] = "allow", [OVERRIDE_SUPPRESS] = "suppress"};

/* In this order: a manual entry needs the override, and a failure that does not count must have no
 * entry. */
static const char *const consequences[][4] = {
    [OVERRIDE_ALLOW] = {"DELETE FROM entry WHERE address = :address",
                        "UPDATE failure SET lifted = 'allow'"
                        " WHERE address = :address AND " COUNTS,
                        "UPDATE complaint SET lifted = 'allow'"
                        " WHERE address = :address AND counting = 1"},
    [OVERRIDE_SUPPRESS] = {"DELETE FROM entry WHERE address = :address",
                           "INSERT INTO entry (address, recipient, recipient_domain, reason, since)"
                           " SELECT address, recipient, recipient_domain, 'manual', at"
                           " FROM override WHERE address = :address"},
};

static bool
replace_override(Store *store, const char *address, Override verdict, const Decision *decision,
                 GError **error)
{
  g_autofree char *key = address_key(address);
  const StoreValue *values = VALUES(TEXT(":address", key));
  if (!store_run(store, "DELETE FROM override WHERE address = :address", values, error))
    return false;
  if (verdict == OVERRIDE_NONE)
    return store_restore_address(store, key, error) && store_reconsider(store, key, error);
  bool ok = write_override(store, address, verdicts[verdict], decision, error);
  for (const char *const *sql = consequences[verdict]; ok && *sql != NULL; sql++)
    ok = store_run(store, *sql, values, error);
  return ok;
}

/* An exception from the entry of its domain has no entry of its own that could change. What is
 * known about the address elsewhere has to be written again. */
static const char exception_changes[] =
    "INSERT INTO change (op, address, recipient, recipient_domain, at)"
    " SELECT 'remove', lower(:address), :address, recipient_domain, :now FROM suppression"
    " WHERE address = lower(:domain)";

static bool
note_exception(Store *store, const char *address, const Decision *decision, GError **error)
{
  const char *at = strrchr(address, '@');
  return at == NULL || at == address ||
         store_run(store, exception_changes,
                   VALUES(ADDRESS(":address", address), ADDRESS(":domain", at),
                          INT(":now", decision->now)),
                   error);
}

/* Another host of a fleet may have decided otherwise since, so a decision that changes nothing here
 * is sent to the fleet too. */
bool
store_override(Store *store, const char *address, Override verdict, const Decision *decision,
               bool *changed, GError **error)
{
  EntryState before, after;
  bool remembered = false, fleet;
  *changed = false;
  if (!find_state(store, address, &before, error) ||
      (verdict == OVERRIDE_ALLOW && !store_remember(store, address, &remembered, error)))
    return false;
  bool same = strcmp(before.verdict, verdicts[verdict]) == 0;
  if (!store_in_fleet(store, &fleet, error))
    return false;
  if (same && !remembered && !fleet && verdict != OVERRIDE_NONE)
    return true;
  if (!replace_override(store, address, verdict, decision, error) ||
      !find_state(store, address, &after, error))
    return false;
  bool exception = verdict == OVERRIDE_ALLOW || strcmp(before.verdict, "allow") == 0;
  if (!same && exception && !note_exception(store, address, decision, error))
    return false;
  bool moved = remembered || strcmp(before.state, after.state) != 0;
  *changed = moved || !same;
  return !(*changed || fleet) || store_audit(store, decision, address, NULL, moved, error);
}

bool
store_confirm_address(Store *store, const char *address, const Decision *decision, bool *changed,
                      GError **error)
{
  if (!store_run(store,
                 "UPDATE entry SET state = 'active'"
                 " WHERE address = lower(:address) AND state = 'held'",
                 VALUES(ADDRESS(":address", address)), error))
    return false;
  *changed = sqlite3_changes(store->db) > 0;
  return !*changed || store_audit(store, decision, address, NULL, 1, error);
}

/* --- a span of time --- */

/* Entries that reports have made are tallied as they come and go. */
static const char count_entries[] =
    "SELECT coalesce(sum(added + held), 0) FROM tally WHERE source = ''";

static const char insert_release[] =
    "INSERT INTO release (provider, domain, since, until)"
    " SELECT :provider, lower(:domain), :since, :until"
    " WHERE NOT EXISTS (SELECT 1 FROM release WHERE provider IS :provider"
    "   AND domain IS lower(:domain) AND since = :since AND until = :until)";

/* First removes the entries that rest on the span, then marks its failures and complaints. */
static const char *const releases[] = {
    "DELETE FROM entry WHERE failure_id IS NOT NULL AND (address, reason) IN"
    " (SELECT address, reason FROM failure WHERE counting = 1 AND " OF_SPAN("failed_at") ")",
    "UPDATE failure SET lifted = 'release' WHERE " COUNTS
    " AND address IS NOT NULL AND " OF_SPAN("failed_at"),
    "UPDATE complaint SET lifted = 'release' WHERE counting = 1 AND address IS NOT NULL "
    "AND " OF_SPAN("complained_at"),
};

static const char released[] = "SELECT address FROM failure WHERE lifted = 'release' AND " OF_SPAN(
    "failed_at") " UNION SELECT address FROM complaint WHERE lifted = 'release' "
                 "AND " OF_SPAN("complained_at");

static bool
lift_span(Store *store, const Span *span, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS(releases); i++)
    if (!store_run(store, releases[i], SPAN_VALUES(span), error))
      return false;
  return store_reconsider_all(store, released, SPAN_VALUES(span), error);
}

bool
store_release(Store *store, const Span *span, const Decision *decision, gint64 *rows,
              GError **error)
{
  gint64 before, after;
  if (!store_get_int(store, count_entries, NULL, &before, error) ||
      !store_run(store, insert_release, SPAN_VALUES(span), error))
    return false;
  *rows = 0;
  if (sqlite3_changes(store->db) == 0)
    return true;
  if (!lift_span(store, span, error) || !store_get_int(store, count_entries, NULL, &after, error))
    return false;
  *rows = before - after;
  return store_audit(store, decision, NULL, span, *rows, error);
}

/* Releases that lie within the span, of the same provider and domain. */
static const char delete_releases[] =
    "DELETE FROM release WHERE provider IS :provider AND domain IS lower(:domain)"
    " AND since >= :since AND until <= :until";

bool
store_unrelease(Store *store, const Span *span, const Decision *decision, gint64 *withdrawn,
                gint64 *rows, GError **error)
{
  gint64 before, after;
  *rows = 0;
  if (!store_get_int(store, count_entries, NULL, &before, error) ||
      !store_run(store, delete_releases, SPAN_VALUES(span), error))
    return false;
  *withdrawn = sqlite3_changes(store->db);
  if (*withdrawn == 0)
    return true;
  if (!store_restore_span(store, span, error) ||
      !store_get_int(store, count_entries, NULL, &after, error))
    return false;
  *rows = after - before;
  return store_audit(store, decision, NULL, span, *rows, error);
}

static const char confirm_span[] = "UPDATE entry SET state = 'active'"
                                   " WHERE state = 'held' AND since BETWEEN :since AND :until"
                                   "   AND (:provider IS NULL OR provider = :provider)"
                                   "   AND (:domain IS NULL OR recipient_domain = lower(:domain))";

bool
store_confirm(Store *store, const Span *span, const Decision *decision, gint64 *rows,
              GError **error)
{
  if (!store_run(store, confirm_span, SPAN_VALUES(span), error))
    return false;
  *rows = sqlite3_changes(store->db);
  return *rows == 0 || store_audit(store, decision, NULL, span, *rows, error);
}
