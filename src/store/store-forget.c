/* Erasing a person: rows, texts in other rows, the log and free pages. If the address was
 * suppressed, a keyed hash of it remains. The key is in a file beside the database, so that neither
 * the database nor a copy of it reveals the address, but bouncedb recognises it. */
#include "config.h"

#include "store/store-forget.h"

#include <string.h>

#include "mail/address.h"
#include "store/store-private.h"

/* --- texts --- */

static const struct {
  const char *table, *columns[10]; /* ends with NULL: one more than the longest row */
} texts[] = {
    {"message",
     {"report_message_id", "original_message_id", "envelope_id", "list_id", "feedback_id",
      "subject", "envelope_sender", "envelope_recipient"}},
    {"failure",
     {"final_recipient", "original_recipient", "diagnostic", "notice", "matched", "masked",
      "original_message_id"}},
    {"delay", {"final_recipient", "original_recipient", "diagnostic", "notice", "matched"}},
    {"delivery", {"final_recipient", "original_recipient", "diagnostic", "notice"}},
    {"complaint", {"final_recipient", "original_recipient", "original_message_id"}},
    {"override", {"note"}},
    {"audit", {"address", "note"}},
};

/* Sets the texts of one table that contain the needle to NULL. */
static bool
erase_texts(Store *store, gsize table, const char *needle, GError **error)
{
  g_autoptr(GString) sql = g_string_new(NULL);
  g_autoptr(GString) where = g_string_new("''");
  g_string_printf(sql, "UPDATE %s SET ", texts[table].table);
  bool all = strcmp(texts[table].table, "audit") == 0; /* the note is about the address */
  for (const char *const *column = texts[table].columns; *column != NULL; column++) {
    const char *comma = column == texts[table].columns ? "" : ", ";
    if (all)
      g_string_append_printf(sql, "%s%s = NULL", comma, *column);
    else
      g_string_append_printf(sql, "%s%s = iif(instr(lower(%s), :needle) > 0, NULL, %s)", comma,
                             *column, *column, *column);
    g_string_append_printf(where, " || char(10) || coalesce(%s, '')", *column);
  }
  g_string_append_printf(sql, " WHERE instr(lower(%s), :needle) > 0", where->str);
  return store_run(store, sql->str, VALUES(TEXT(":needle", needle)), error);
}

/* Looks for the address as it is, inside a VERP address, and in xtext (RFC 3461 4). */
static bool
erase_spelling(Store *store, const char *plain, GError **error)
{
  g_autofree char *verp = g_strdup(plain);
  char *at = strrchr(verp, '@');
  if (at != NULL)
    *at = '=';
  g_auto(GStrv) pieces = g_strsplit(plain, "+", -1);
  g_autofree char *xtext = g_strjoinv("+2b", pieces);
  const char *const needles[] = {plain, verp, xtext};
  for (gsize table = 0; table < G_N_ELEMENTS(texts); table++)
    for (gsize i = 0; i < G_N_ELEMENTS(needles); i++)
      if (!erase_texts(store, table, needles[i], error))
        return false;
  return true;
}

static bool
erase_words(Store *store, const char *address, GError **error)
{
  g_autoptr(GPtrArray) spellings = address_spellings(address);
  for (guint i = 0; i < spellings->len; i++)
    if (!erase_spelling(store, g_ptr_array_index(spellings, i), error))
      return false;
  return true;
}

/* --- rows --- */

/* In this order, because a row goes before the row that it refers to, and because the triggers of
 * the deletions write into the table change. */
static const char *const erasures[] = {
    "DELETE FROM temp.forgetting",
    "INSERT INTO temp.forgetting SELECT message_id FROM event WHERE address = lower(:address)",
    "DELETE FROM entry WHERE address = lower(:address)",
    "UPDATE guard SET named = named - 1"
    " WHERE EXISTS (SELECT 1 FROM failure WHERE address = lower(:address))",
    "DELETE FROM failure WHERE address = lower(:address)",
    "DELETE FROM delay WHERE address = lower(:address)",
    "DELETE FROM delivery WHERE address = lower(:address)",
    "DELETE FROM complaint WHERE address = lower(:address)",
    "DELETE FROM override WHERE address = lower(:address)",
    "DELETE FROM return_path WHERE address = lower(:address)",
    "DELETE FROM alive WHERE address = lower(:address)",
    "INSERT INTO change (op, at) SELECT 'erase', :now"
    " WHERE EXISTS (SELECT 1 FROM change WHERE address = lower(:address))",
    "DELETE FROM change WHERE address = lower(:address)",
    /* messages that were about nobody else */
    "UPDATE message SET report_message_id = NULL, original_message_id = NULL, envelope_id = NULL,"
    " feedback_id = NULL, subject = NULL, envelope_sender = NULL, envelope_recipient = NULL"
    " WHERE message_id IN (SELECT message_id FROM temp.forgetting)"
    "   AND NOT EXISTS (SELECT 1 FROM event WHERE event.message_id = message.message_id)",
    "DELETE FROM temp.forgetting",
};

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
  return true;
}

static const char is_known[] =
    "SELECT EXISTS (SELECT 1 FROM event WHERE address = lower(:address))"
    " OR EXISTS (SELECT 1 FROM override WHERE address = lower(:address))"
    " OR EXISTS (SELECT 1 FROM change WHERE address = lower(:address))"
    " OR EXISTS (SELECT 1 FROM return_path WHERE address = lower(:address))"
    " OR EXISTS (SELECT 1 FROM audit WHERE address = lower(:address))";

/* While this setting exists, the triggers that protect recorded evidence allow changes. */
static bool
set_erasing(Store *store, bool erasing, GError **error)
{
  return store_exec(store,
                    erasing ? "INSERT INTO setting VALUES ('erasing', 'yes')"
                            : "DELETE FROM setting WHERE name = 'erasing'",
                    error);
}

bool
store_forget(Store *store, const char *address, const Decision *decision, bool *found,
             GError **error)
{
  gint64 known;
  *found = false;
  if (!store_get_int(store, is_known, VALUES(ADDRESS(":address", address)), &known, error) ||
      !store_keep_suppressed(store, address, decision->now, error) ||
      !set_erasing(store, true, error) || !erase_rows(store, address, decision, error) ||
      !erase_words(store, address, error) || !store_sent_forget(store, address, error) ||
      !set_erasing(store, false, error))
    return false;
  *found = known != 0;
  return !*found || store_audit(store, decision, NULL, NULL, 1, error);
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
