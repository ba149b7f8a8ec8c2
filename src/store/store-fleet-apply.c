/* The fleet's list becomes the list here. What the fleet lists gets an entry, whose message_id is 0
 * unless this host has one of its own; what the fleet allows gets an override. So everything that
 * reads the list needs to know nothing of the fleet. */
#include "config.h"

#include <string.h>

#include "base/hex.h"
#include "store/store-fleet.h"
#include "store/store-forget.h"
#include "store/store-private.h"

/* What is compared with the fleet's list, and the ids up to which the fleet has judged. */
static const char tables[] = "CREATE TEMP TABLE IF NOT EXISTS touched (address PRIMARY KEY);"
                             "CREATE TEMP TABLE IF NOT EXISTS judged (message_id, audit_id);"
                             "DELETE FROM temp.touched; DELETE FROM temp.judged";

/* --- addresses that were touched ---------------------------------------------------------------*/

/* In this order: an override goes with its entry, and a manual entry needs the override. What was
 * recorded or decided here since the fleet has judged stands. If the fleet knows nothing of a
 * decision that it has judged, another host had withdrawn it before. */
static const char *const settlements[] = {
    "DELETE FROM temp.touched WHERE EXISTS (SELECT 1 FROM audit AS a"
    " WHERE a.address = touched.address AND a.audit_id > (SELECT audit_id FROM temp.judged)"
    "  AND a.command IN ('allow', 'suppress', 'allow --undo', 'suppress --undo'))",
    "DELETE FROM override WHERE address IN (SELECT o.address"
    " FROM temp.touched AS t JOIN override AS o USING (address)"
    " LEFT JOIN fleet_list AS l USING (address)"
    " WHERE l.state IS NOT 'stale' AND iif(o.verdict = 'allow', l.state IS NOT 'allowed',"
    "  l.state IS NOT 'listed' OR l.reason <> 'manual'))",
    "INSERT INTO override (address, recipient, recipient_domain, verdict, note, by_uid, at)"
    " SELECT l.address, l.recipient, l.recipient_domain,"
    "  iif(l.state = 'allowed', 'allow', 'suppress'), 'decided on another host', 0, l.since"
    " FROM temp.touched AS t JOIN fleet_list AS l USING (address)"
    " WHERE l.state = 'allowed' OR (l.state = 'listed' AND l.reason = 'manual')"
    " ON CONFLICT DO NOTHING",
    "DELETE FROM entry WHERE address IN (SELECT e.address"
    " FROM temp.touched AS t JOIN entry AS e USING (address)"
    " LEFT JOIN fleet_list AS l USING (address)"
    " WHERE l.state IS 'allowed'"
    "  OR (l.state IS 'listed' AND (l.reason <> e.reason OR e.state = 'held'))"
    "  OR (l.state IS NOT 'listed' AND e.message_id <= (SELECT message_id FROM temp.judged)))",
    "INSERT INTO entry (address, recipient, recipient_domain, provider, class, reason, since,"
    "  message_id, failure_id, complaint_id)"
    " SELECT l.address, l.recipient, l.recipient_domain, l.provider, l.class, l.reason, l.since,"
    "  iif(l.reason = 'manual', NULL, 0), iif(l.reason IN ('manual', 'complaint'), NULL, 0),"
    "  iif(l.reason = 'complaint', 0, NULL)"
    " FROM temp.touched AS t JOIN fleet_list AS l USING (address) WHERE l.state = 'listed'"
    " ON CONFLICT DO NOTHING",
};

static bool
begin_touching(Store *store, gint64 message_id, gint64 audit_id, GError **error)
{
  return store_exec(store, tables, error) &&
         store_run(store, "INSERT INTO temp.judged VALUES (:message_id, :audit_id)",
                   VALUES(INT(":message_id", message_id), INT(":audit_id", audit_id)), error);
}

static bool
settle_touched(Store *store, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS(settlements); i++)
    if (!store_run(store, settlements[i], NULL, error))
      return false;
  return true;
}

/* --- orders to erase ---------------------------------------------------------------------------*/

/* Everybody who is named anywhere, and has to be erased. */
static const char named[] =
    "SELECT address FROM (SELECT address FROM failure UNION SELECT address FROM delay"
    " UNION SELECT address FROM delivery UNION SELECT address FROM complaint"
    " UNION SELECT address FROM override UNION SELECT address FROM entry"
    " UNION SELECT address FROM change UNION SELECT address FROM return_path"
    " UNION SELECT address FROM audit UNION SELECT address FROM fleet_list)"
    " WHERE address IS NOT NULL AND fleet_who(address) IN (SELECT who FROM temp.erasing)";

/* An order is carried out once: the whole list may be read again, and what was recorded since has
 * nothing to do with it. */
static bool
note_orders(Store *store, const StoreFleetChange *changes, guint n, GError **error)
{
  bool ok = store_exec(store,
                       "CREATE TEMP TABLE IF NOT EXISTS erasing (who PRIMARY KEY);"
                       "DELETE FROM temp.erasing",
                       error);
  for (guint i = 0; ok && i < n; i++)
    if (strcmp(changes[i].state, "erase") == 0)
      ok = store_run(store,
                     "INSERT INTO temp.erasing SELECT :who WHERE NOT EXISTS"
                     " (SELECT 1 FROM fleet_erased WHERE who = :who AND seq >= :seq)"
                     " ON CONFLICT DO NOTHING",
                     VALUES(TEXT(":who", changes[i].who), INT(":seq", changes[i].seq)), error) &&
           store_run(store,
                     "INSERT INTO fleet_erased VALUES (:who, :seq)"
                     " ON CONFLICT DO UPDATE SET seq = max(seq, excluded.seq)",
                     VALUES(TEXT(":who", changes[i].who), INT(":seq", changes[i].seq)), error);
  return ok;
}

static bool
erase(Store *store, const StoreFleetChange *changes, guint n, gint64 now, guint *erased,
      GError **error)
{
  const Decision decision = {.command = "fleet", .now = now};
  g_autoptr(GPtrArray) addresses = g_ptr_array_new_with_free_func(g_free);
  gint64 orders;
  bool found;
  if (!note_orders(store, changes, n, error) ||
      !store_get_int(store, "SELECT count(*) FROM temp.erasing", NULL, &orders, error))
    return false;
  if (orders > 0 && !store_get_texts(store, named, NULL, addresses, error))
    return false;
  for (guint i = 0; i < addresses->len; i++)
    if (!store_forget(store, g_ptr_array_index(addresses, i), &decision, &found, error))
      return false;
  *erased += addresses->len;
  return true;
}

/* --- a page of changes -------------------------------------------------------------------------*/

static const char upsert[] =
    "INSERT INTO fleet_list (who, state, address, recipient, recipient_domain, provider, class,"
    "  reason, since)"
    " VALUES (:who, :state, :address, iif(lower(:recipient) = :address, :recipient, :address),"
    "  :domain, :provider, :class, :reason, :since)"
    " ON CONFLICT DO UPDATE SET state = excluded.state, address = excluded.address,"
    "  recipient = excluded.recipient, recipient_domain = excluded.recipient_domain,"
    "  provider = excluded.provider, class = excluded.class, reason = excluded.reason,"
    "  since = excluded.since";

/* A forgotten address is known by who, followed by zeros to the length of the other hashes. */
static bool
write_forgotten(Store *store, const StoreFleetChange *change, gint64 now, GError **error)
{
  guint8 hash[STORE_HASH_SIZE] = {0};
  if (!hex_read(change->who, hash, FLEET_WHO_SIZE))
    return throw(error, BOUNCEDB_ERROR_TEMPFAIL, "the fleet sent a malformed id");
  bool remembered, known = change->address != NULL;
  if (strcmp(change->state, "forgotten") != 0)
    return known ? store_remember(store, change->address, &remembered, error)
                 : store_run(store, "DELETE FROM forgotten WHERE hash = :hash",
                             VALUES(BLOB(":hash", hash, STORE_HASH_SIZE)), error);
  return store_run(store,
                   "INSERT INTO forgotten (hash, reason, at) VALUES (:hash, :reason, :now)"
                   " ON CONFLICT DO NOTHING",
                   VALUES(BLOB(":hash", hash, STORE_HASH_SIZE), TEXT(":reason", change->reason),
                          INT(":now", now)),
                   error);
}

static bool
apply_change(Store *store, const StoreFleetChange *change, gint64 now, GError **error)
{
  const StoreValue *values = VALUES(
      TEXT(":who", change->who), TEXT(":state", change->state), TEXT(":address", change->address),
      TEXT(":recipient", change->recipient), TEXT(":domain", change->recipient_domain),
      TEXT(":provider", change->provider), TEXT(":class", change->klass),
      TEXT(":reason", change->reason), INT(":since", change->since));
  if (strcmp(change->state, "erase") == 0)
    return true;
  return store_run(store, upsert, values, error) && write_forgotten(store, change, now, error) &&
         (change->address == NULL ||
          store_run(store, "INSERT INTO temp.touched VALUES (:address) ON CONFLICT DO NOTHING",
                    values, error));
}

/* Another sync that read an older page must not undo what this one has applied. */
static bool
check_place(Store *store, const StoreFleetPlace *place, GError **error)
{
  gint64 here;
  if (!store_get_int(store, "SELECT 1 FROM fleet WHERE identity = :identity AND seen = :seen",
                     VALUES(TEXT(":identity", place->identity), INT(":seen", place->seen)), &here,
                     error))
    return false;
  return here != 0 ||
         throw(error, BOUNCEDB_ERROR_TEMPFAIL, "%s: another sync is running", store->path);
}

static bool
apply_page(Store *store, const StoreFleetChange *changes, guint n, const StoreFleetPlace *place,
           gint64 now, guint *erased, GError **error)
{
  bool ok = check_place(store, place, error) && begin_touching(store, 0, place->audit_id, error) &&
            erase(store, changes, n, now, erased, error);
  for (guint i = 0; ok && i < n; i++)
    ok = apply_change(store, &changes[i], now, error);
  return ok && settle_touched(store, error) &&
         store_run(store, "UPDATE fleet SET seen = :seen, mark = :mark",
                   VALUES(INT(":seen", changes[n - 1].seq), TEXT(":mark", changes[n - 1].mark)),
                   error);
}

bool
store_fleet_apply(Store *store, const StoreFleetChange *changes, guint n, StoreFleetPlace *place,
                  gint64 now, guint *erased, GError **error)
{
  if (!store_begin(store, error) ||
      !store_end(store, apply_page(store, changes, n, place, now, erased, error), error))
    return false;
  place->seen = changes[n - 1].seq;
  return true;
}

/* --- the end of a sync -------------------------------------------------------------------------*/

/* Whose entry or decision may differ from the fleet's: those that have changed here or are held,
 * and those that the fleet no longer has; after joining, all. */
static const char *const touch[] = {
    "INSERT INTO temp.touched SELECT address FROM change"
    " WHERE seq > (SELECT change_seq FROM fleet) AND seq <= :last AND address IS NOT NULL"
    " ON CONFLICT DO NOTHING",
    "INSERT INTO temp.touched SELECT address FROM audit"
    " WHERE audit_id > (SELECT audit_id FROM fleet) AND audit_id <= :audit_id"
    "  AND address IS NOT NULL ON CONFLICT DO NOTHING",
    "INSERT INTO temp.touched SELECT address FROM entry"
    " WHERE state = 'held' AND message_id <= :message_id ON CONFLICT DO NOTHING",
    "INSERT INTO temp.touched SELECT address FROM entry"
    " WHERE (SELECT change_seq FROM fleet) = 0 ON CONFLICT DO NOTHING",
    "UPDATE fleet_list SET state = 'gone' WHERE state = 'stale'",
    "INSERT INTO temp.touched SELECT address FROM fleet_list"
    " WHERE state = 'gone' AND address IS NOT NULL ON CONFLICT DO NOTHING",
};

static bool
settle(Store *store, const StoreFleetPlace *place, gint64 last_change, gint64 now, GError **error)
{
  const StoreValue *values =
      VALUES(INT(":message_id", place->message_id), INT(":audit_id", place->audit_id),
             INT(":last", last_change), INT(":now", now));
  bool ok = check_place(store, place, error) &&
            begin_touching(store, place->message_id, place->audit_id, error);
  for (gsize i = 0; ok && i < G_N_ELEMENTS(touch); i++)
    ok = store_run(store, touch[i], values, error);
  return ok && settle_touched(store, error) &&
         store_run(store, "DELETE FROM fleet_list WHERE state = 'gone'", NULL, error) &&
         store_run(store,
                   "UPDATE fleet SET message_id = :message_id, audit_id = :audit_id,"
                   " change_seq = :last, synced_at = :now",
                   values, error);
}

bool
store_fleet_settle(Store *store, const StoreFleetPlace *place, gint64 last_change, gint64 now,
                   GError **error)
{
  return store_begin(store, error) &&
         store_end(store, settle(store, place, last_change, now, error), error);
}
