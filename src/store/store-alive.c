/* Signs of life: accepted deliveries, and messages that come from an address. Only addresses that
 * have failed or are suppressed have a row in the table alive.
 *
 * An acceptance stands if no failure of the address follows within ACCEPTANCE_SECONDS: a host that
 * accepts everything and bounces it later proves nothing about a mailbox. The row holds two of
 * them, which is enough to find a late one that stands without keeping them all: accepted_at is
 * waiting for that time to pass, and stood_at is the latest one for which it has passed. While
 * accepted_at waits, further acceptances are ignored, unless a failure has already refuted it. */
#include "config.h"

#include "store/store-alive.h"

#include "base/dates.h"
#include "mail/address.h"
#include "store/store-private.h"

enum { ACCEPTANCE_SECONDS = 2 * SECONDS_PER_DAY };

#define FOLLOWED(at)                                                                               \
  "EXISTS (SELECT 1 FROM failure AS f WHERE f.address = :address AND f.counts = 1"                 \
  " AND f.failed_at BETWEEN " at " AND " at " + :patience)"

static const char is_of_interest[] =
    "SELECT EXISTS (SELECT 1 FROM failure WHERE address = :address AND failed_at < :at)"
    " OR EXISTS (SELECT 1 FROM entry WHERE address = :address)";

/* A log may be read again, and logs in any order. */
static const char add_acceptance[] =
    "INSERT INTO alive (address, accepted_at) VALUES (:address, :at)"
    " ON CONFLICT DO UPDATE SET"
    "  stood_at = CASE"
    "   WHEN :at >= accepted_at + :patience AND NOT " FOLLOWED(
        "accepted_at") " THEN accepted_at"
                       "   WHEN :at <= accepted_at - :patience AND :at > coalesce(stood_at, 0)"
                       "    AND NOT " FOLLOWED(":at") " THEN :at"
                                                      "   ELSE stood_at END,"
                                                      "  accepted_at = CASE"
                                                      "   WHEN accepted_at IS NULL OR :at >= "
                                                      "accepted_at + :patience THEN :at"
                                                      "   WHEN :at > accepted_at AND " FOLLOWED(
                                                          "accepted_at") " THEN :at"
                                                                         "   ELSE accepted_at END";

bool
store_accepted(Store *store, const char *address, gint64 at, GError **error)
{
  g_autofree char *key = address_key(address);
  const StoreValue *values =
      VALUES(TEXT(":address", key), INT(":at", at), INT(":patience", ACCEPTANCE_SECONDS));
  gint64 wanted;
  if (!store_get_int_kept(store, STATEMENT_ACCEPTED, is_of_interest, values, &wanted, error))
    return false;
  return wanted == 0 || store_run(store, add_acceptance, values, error);
}

/* The latest that stands. Failures may have been imported since it seemed to. */
static const char latest_acceptance[] =
    "SELECT max(a.at) FROM (SELECT accepted_at AS at FROM alive WHERE address = :address"
    "                       UNION ALL SELECT stood_at FROM alive WHERE address = :address) AS a"
    " WHERE a.at < :at AND NOT " FOLLOWED("a.at");

bool
store_lift_accepted(Store *store, const char *address, gint64 at, bool *lifted, GError **error)
{
  gint64 accepted;
  *lifted = false;
  if (!store_get_int(store, latest_acceptance,
                     VALUES(ADDRESS(":address", address), INT(":at", at),
                            INT(":patience", ACCEPTANCE_SECONDS)),
                     &accepted, error))
    return false;
  if (accepted == 0)
    return true;
  if (!store_run(store,
                 "UPDATE failure SET lifted = 'accepted'"
                 " WHERE address = :address AND counting = 1 AND failed_at < :accepted"
                 "   AND reason IN (SELECT reason FROM threshold WHERE days > 1 OR span > 0)",
                 VALUES(ADDRESS(":address", address), INT(":accepted", accepted)), error))
    return false;
  *lifted = sqlite3_changes(store->db) > 0;
  return true;
}

bool
store_note_writer(Store *store, const char *address, gint64 at, GError **error)
{
  return store_run_kept(store, STATEMENT_WRITER,
                        "INSERT INTO alive (address, wrote_at)"
                        " SELECT address, :at FROM entry WHERE address = lower(:address)"
                        " ON CONFLICT DO UPDATE SET"
                        "  wrote_at = max(coalesce(wrote_at, 0), excluded.wrote_at)",
                        VALUES(ADDRESS(":address", address), INT(":at", at)), error);
}

/* Failures are not counted for longer than the window, and neither is what speaks against them. */
bool
store_alive_prune(Store *store, gint64 now, GError **error)
{
  return store_run(store,
                   "DELETE FROM alive"
                   " WHERE max(coalesce(accepted_at, 0), coalesce(wrote_at, 0))"
                   "   < :now - 86400 * (SELECT max(window) FROM threshold)"
                   "  AND NOT EXISTS (SELECT 1 FROM entry WHERE entry.address = alive.address)",
                   VALUES(INT(":now", now)), error);
}

bool
store_alive(Store *store, const char *address, StoreRowFunc func, gpointer data, GError **error)
{
  return store_query(store,
                     "SELECT accepted_at, wrote_at FROM alive WHERE address = lower(:address)",
                     VALUES(ADDRESS(":address", address)), func, data, error);
}

bool
store_alive_suppressed(Store *store, StoreRowFunc func, gpointer data, GError **error)
{
  return store_query(store,
                     "SELECT s.recipient, s.since, iif(accepted_at > s.since, accepted_at, NULL)"
                     "   AS accepted_at, iif(wrote_at > s.since, wrote_at, NULL) AS wrote_at"
                     " FROM alive AS a CROSS JOIN suppression AS s USING (address)"
                     " WHERE s.since < max(coalesce(accepted_at, 0), coalesce(wrote_at, 0))"
                     " ORDER BY address",
                     NULL, func, data, error);
}
