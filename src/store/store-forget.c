/* Erasing a person: rows, texts in other rows, the log and free pages. If the address was
 * suppressed, a keyed hash of it remains. The key is in a file beside the database, so that neither
 * the database nor a copy of it reveals the address, but bouncedb recognises it. */
#include "config.h"

#include "store/store-forget.h"

#include <string.h>

#include "verp/named.h"
#include "store/store-private.h"

/* --- texts --- */

static const struct {
  const char *table, *columns[10]; /* ends with NULL: one more than the longest row */
} texts[] = {
    {"message",
     {"report_message_id", "original_message_id", "envelope_id", "list_id", "feedback_id",
      "subject", "envelope_sender", "envelope_recipient", "subscriber"}},
    {"failure",
     {"final_recipient", "original_recipient", "diagnostic", "notice", "sender", "matched",
      "masked", "original_message_id"}},
    {"delay", {"final_recipient", "original_recipient", "diagnostic", "notice", "matched"}},
    {"delivery", {"final_recipient", "original_recipient", "diagnostic", "notice"}},
    {"complaint", {"final_recipient", "original_recipient", "original_message_id"}},
    {"override", {"note"}},
    {"audit", {"address", "note"}},
};

/* names(TEXT) in SQL. */
static void
sql_names(sqlite3_context *context, int n, sqlite3_value **values)
{
  (void)n;
  const char *text = (const char *)sqlite3_value_text(values[0]);
  sqlite3_result_int(context, text != NULL && named_in(sqlite3_user_data(context), text));
}

static bool
define_names(Store *store, const Named *named, GError **error)
{
  return sqlite3_create_function_v2(store->db, "names", 1, SQLITE_UTF8 | SQLITE_DIRECTONLY,
                                    (void *)named, sql_names, NULL, NULL, NULL) == SQLITE_OK ||
         store_fail(store, "cannot search", error);
}

/* Sets the texts of one table that name the mailbox to NULL. */
static bool
erase_texts(Store *store, gsize table, GError **error)
{
  g_autoptr(GString) sql = g_string_new(NULL);
  g_autoptr(GString) where = g_string_new("0");
  g_string_printf(sql, "UPDATE %s SET ", texts[table].table);
  for (const char *const *column = texts[table].columns; *column != NULL; column++) {
    const char *comma = column == texts[table].columns ? "" : ", ";
    g_string_append_printf(sql, "%s%s = iif(names(%s), NULL, %s)", comma, *column, *column,
                           *column);
    g_string_append_printf(where, " OR names(%s)", *column);
  }
  g_string_append_printf(sql, " WHERE %s", where->str);
  return store_run(store, sql->str, NULL, error);
}

/* The function must not outlive the mailbox. */
static bool
erase_words(Store *store, const Named *named, GError **error)
{
  bool ok = define_names(store, named, error) &&
            store_run(store, "UPDATE audit SET note = NULL WHERE names(address)", NULL, error) &&
            store_note_recount_lists(store, "names(list_id)", error) &&
            store_hide_lists(store, error);
  for (gsize table = 0; ok && table < G_N_ELEMENTS(texts); table++)
    ok = erase_texts(store, table, error);
  sqlite3_create_function_v2(store->db, "names", 1, SQLITE_UTF8, NULL, NULL, NULL, NULL, NULL);
  return ok;
}

/* --- rows --- */

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
     "   AND NOT EXISTS (SELECT 1 FROM event WHERE event.message_id = message.message_id)"),
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
  g_autoptr(Named) named = named_new(address);
  *found = false;
  if (!store_knows_address(store, address, found, error) ||
      !store_keep_suppressed(store, address, decision->now, error) ||
      !store_note_recount_address(store, address, error) || !store_sum_up(store, error) ||
      !set_erasing(store, true, error) || !erase_rows(store, address, decision, error) ||
      !erase_words(store, named, error) || !store_sent_forget(store, address, error) ||
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

/* Only rewriting the database removes what earlier deletions left in free pages. The new pages go
 * through the log, which is truncated at the end. */
static bool
rewrite(Store *store, GError **error)
{
  gint64 busy;
  sqlite3_limit(store->db, SQLITE_LIMIT_ATTACHED, 1);
  bool ok = store_exec(store, "PRAGMA temp_store = DEFAULT; VACUUM", error);
  sqlite3_limit(store->db, SQLITE_LIMIT_ATTACHED, 0);
  if (!ok || !store_get_int(store, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, &busy, error))
    return false;
  return busy == 0 || throw(error, BOUNCEDB_ERROR_TEMPFAIL,
                            "%s: erased, but a reader is still using the log; run this again later",
                            store->path);
}

bool
store_forget_finish(Store *store, GError **error)
{
  if (!store_lock(store, error))
    return false;
  bool ok = rewrite(store, error);
  store_unlock(store);
  return ok;
}
