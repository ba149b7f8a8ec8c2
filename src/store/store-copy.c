#include "config.h"

#include "store/store-copy.h"

#include <sqlite3.h>

struct StoreCopy {
  sqlite3 *db;
  sqlite3_stmt *insert;
};

static const char copy_schema[] =
    "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
    "CREATE TABLE suppression (address TEXT NOT NULL PRIMARY KEY, recipient TEXT, class TEXT,"
    " reason TEXT NOT NULL, status TEXT, reply_code INTEGER, provider TEXT, list_id TEXT,"
    " since INTEGER NOT NULL, first_at INTEGER, last_at INTEGER, failures INTEGER, diagnostic TEXT"
    ") STRICT, WITHOUT ROWID; BEGIN";

static const char copy_insert[] =
    "INSERT INTO suppression (address, recipient, class, reason, status, provider, list_id,"
    " diagnostic, reply_code, since, first_at, last_at, failures)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, nullif(?9, 0), ?10, nullif(?11, 0), nullif(?12, 0),"
    " ?13)";

static bool
copy_fail(const StoreCopy *copy, GError **error)
{
  return throw(error, BOUNCEDB_ERROR_TEMPFAIL, "cannot write the copy: %s",
               sqlite3_errmsg(copy->db));
}

StoreCopy *
store_copy_new(const char *path, GError **error)
{
  g_autoptr(StoreCopy) copy = g_new0(StoreCopy, 1);
  if (sqlite3_open_v2(path, &copy->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) !=
          SQLITE_OK ||
      sqlite3_exec(copy->db, copy_schema, NULL, NULL, NULL) != SQLITE_OK ||
      sqlite3_prepare_v2(copy->db, copy_insert, -1, &copy->insert, NULL) != SQLITE_OK) {
    copy_fail(copy, error);
    return NULL;
  }
  return g_steal_pointer(&copy);
}

bool
store_copy_add(StoreCopy *copy, const Entry *row, GError **error)
{
  const char *texts[] = {row->address, row->recipient, row->klass,   row->reason,
                         row->status,  row->provider,  row->list_id, row->diagnostic};
  const gint64 numbers[] = {row->reply_code, row->since, row->first_at, row->last_at,
                            row->failures};
  int index = 0;
  sqlite3_reset(copy->insert);
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
    sqlite3_bind_text(copy->insert, ++index, texts[i], -1, SQLITE_STATIC);
  for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
    sqlite3_bind_int64(copy->insert, ++index, numbers[i]);
  return sqlite3_step(copy->insert) == SQLITE_DONE || copy_fail(copy, error);
}

bool
store_copy_finish(StoreCopy *copy, GError **error)
{
  sqlite3_finalize(g_steal_pointer(&copy->insert));
  return sqlite3_exec(copy->db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK || copy_fail(copy, error);
}

void
store_copy_free(StoreCopy *copy)
{
  if (copy == NULL)
    return;
  sqlite3_finalize(copy->insert);
  sqlite3_close(copy->db);
  g_free(copy);
}
