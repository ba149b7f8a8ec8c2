/* Erasing a person: rows, texts in other rows, the log and free pages. If the address was
 * suppressed, a keyed hash of it remains. The key is in a file beside the database, so that neither
 * the database nor a copy of it reveals the address, but bouncedb recognises it. */
#include "config.h"

#include "store/store-forget.h"

#include <string.h>

#include "verp/named.h"
#include "store/store-private.h"
#include "store/store-search.h"

/* --- texts --- */

/* The function names() must not outlive the mailbox. */
static bool
erase_words(Store *store, const char *address, GError **error)
{
  g_autoptr(Named) named = named_new(address);
  g_autoptr(GPtrArray) one = g_ptr_array_new();
  g_ptr_array_add(one, named);
  bool ok = store_define_names(store, one, error) && store_erase_words(store, error);
  store_define_names(store, NULL, NULL);
  return ok;
}

/* --- rows --- */

/* Of the view event, SQLite would read all rows. */
#define IS_EMPTY(table)                                                                            \
  " NOT EXISTS (SELECT 1 FROM " table " AS x WHERE x.message_id = message.message_id)"

/* In this order, because a row goes before the row that it refers to, and because the triggers of
 * the deletions write into the table change. */
static const char *const erasures[] = {
    "DELETE FROM temp.forgetting",
    "INSERT INTO temp.forgetting SELECT message_id FROM event WHERE address = lower(:address)",
    "DELETE FROM entry WHERE address = lower(:address)",
    ("UPDATE guard SET named = named - 1"
     " WHERE EXISTS (SELECT 1 FROM failure WHERE address = lower(:address))"),
    "DELETE FROM failure WHERE address = lower(:address)",
    "DELETE FROM delay WHERE address = lower(:address)",
    "DELETE FROM delivery WHERE address = lower(:address)",
    "DELETE FROM complaint WHERE address = lower(:address)",
    "DELETE FROM override WHERE address = lower(:address)",
    "DELETE FROM return_path WHERE address = lower(:address)",
    "DELETE FROM alive WHERE address = lower(:address)",
    ("INSERT INTO change (op, at) SELECT 'erase', :now"
     " WHERE EXISTS (SELECT 1 FROM change WHERE address = lower(:address))"),
    "DELETE FROM change WHERE address = lower(:address)",
    /* messages that were about nobody else */
    ("UPDATE message SET report_message_id = NULL, original_message_id = NULL, envelope_id = NULL,"
     " feedback_id = NULL, subject = NULL, envelope_sender = NULL, envelope_recipient = NULL,"
     " subscriber = NULL"
     " WHERE message_id IN (SELECT message_id FROM temp.forgetting)"
     "   AND" IS_EMPTY("failure") " AND" IS_EMPTY("delay") " AND" IS_EMPTY(
         "delivery") " AND" IS_EMPTY("complaint")),
    "DELETE FROM temp.forgetting",
};

static bool
erase_from_fleet(Store *store, const char *address, GError **error)
{
  bool in_fleet;
  if (!store_in_fleet(store, &in_fleet, error))
    return false;
  return !in_fleet || store_run(store, "DELETE FROM fleet_list WHERE address = lower(:address)",
                                VALUES(ADDRESS(":address", address)), error);
}

static bool
erase_rows(Store *store, const char *address, const Decision *decision, GError **error)
{
  if (!store_exec(store, "PRAGMA secure_delete = ON", error) ||
      !store_exec(store, "CREATE TEMP TABLE IF NOT EXISTS forgetting (message_id INTEGER)", error))
    return false;
  for (gsize i = 0; i < G_N_ELEMENTS(erasures); i++)
    if (!store_run(store, erasures[i],
                   VALUES(ADDRESS(":address", address), INT(":now", decision->now)), error))
      return false;
  return erase_from_fleet(store, address, error);
}

bool
store_forget_search(Store *store, const GPtrArray *named, GError **error)
{
  return store_search(store, named, error);
}

static const char is_known[] =
    "SELECT EXISTS (SELECT 1 FROM event WHERE address = lower(:address))"
    " OR EXISTS (SELECT 1 FROM override WHERE address = lower(:address))"
    " OR EXISTS (SELECT 1 FROM change WHERE address = lower(:address))"
    " OR EXISTS (SELECT 1 FROM return_path WHERE address = lower(:address))"
    " OR EXISTS (SELECT 1 FROM audit WHERE address = lower(:address))";

bool
store_knows_address(Store *store, const char *address, bool *known, GError **error)
{
  gint64 found;
  if (!store_get_int(store, is_known, VALUES(ADDRESS(":address", address)), &found, error))
    return false;
  *known = found != 0;
  return true;
}

/* While this setting exists, the triggers that protect recorded evidence allow changes. */
static bool
set_erasing(Store *store, bool erasing, GError **error)
{
  return store_exec(store,
                    erasing ? "INSERT INTO setting VALUES ('erasing', 'yes')"
                            : "DELETE FROM setting WHERE name = 'erasing'",
                    error);
}

/* What is for monitoring is summed up before. */
bool
store_forget(Store *store, const char *address, const Decision *decision, bool *found,
             GError **error)
{
  *found = false;
  if (!store_knows_address(store, address, found, error) ||
      !store_keep_suppressed(store, address, decision->now, error) ||
      !store_note_recount_address(store, address, error) || !store_sum_up(store, error) ||
      !set_erasing(store, true, error) || !erase_rows(store, address, decision, error) ||
      !erase_words(store, address, error) || !store_sent_forget(store, address, error) ||
      !store_recount(store, error) || !store_hide_domain(store, address, error) ||
      !set_erasing(store, false, error))
    return false;
  return store_audit_forget(store, decision, address, *found, error);
}

bool
store_kept(Store *store, StoreRowFunc func, gpointer data, GError **error)
{
  return store_query(store, "SELECT message_id, kept FROM message WHERE kept IS NOT NULL", NULL,
                     func, data, error);
}

bool
store_forget_kept(Store *store, gint64 message_id, GError **error)
{
  return set_erasing(store, true, error) &&
         store_run(store,
                   "UPDATE message SET kept = NULL, subject = NULL, envelope_sender = NULL,"
                   " envelope_recipient = NULL WHERE message_id = :message_id",
                   VALUES(INT(":message_id", message_id)), error) &&
         set_erasing(store, false, error);
}

/* --- after the commit --- */

/* So that nothing is left in the log. */
static bool
empty_log(Store *store, GError **error)
{
  gint64 busy;
  if (!store_get_int(store, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, &busy, error))
    return false;
  return busy == 0 || throw(error, BOUNCEDB_ERROR_TEMPFAIL,
                            "%s: erased, but a reader is still using the log; run this again later",
                            store->path);
}

/* The new pages go through the log. */
static bool
rewrite(Store *store, GError **error)
{
  sqlite3_limit(store->db, SQLITE_LIMIT_ATTACHED, 1);
  bool ok = store_exec(store, "PRAGMA temp_store = DEFAULT; VACUUM", error);
  sqlite3_limit(store->db, SQLITE_LIMIT_ATTACHED, 0);
  return ok && empty_log(store, error);
}

/* SQLite overwrites what is deleted, if it was built so, but what earlier deletions and other
 * programs have left in free pages only goes if the file is rewritten. Deliveries wait for that, so
 * it is done only if anything is left. */
bool
store_forget_finish(Store *store, const GPtrArray *named, GError **error)
{
  bool left = true;
  if (!store_lock(store, error))
    return false;
  bool ok = empty_log(store, error);
  store_unlock(store);
  if (!ok || (named != NULL && !store_has_traces(store, named, &left, error)))
    return false;
  if (!left)
    return true;
  if (!store_lock(store, error))
    return false;
  ok = rewrite(store, error);
  store_unlock(store);
  return ok;
}
