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
  bool found;
  g_autoptr(KeptStatement) s = store_statement(
      store, STATEMENT_SENT_KEY, "SELECT value FROM setting WHERE name = 'sent-key'", NULL, error);
  if (s == NULL || !store_step(store, s, &found, error))
    return false;
  store->has_sent_key = found && hex_read(store_column_text(s, 0), store->sent_key, STORE_KEY_SIZE);
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

bool
store_sent_begin(Store *store, GError **error)
{
  return store->has_sent_key ||
         (read_sent_key(store, error) && (store->has_sent_key || make_sent_key(store, error)));
}

/* --- recent recipients, and what they were sent --- */

gint64
store_sent_hash(const Store *store, const char *message_id)
{
  return store_hash_message(store->sent_key, message_id);
}

bool
store_sent_add(Store *store, const char *address, gint64 message, gint64 at, GError **error)
{
  guint8 hash[STORE_HASH_SIZE];
  store_hash_address(store->sent_key, address, hash);
  return store_run_kept(store, STATEMENT_SENT_ADD,
                        "INSERT INTO sent (hash, at) VALUES (:hash, :at)"
                        " ON CONFLICT DO UPDATE SET at = max(at, excluded.at)",
                        VALUES(BLOB(":hash", hash, STORE_HASH_SIZE), INT(":at", at)), error) &&
         (message == 0 || store_run_kept(store, STATEMENT_SENT_MESSAGE_ADD,
                                         "INSERT INTO sent_message (address, message, at)"
                                         " VALUES (:address, :message, :at)"
                                         " ON CONFLICT DO UPDATE SET at = max(at, excluded.at)",
                                         VALUES(INT(":address", store_hash_number(hash)),
                                                INT(":message", message), INT(":at", at)),
                                         error));
}

/* sent_message has no index by its times, which would double its size: all of it is read. */
bool
store_sent_prune(Store *store, gint64 before, GError **error)
{
  static const char *const tables[] = {"DELETE FROM sent WHERE at < :before",
                                       "DELETE FROM sent_message WHERE at < :before",
                                       "DELETE FROM queued WHERE at < :before"};
  for (gsize i = 0; i < G_N_ELEMENTS(tables); i++)
    if (!store_run(store, tables[i], VALUES(INT(":before", before)), error))
      return false;
  return true;
}

/* Whoever has recorded nothing that was sent has no key. */
bool
store_sent_find_message(Store *store, const char *message_id, gint64 *message, GError **error)
{
  *message = 0;
  if (!store->has_sent_key && !read_sent_key(store, error))
    return false;
  if (store->has_sent_key && message_id != NULL)
    *message = store_sent_hash(store, message_id);
  return true;
}

/* One statement for both questions, because preparing it costs more than running it. */
static const char select_sent[] =
    "SELECT CASE WHEN EXISTS (SELECT 1 FROM sent_message"
    "   WHERE address = :address AND message = :message AND at >= :since) THEN 2"
    " ELSE EXISTS (SELECT 1 FROM sent WHERE hash = :hash AND at >= :since) END";

bool
store_sent_knows(Store *store, const char *address, gint64 message, gint64 since, StoreSent *out,
                 GError **error)
{
  guint8 hash[STORE_HASH_SIZE];
  gint64 found;
  *out = SENT_NOTHING;
  if (!store->has_sent_key)
    return true;
  store_hash_address(store->sent_key, address, hash);
  if (!store_get_int_kept(store, STATEMENT_SENT, select_sent,
                          VALUES(BLOB(":hash", hash, STORE_HASH_SIZE),
                                 INT(":address", store_hash_number(hash)), INT(":message", message),
                                 INT(":since", since)),
                          &found, error))
    return false;
  *out = (StoreSent)found;
  return true;
}

bool
store_sent_last(Store *store, gint64 *at, GError **error)
{
  return store_get_int(store, "SELECT max(at) FROM sent_message", NULL, at, error);
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
                   VALUES(BLOB(":hash", hash, STORE_HASH_SIZE)), error) &&
         store_run(store, "DELETE FROM sent_message WHERE address = :address",
                   VALUES(INT(":address", store_hash_number(hash))), error);
}

/* --- messages in the queue --- */

bool
store_each_queued(Store *store, StoreRowFunc func, gpointer data, GError **error)
{
  return store_query(store, "SELECT id, message, coalesce(counts, -1) AS counts, at FROM queued",
                     NULL, func, data, error);
}

bool
store_queued_remove(Store *store, const char *id, GError **error)
{
  return store_run_kept(store, STATEMENT_QUEUED_REMOVE, "DELETE FROM queued WHERE id = :id",
                        VALUES(TEXT(":id", id)), error);
}

bool
store_queued_add(Store *store, const StoreQueued *queued, GError **error)
{
  return store_run_kept(store, STATEMENT_QUEUED_ADD,
                        "INSERT OR REPLACE INTO queued (id, message, counts, at)"
                        " VALUES (:id, :message, nullif(:counts, -1), :at)",
                        VALUES(TEXT(":id", queued->id), INT_OR_NULL(":message", queued->message),
                               INT(":counts", queued->counts), INT(":at", queued->at)),
                        error);
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
  bool ok = add_number(store, recipient, now, error) && find_number(store, recipient, id, error);
  return store_end(store, ok, error);
}

bool
store_return_path_find(Store *store, gint64 id, char **recipient, GError **error)
{
  return store_get_text(store, "SELECT recipient FROM return_path WHERE return_path_id = :id",
                        VALUES(INT(":id", id)), recipient, error);
}
