#include "config.h"

#include "store/store-sent.h"

#include <sys/random.h>

#include "base/hex.h"
#include "store/store-private.h"

/* --- the key of the hashes ---
 *
 * The key is in the same database, so it does not protect the addresses from anyone who has the
 * database and a list of addresses to try. It keeps them from being read, and from being looked up
 * in a precomputed table. */

static bool
read_sent_key(Store *store, GError **error)
{
  g_autofree char *text = NULL;
  if (!store_get_text(store, "SELECT value FROM setting WHERE name = 'sent-key'", NULL, &text,
                      error))
    return false;
  store->has_sent_key = text != NULL && hex_read(text, store->sent_key, STORE_KEY_SIZE);
  return true;
}

static bool
make_sent_key(Store *store, GError **error)
{
  char text[HEX_SIZE(STORE_KEY_SIZE)];
  if (getrandom(store->sent_key, STORE_KEY_SIZE, 0) != STORE_KEY_SIZE)
    return throw_errno(error, "cannot get random numbers");
  hex_write(store->sent_key, STORE_KEY_SIZE, text);
  store->has_sent_key =
      store_run(store, "INSERT INTO setting (name, value) VALUES ('sent-key', :key)",
                VALUES(TEXT(":key", text)), error);
  return store->has_sent_key;
}

/* --- recent recipients --- */

bool
store_sent_add(Store *store, const char *address, gint64 at, GError **error)
{
  guint8 hash[STORE_HASH_SIZE];
  if (!store->has_sent_key &&
      (!read_sent_key(store, error) || (!store->has_sent_key && !make_sent_key(store, error))))
    return false;
  store_hash_address(store->sent_key, address, hash);
  return store_run_kept(store, STATEMENT_SENT_ADD,
                        "INSERT INTO sent (hash, at) VALUES (:hash, :at)"
                        " ON CONFLICT DO UPDATE SET at = max(at, excluded.at)",
                        VALUES(BLOB(":hash", hash, STORE_HASH_SIZE), INT(":at", at)), error);
}

bool
store_sent_prune(Store *store, gint64 before, GError **error)
{
  return store_run(store, "DELETE FROM sent WHERE at < :before", VALUES(INT(":before", before)),
                   error);
}

bool
store_sent_knows(Store *store, const char *address, gint64 since, bool *known, GError **error)
{
  guint8 hash[STORE_HASH_SIZE];
  gint64 found;
  *known = false;
  if (!store->has_sent_key && !read_sent_key(store, error))
    return false;
  if (!store->has_sent_key)
    return true;
  store_hash_address(store->sent_key, address, hash);
  if (!store_get_int_kept(
          store, STATEMENT_SENT, "SELECT 1 FROM sent WHERE hash = :hash AND at >= :since",
          VALUES(BLOB(":hash", hash, STORE_HASH_SIZE), INT(":since", since)), &found, error))
    return false;
  *known = found != 0;
  return true;
}

bool
store_sent_forget(Store *store, const char *address, GError **error)
{
  guint8 hash[STORE_HASH_SIZE];
  if (!store->has_sent_key && !read_sent_key(store, error))
    return false;
  if (!store->has_sent_key)
    return true;
  store_hash_address(store->sent_key, address, hash);
  return store_run(store, "DELETE FROM sent WHERE hash = :hash",
                   VALUES(BLOB(":hash", hash, STORE_HASH_SIZE)), error);
}

/* --- numbers of recipients --- */

/* *id: 0 = the recipient has no number. */
static bool
find_number(Store *store, const char *recipient, gint64 *id, GError **error)
{
  return store_get_int_kept(store, STATEMENT_RETURN_PATH_OF,
                            "SELECT return_path_id FROM return_path WHERE recipient = :recipient",
                            VALUES(ADDRESS(":recipient", recipient)), id, error);
}

/* Another process may have been faster. */
static bool
add_number(Store *store, const char *recipient, gint64 now, GError **error)
{
  return store_run_kept(store, STATEMENT_RETURN_PATH_ADD,
                        "INSERT INTO return_path (recipient, at) VALUES (:recipient, :now)"
                        " ON CONFLICT DO NOTHING",
                        VALUES(ADDRESS(":recipient", recipient), INT(":now", now)), error);
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
  return store_get_text(store, "SELECT recipient FROM return_path WHERE return_path_id = :id",
                        VALUES(INT(":id", id)), recipient, error);
}
