#include "config.h"

#include <sys/stat.h>

#include "store/store-private.h"
#include "store/store-ticket.h"

enum {
  /* A log that is kept has to be read by the next process that opens the database; a log that is
   * checkpointed at every close costs three more syncs. Below this size, reading is cheaper. */
  LOG_KEPT_MAX = 128 * 1024,
};

/* On a network file system the ticket is held as long as the database is open. A draft has none. */
static bool
ticket_is_per_transaction(const Store *store)
{
  return store->ticket >= 0 && !store->network;
}

bool
store_lock(Store *store, GError **error)
{
  return !ticket_is_per_transaction(store) || ticket_take(store->ticket, store->wait_ms, error);
}

void
store_unlock(Store *store)
{
  if (ticket_is_per_transaction(store))
    ticket_give(store->ticket);
}

bool
store_begin(Store *store, GError **error)
{
  if (!store_lock(store, error))
    return false;
  if (sqlite3_exec(store->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK)
    return true;
  store_fail(store, "cannot begin", error);
  store_rollback(store);
  return false;
}

/* Decides whether closing checkpoints the log. */
static void
choose_checkpoint(Store *store)
{
  g_autofree char *log = g_strconcat(store->path, "-wal", NULL);
  struct stat st;
  store->keeps_log = stat(log, &st) == 0 && st.st_size < LOG_KEPT_MAX;
  sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, store->keeps_log, NULL);
}

bool
store_commit(Store *store, GError **error)
{
  if (sqlite3_exec(store->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) {
    store_fail(store, "cannot commit", error);
    store_rollback(store);
    return false;
  }
  store_unlock(store);
  if (ticket_is_per_transaction(store))
    choose_checkpoint(store);
  return true;
}

void
store_rollback(Store *store)
{
  for (int i = 0; i < N_STATEMENTS; i++)
    sqlite3_reset(store->statements[i]);
  if (!sqlite3_get_autocommit(store->db))
    sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
  store_unlock(store);
}

bool
store_end(Store *store, bool ok, GError **error)
{
  if (ok)
    return store_commit(store, error);
  store_rollback(store);
  return false;
}

bool
store_savepoint(Store *store, GError **error)
{
  return sqlite3_exec(store->db, "SAVEPOINT one", NULL, NULL, NULL) == SQLITE_OK ||
         store_fail(store, "cannot begin", error);
}

/* After some errors (a full disk, an input or output error), SQLite has rolled back everything. */
bool
store_end_savepoint(Store *store, bool undo, GError **error)
{
  for (int i = 0; undo && i < N_STATEMENTS; i++)
    sqlite3_reset(store->statements[i]);
  const char *sql = undo ? "ROLLBACK TO one; RELEASE one" : "RELEASE one";
  return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK ||
         store_fail(store, "cannot end a part of the transaction", error);
}
