#include "config.h"

#include "store/store-thresholds.h"

#include "store/store-decide.h"
#include "store/store-private.h"

bool
store_has_thresholds(Store *store, const Thresholds *thresholds, bool *same, GError **error)
{
  g_autofree char *text = thresholds_text(thresholds);
  gint64 equal;
  if (!store_get_int(store, "SELECT value = :text FROM setting WHERE name = 'measures'",
                     VALUES(TEXT(":text", text)), &equal, error))
    return false;
  *same = equal != 0;
  return true;
}

static bool
write_thresholds(Store *store, const Thresholds *thresholds, GError **error)
{
  bool ok = store_exec(store, "DELETE FROM threshold WHERE reason <> 'complaint'", error);
  for (int i = REASON_NONE + 1; ok && i < N_REASONS; i++) {
    const Threshold *threshold = &thresholds->reason[i];
    if (threshold->days > 0)
      ok = store_run(store,
                     "INSERT INTO threshold (reason, days, span, window, expires, least)"
                     " VALUES (:reason, :days, :span, :window, :expires, :least)",
                     VALUES(TEXT(":reason", reason_name((Reason)i)), INT(":days", threshold->days),
                            INT(":span", threshold->span), INT(":window", thresholds->window),
                            INT_OR_NULL(":expires", threshold->expires),
                            INT(":least", thresholds->unproven == UNSIGNED_TWO_DAYS ? 2 : 1)),
                     error);
  }
  return ok;
}

/* Only an expiry has a use for the index. */
static bool
write_expiry_index(Store *store, const Thresholds *thresholds, GError **error)
{
  return store_exec(store,
                    thresholds_expire(thresholds)
                        ? "CREATE INDEX IF NOT EXISTS entry_reason ON entry (reason, since)"
                        : "DROP INDEX IF EXISTS entry_reason",
                    error);
}

static bool
write_guard(Store *store, const Thresholds *thresholds, GError **error)
{
  return store_run(store,
                   "UPDATE guard SET max_new = :max_new, max_share = :max_share,"
                   " provider_factor = :factor, unproven_message = :message, unproven_day = :day,"
                   " unproven_share = :share",
                   VALUES(INT(":max_new", thresholds->guard.max_new),
                          INT(":max_share", thresholds->guard.max_share),
                          INT(":factor", thresholds->guard.provider_factor),
                          INT(":message", thresholds->guard.unproven_message),
                          INT(":day", thresholds->guard.unproven_day),
                          INT(":share", thresholds->guard.unproven_share)),
                   error);
}

static bool
write_text(Store *store, const Thresholds *thresholds, GError **error)
{
  g_autofree char *text = thresholds_text(thresholds);
  return store_run(store,
                   "INSERT INTO setting VALUES ('measures', :text)"
                   " ON CONFLICT DO UPDATE SET value = excluded.value",
                   VALUES(TEXT(":text", text)), error);
}

bool
store_apply_thresholds(Store *store, const Thresholds *thresholds, GError **error)
{
  bool same;
  if (!store_has_thresholds(store, thresholds, &same, error))
    return false;
  if (same)
    return true;
  if (!store_begin(store, error))
    return false;
  bool ok = write_thresholds(store, thresholds, error) && write_guard(store, thresholds, error) &&
            write_expiry_index(store, thresholds, error) &&
            store_write_own(store, thresholds->never, error) &&
            write_text(store, thresholds, error);
  return store_end(store, ok, error);
}

/* Entries whose threshold, as it is now, is not reached by the failures that count now. */
static const char lift_unreached[] =
    "DELETE FROM entry WHERE failure_id IS NOT NULL AND NOT EXISTS"
    " (SELECT 1 FROM threshold AS t,"
    "    (SELECT DISTINCT day FROM failure"
    "     WHERE address = entry.address AND reason = entry.reason AND counting = 1) AS last"
    "  WHERE t.reason = entry.reason"
    "    AND " REACHES("entry.address") ")";

static const char unsettled[] =
    "SELECT DISTINCT address FROM failure"
    " WHERE counting = 1 AND address IS NOT NULL AND reason IN (SELECT reason FROM threshold)"
    "   AND NOT EXISTS (SELECT 1 FROM entry WHERE entry.address = failure.address)"
    " UNION SELECT address FROM complaint"
    " WHERE counting = 1 AND address IS NOT NULL"
    "   AND NOT EXISTS (SELECT 1 FROM entry WHERE entry.address = complaint.address)";

/* Overrides that were not written by bouncedb have had no consequences yet. */
static const char *const overrides[] = {
    "DELETE FROM entry WHERE reason <> 'manual' AND address IN (SELECT address FROM override)",
    "UPDATE failure SET lifted = 'allow' WHERE counting = 1 AND EXISTS (SELECT 1 FROM override AS o"
    " WHERE o.address = failure.address AND o.verdict = 'allow' AND o.at >= failed_at)",
    "UPDATE complaint SET lifted = 'allow' WHERE counting = 1 AND EXISTS"
    " (SELECT 1 FROM override AS o"
    "  WHERE o.address = complaint.address AND o.verdict = 'allow' AND o.at >= complained_at)",
    "INSERT INTO entry (address, recipient, recipient_domain, reason, since)"
    " SELECT address, recipient, recipient_domain, 'manual', at FROM override"
    " WHERE verdict = 'suppress' ON CONFLICT DO NOTHING",
};

static bool
settle_overrides(Store *store, GError **error)
{
  bool ok = true;
  for (gsize i = 0; ok && i < G_N_ELEMENTS(overrides); i++)
    ok = store_exec(store, overrides[i], error);
  return ok;
}

static bool
count_entries(Store *store, gint64 *out, GError **error)
{
  return store_get_int(store, "SELECT count(*) FROM entry", NULL, out, error);
}

bool
store_reweigh(Store *store, const Decision *decision, gint64 *lifted, gint64 *added, GError **error)
{
  gint64 before, between, after;
  if (!count_entries(store, &before, error) || !store_reweigh_waves(store, error) ||
      !store_exec(store, lift_unreached, error) || !count_entries(store, &between, error) ||
      !settle_overrides(store, error) || !store_reconsider_all(store, unsettled, NULL, error) ||
      !count_entries(store, &after, error))
    return false;
  *lifted = before - between;
  *added = after - between;
  return *lifted + *added == 0 || store_audit(store, decision, NULL, NULL, *lifted + *added, error);
}
