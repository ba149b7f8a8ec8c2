/* Erasing a person: rows, words in other rows, the log and the free pages. What remains, where the
 * address was suppressed, is an HMAC of it, whose key is in a file beside the database: neither the
 * database nor a copy of it tells who that was, but the address can be recognised. */
#include "config.h"

#include <string.h>
#include <sys/stat.h>

#include "verp/keyfile.h"
#include "store/store-hash.h"
#include "store/store-private.h"

static char *
key_path(const Store *store)
{
  return g_strconcat(store->path, ".key", NULL);
}

static bool
make_key(Store *store, GError **error)
{
  g_autofree char *path = key_path(store);
  struct stat st;
  return lstat(path, &st) == 0 || keyfile_create(path, error);
}

/* Of the address in lower case, as the schema compares addresses. */
static bool
hash_address(Store *store, const char *address, guint8 hash[STORE_HASH_SIZE], GError **error)
{
  guint8 key[KEYFILE_SIZE];
  g_autofree char *path = key_path(store);
  if (!keyfile_read(path, key, error))
    return false;
  store_hash_address(key, address, hash);
  explicit_bzero(key, sizeof key);
  return true;
}

bool
store_any_forgotten(Store *store, bool *any, GError **error)
{
  gint64 number = 0;
  if (!store_get_int(store, "SELECT EXISTS (SELECT 1 FROM forgotten)", NULL, &number, error))
    return false;
  *any = number != 0;
  return true;
}

bool
store_forgotten(Store *store, const char *address, StoreRowFunc func, gpointer data, GError **error)
{
  bool any;
  guint8 hash[STORE_HASH_SIZE];
  if (!store_any_forgotten(store, &any, error))
    return false;
  if (!any)
    return true;
  return hash_address(store, address, hash, error) &&
         store_query(store, "SELECT reason, at AS since FROM forgotten WHERE hash = :hash",
                     VALUES(BLOB(":hash", hash, STORE_HASH_SIZE)), func, data, error);
}

static bool
note_found(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)cells, (void)n, (void)error;
  *(bool *)data = true;
  return true;
}

static bool
is_forgotten(Store *store, const char *address, bool *forgotten, GError **error)
{
  *forgotten = false;
  return address == NULL || store_forgotten(store, address, note_found, forgotten, error);
}

bool
store_remember(Store *store, const char *address, bool *remembered, GError **error)
{
  guint8 hash[STORE_HASH_SIZE];
  if (!is_forgotten(store, address, remembered, error))
    return false;
  return !*remembered || (hash_address(store, address, hash, error) &&
                          store_run(store, "DELETE FROM forgotten WHERE hash = :hash",
                                    VALUES(BLOB(":hash", hash, STORE_HASH_SIZE)), error));
}

bool
store_hide_forgotten(Store *store, sqlite3_stmt *statement, const Recipient *recipient,
                     GError **error)
{
  static const char *const personal[] = {":recipient",
                                         ":recipient_domain",
                                         ":final_recipient",
                                         ":original_recipient",
                                         ":diagnostic",
                                         ":notice",
                                         ":matched",
                                         ":masked",
                                         ":token",
                                         ":report_message_id",
                                         ":envelope_id",
                                         ":original_message_id",
                                         ":feedback_id",
                                         ":envelope_sender",
                                         ":envelope_recipient",
                                         ":subject"};
  const char *const addresses[] = {recipient->recipient, recipient->final_recipient,
                                   recipient->original_recipient};
  bool forgotten = false;
  for (gsize i = 0; !forgotten && i < G_N_ELEMENTS(addresses); i++)
    if (!is_forgotten(store, addresses[i], &forgotten, error))
      return false;
  for (gsize i = 0; forgotten && i < G_N_ELEMENTS(personal); i++)
    store_bind(statement, VALUES(TEXT(personal[i], NULL)));
  return true;
}

/* --- what to erase ----------------------------------------------------------------------------*/

static const struct {
  const char *table, *columns[10];
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

/* The texts of one table in which the needle stands become NULL. */
static bool
erase_texts(Store *store, gsize table, const char *needle, GError **error)
{
  g_autoptr(GString) sql = g_string_new(NULL);
  g_autoptr(GString) where = g_string_new("''");
  g_string_printf(sql, "UPDATE %s SET ", texts[table].table);
  bool all = strcmp(texts[table].table, "audit") == 0; /* with the address goes the note about it */
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

/* An address as it is, as part of another one (VERP), and in xtext (RFC 3461). */
static bool
erase_words(Store *store, const char *address, GError **error)
{
  g_autofree char *plain = g_ascii_strdown(address, -1);
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

/* In this order: what rests on something else goes before it. What the triggers write meanwhile
 * into change goes with the rest. */
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
    "INSERT INTO change (op, at) SELECT 'erase', :now"
    " WHERE EXISTS (SELECT 1 FROM change WHERE address = lower(:address))",
    "DELETE FROM change WHERE address = lower(:address)",
    /* letters that spoke of nobody else */
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
                   VALUES(TEXT(":address", address), INT(":now", decision->now)), error))
      return false;
  return true;
}

static bool
keep_suppressed(Store *store, const char *address, const Decision *decision, GError **error)
{
  bool suppressed = false;
  guint8 hash[STORE_HASH_SIZE];
  if (!store_suppression(store, address, note_found, &suppressed, error))
    return false;
  if (!suppressed)
    return true;
  return make_key(store, error) && hash_address(store, address, hash, error) &&
         store_run(store,
                   "INSERT INTO forgotten (hash, reason, at)"
                   " SELECT :hash, reason, :now FROM suppression WHERE address = lower(:address)"
                   " ON CONFLICT DO NOTHING",
                   VALUES(BLOB(":hash", hash, STORE_HASH_SIZE), INT(":now", decision->now),
                          TEXT(":address", address)),
                   error);
}

static const char is_known[] =
    "SELECT 1 WHERE EXISTS (SELECT 1 FROM event WHERE address = lower(:address))"
    " OR EXISTS (SELECT 1 FROM override WHERE address = lower(:address))"
    " OR EXISTS (SELECT 1 FROM change WHERE address = lower(:address))"
    " OR EXISTS (SELECT 1 FROM return_path WHERE address = lower(:address))"
    " OR EXISTS (SELECT 1 FROM audit WHERE address = lower(:address))";

/* The triggers that keep the history as it was said let an eraser pass. */
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
  *found = false;
  if (!store_query(store, is_known, VALUES(TEXT(":address", address)), note_found, found, error) ||
      !keep_suppressed(store, address, decision, error) || !set_erasing(store, true, error) ||
      !erase_rows(store, address, decision, error) || !erase_words(store, address, error) ||
      !store_sent_forget(store, address, error) || !set_erasing(store, false, error))
    return false;
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

/* --- afterwards -------------------------------------------------------------------------------*/

static bool
note_busy(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error, (void)n;
  *(bool *)data = cells[0].value != 0;
  return true;
}

/* Rows that were erased by others before left their octets in free pages: only a database that is
 * written anew has none of them. It goes through the log, which is emptied at the end. */
static bool
rewrite(Store *store, GError **error)
{
  bool busy = false;
  sqlite3_limit(store->db, SQLITE_LIMIT_ATTACHED, 1);
  bool ok = store_exec(store, "PRAGMA temp_store = DEFAULT; VACUUM", error);
  sqlite3_limit(store->db, SQLITE_LIMIT_ATTACHED, 0);
  if (!ok || !store_query(store, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, note_busy, &busy, error))
    return false;
  return !busy ||
         throw(error, BOUNCEDB_ERROR_TEMPFAIL,
               "%s: erased, but a reader still holds the log; do it again later", store->path);
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
