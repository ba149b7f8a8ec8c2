/* What the database knows about what was sent: to whom lately, and whose return path a number is.
 */
#include "config.h"

#include <string.h>
#include <sys/random.h>

#include "store/store-private.h"

enum { HASH_SIZE = 32 };

/* --- the key of the hashes ---------------------------------------------------------------------
 *
 * It stands beside what it hides, so it does not protect the addresses from who has the database
 * and a list of addresses to try. It keeps them from being read, and from being looked up in tables
 * that somebody has made for all databases.
 */

static bool
read_sent_key(Store *store, GError **error)
{
  sqlite3_stmt *s = NULL;
  const char *sql = "SELECT value FROM setting WHERE name = 'sent-key'";
  if (sqlite3_prepare_v2(store->db, sql, -1, &s, NULL) != SQLITE_OK)
    return store_fail(store, "cannot read", error);
  int result = sqlite3_step(s);
  const char *text = result == SQLITE_ROW ? (const char *)sqlite3_column_text(s, 0) : NULL;
  bool whole = text != NULL && strlen(text) == 2 * sizeof store->sent_key;
  for (gsize i = 0; whole && i < sizeof store->sent_key; i++)
    store->sent_key[i] =
        (guint8)(g_ascii_xdigit_value(text[2 * i]) << 4 | g_ascii_xdigit_value(text[2 * i + 1]));
  store->has_sent_key = whole;
  sqlite3_finalize(s);
  return result == SQLITE_ROW || result == SQLITE_DONE || store_fail(store, "cannot read", error);
}

static bool
make_sent_key(Store *store, GError **error)
{
  if (getrandom(store->sent_key, sizeof store->sent_key, 0) != sizeof store->sent_key)
    return throw_errno(error, "cannot get random numbers");
  GString *sql = g_string_new("INSERT INTO setting (name, value) VALUES ('sent-key', '");
  for (gsize i = 0; i < sizeof store->sent_key; i++)
    g_string_append_printf(sql, "%02x", store->sent_key[i]);
  g_string_append(sql, "')");
  g_autofree char *text = g_string_free(sql, FALSE);
  store->has_sent_key = store_exec(store, text, error);
  return store->has_sent_key;
}

static void
hash_address(const Store *store, const char *address, guint8 hash[HASH_SIZE])
{
  gsize length = HASH_SIZE;
  g_autofree char *lower = g_ascii_strdown(address, -1);
  GHmac *hmac = g_hmac_new(G_CHECKSUM_SHA256, store->sent_key, sizeof store->sent_key);
  g_hmac_update(hmac, (const guchar *)lower, -1);
  g_hmac_get_digest(hmac, hash, &length);
  g_hmac_unref(hmac);
}

/* --- to whom -----------------------------------------------------------------------------------
 */

/* The statement, with the hash as its first parameter. (nullable) */
static sqlite3_stmt *
about(Store *store, StatementId id, const char *sql, const char *address, GError **error)
{
  guint8 hash[HASH_SIZE];
  sqlite3_stmt *s = store_statement(store, id, sql, error);
  hash_address(store, address, hash);
  if (s != NULL)
    sqlite3_bind_blob(s, 1, hash, sizeof hash, SQLITE_TRANSIENT);
  return s;
}

bool
store_sent_add(Store *store, const char *address, gint64 at, GError **error)
{
  if (!store->has_sent_key &&
      (!read_sent_key(store, error) || (!store->has_sent_key && !make_sent_key(store, error))))
    return false;
  sqlite3_stmt *s = about(store, STATEMENT_SENT_ADD,
                          "INSERT INTO sent (hash, at) VALUES (?, ?)"
                          " ON CONFLICT DO UPDATE SET at = max(at, excluded.at)",
                          address, error);
  if (s == NULL)
    return false;
  sqlite3_bind_int64(s, 2, at);
  bool ok = sqlite3_step(s) == SQLITE_DONE || store_fail(store, "cannot record", error);
  sqlite3_reset(s);
  return ok;
}

bool
store_sent_prune(Store *store, gint64 before, GError **error)
{
  g_autofree char *sql = g_strdup_printf("DELETE FROM sent WHERE at < %" G_GINT64_FORMAT, before);
  return store_exec(store, sql, error);
}

bool
store_sent_knows(Store *store, const char *address, gint64 since, bool *known, GError **error)
{
  *known = false;
  if (!store->has_sent_key && !read_sent_key(store, error))
    return false;
  if (!store->has_sent_key)
    return true;
  sqlite3_stmt *s =
      about(store, STATEMENT_SENT, "SELECT 1 FROM sent WHERE hash = ? AND at >= ?", address, error);
  if (s == NULL)
    return false;
  sqlite3_bind_int64(s, 2, since);
  int result = sqlite3_step(s);
  *known = result == SQLITE_ROW;
  bool ok = *known || result == SQLITE_DONE || store_fail(store, "cannot read", error);
  sqlite3_reset(s);
  return ok;
}

bool
store_sent_forget(Store *store, const char *address, GError **error)
{
  if (!store->has_sent_key && !read_sent_key(store, error))
    return false;
  if (!store->has_sent_key)
    return true;
  sqlite3_stmt *s =
      about(store, STATEMENT_SENT_FORGET, "DELETE FROM sent WHERE hash = ?", address, error);
  if (s == NULL)
    return false;
  bool ok = sqlite3_step(s) == SQLITE_DONE || store_fail(store, "cannot erase", error);
  sqlite3_reset(s);
  return ok;
}

/* --- whose number ------------------------------------------------------------------------------
 */

/* *id stays 0 where the recipient has none. */
static bool
find_number(Store *store, const char *recipient, gint64 *id, GError **error)
{
  *id = 0;
  sqlite3_stmt *s =
      store_statement(store, STATEMENT_RETURN_PATH_OF,
                      "SELECT return_path_id FROM return_path WHERE recipient = ?", error);
  if (s == NULL)
    return false;
  sqlite3_bind_text(s, 1, recipient, -1, SQLITE_STATIC);
  int result = sqlite3_step(s);
  if (result == SQLITE_ROW)
    *id = sqlite3_column_int64(s, 0);
  bool ok =
      result == SQLITE_ROW || result == SQLITE_DONE || store_fail(store, "cannot read", error);
  sqlite3_reset(s);
  return ok;
}

/* Somebody else may have been faster. */
static bool
add_number(Store *store, const char *recipient, gint64 now, GError **error)
{
  sqlite3_stmt *s = store_statement(
      store, STATEMENT_RETURN_PATH_ADD,
      "INSERT INTO return_path (recipient, at) VALUES (?, ?) ON CONFLICT DO NOTHING", error);
  if (s == NULL)
    return false;
  sqlite3_bind_text(s, 1, recipient, -1, SQLITE_STATIC);
  sqlite3_bind_int64(s, 2, now);
  bool ok = sqlite3_step(s) == SQLITE_DONE || store_fail(store, "cannot record", error);
  sqlite3_reset(s);
  return ok;
}

bool
store_return_path(Store *store, const char *recipient, gint64 now, gint64 *id, GError **error)
{
  if (!find_number(store, recipient, id, error))
    return false;
  if (*id != 0)
    return true;
  if (!store_begin(store, error))
    return false;
  if (!add_number(store, recipient, now, error) || !find_number(store, recipient, id, error)) {
    store_rollback(store);
    return false;
  }
  return store_commit(store, error);
}

bool
store_return_path_find(Store *store, gint64 id, char **recipient, GError **error)
{
  *recipient = NULL;
  sqlite3_stmt *s =
      store_statement(store, STATEMENT_RETURN_PATH,
                      "SELECT recipient FROM return_path WHERE return_path_id = ?", error);
  if (s == NULL)
    return false;
  sqlite3_bind_int64(s, 1, id);
  int result = sqlite3_step(s);
  if (result == SQLITE_ROW)
    *recipient = g_strdup((const char *)sqlite3_column_text(s, 0));
  bool ok =
      result == SQLITE_ROW || result == SQLITE_DONE || store_fail(store, "cannot read", error);
  sqlite3_reset(s);
  return ok;
}
