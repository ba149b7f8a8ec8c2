/* The suppression list on its way out: whole, or what changed; how far others have read. */
#include "config.h"

#include <string.h>

#include "store/store-private.h"

/* The columns, in the order in which read_entry takes them. */
#define ENTRY ", s.recipient, s.class, s.reason, s.since"
#define LIST_ID ", m.list_id"
#define NO_LIST_ID ", NULL"
#define DETAIL                                                                                     \
  ", s.provider, f.status, f.reply_code, f.diagnostic,"                                            \
  " (SELECT count(*) FROM failure AS a WHERE a.address = s.address),"                              \
  " (SELECT min(failed_at) FROM failure AS a WHERE a.address = s.address),"                        \
  " (SELECT max(failed_at) FROM failure AS a WHERE a.address = s.address)"
#define JOIN_MESSAGE " LEFT JOIN message AS m ON m.message_id = s.message_id"
#define JOIN_FAILURE " LEFT JOIN failure AS f ON f.failure_id = s.failure_id"

#define WHOLE "SELECT 0, s.address, s.recipient_domain"
#define FROM_WHOLE " FROM suppression AS s"

/* Found by the numbers of the changes, not by the index of their addresses: there are few new ones
 * and many old ones. */
#define CHANGED "SELECT s.address IS NULL, c.address, c.domain"
#define FROM_CHANGED                                                                               \
  " FROM (SELECT address, max(recipient_domain) AS domain FROM change NOT INDEXED"                 \
  "       WHERE seq > :after AND address IS NOT NULL GROUP BY address) AS c"                       \
  " LEFT JOIN entry AS s ON s.address = c.address AND s.state = 'active'"

static char *
compose(const StoreExport *what)
{
  bool whole = what->after < 0, message = what->list_id || what->detail;
  return g_strconcat(whole ? WHOLE : CHANGED, ENTRY, message ? LIST_ID : NO_LIST_ID,
                     what->detail ? DETAIL : "", whole ? FROM_WHOLE : FROM_CHANGED,
                     message ? JOIN_MESSAGE : "", what->detail ? JOIN_FAILURE : "", " ORDER BY 2",
                     NULL);
}

static Entry
read_entry(sqlite3_stmt *s, bool detail)
{
  Entry row = {.removed = sqlite3_column_int(s, 0) != 0,
               .address = store_column_text(s, 1),
               .domain = store_column_text(s, 2),
               .recipient = store_column_text(s, 3),
               .klass = store_column_text(s, 4),
               .reason = store_column_text(s, 5),
               .since = sqlite3_column_int64(s, 6),
               .list_id = store_column_text(s, 7)};
  if (!detail)
    return row;
  row.provider = store_column_text(s, 8);
  row.status = store_column_text(s, 9);
  row.reply_code = sqlite3_column_int64(s, 10);
  row.diagnostic = store_column_text(s, 11);
  row.failures = sqlite3_column_int64(s, 12);
  row.first_at = sqlite3_column_int64(s, 13);
  row.last_at = sqlite3_column_int64(s, 14);
  return row;
}

bool
store_sequence(Store *store, gint64 *seq, GError **error)
{
  return store_get_int(store, "SELECT coalesce(max(seq), 0) FROM change", NULL, seq, error);
}

static bool
export_entries(Store *store, const StoreExport *what, gint64 *seq, StoreEntryFunc func,
               gpointer data, GError **error)
{
  bool found;
  g_autofree char *sql = compose(what);
  if (!store_sequence(store, seq, error))
    return false;
  g_autoptr(sqlite3_stmt) s = store_prepare(store, sql, VALUES(INT(":after", what->after)), error);
  for (;;) {
    if (s == NULL || !store_step(store, s, &found, error))
      return false;
    if (!found)
      return true;
    Entry row = read_entry(s, what->detail);
    if (!func(&row, data, error))
      return false;
  }
}

/* One state of the list, and of the changes. */
bool
store_export(Store *store, const StoreExport *what, gint64 *seq, StoreEntryFunc func, gpointer data,
             GError **error)
{
  if (!store_exec(store, "BEGIN", error))
    return false;
  bool ok = export_entries(store, what, seq, func, data, error);
  sqlite3_exec(store->db, "COMMIT", NULL, NULL, NULL); /* nothing was written */
  return ok;
}

char *
store_identity(Store *store, GError **error)
{
  char *identity = NULL;
  if (!store_get_text(store, "SELECT value FROM setting WHERE name = 'identity'", NULL, &identity,
                      error))
    return NULL;
  return identity != NULL ? identity : g_strdup("");
}

bool
store_only_additions(Store *store, gint64 after, bool *out, GError **error)
{
  gint64 others;
  if (!store_get_int(store, "SELECT count(*) FROM change WHERE seq > :after AND op <> 'add'",
                     VALUES(INT(":after", after)), &others, error))
    return false;
  *out = others == 0;
  return true;
}

bool
store_erasures(Store *store, gint64 after, gint64 *out, GError **error)
{
  return store_get_int(store, "SELECT count(*) FROM change WHERE seq > :after AND op = 'erase'",
                       VALUES(INT(":after", after)), out, error);
}

bool
store_sequence_before(Store *store, gint64 at, gint64 *out, GError **error)
{
  return store_get_int(store,
                       "SELECT coalesce((SELECT min(seq) - 1 FROM change WHERE at >= :at),"
                       " (SELECT max(seq) FROM change), 0)",
                       VALUES(INT(":at", at)), out, error);
}

/* Cursors. */

static bool
read_cursor(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  StoreCursor *out = data;
  out->seq = store_cell_int(cells, n, "seq");
  out->at = store_cell_int(cells, n, "at");
  out->format = g_strdup(store_cell(cells, n, "format"));
  out->filter = g_strdup(store_cell(cells, n, "filter"));
  return true;
}

bool
store_cursor(Store *store, const char *name, StoreCursor *out, GError **error)
{
  *out = (StoreCursor){.seq = -1};
  return store_query(store, "SELECT seq, at, format, filter FROM cursor WHERE name = :name",
                     VALUES(TEXT(":name", name)), read_cursor, out, error);
}

void
store_cursor_clear(StoreCursor *cursor)
{
  g_free(cursor->format);
  g_free(cursor->filter);
}

static bool
move_cursor(Store *store, const char *name, const StoreCursor *to, GError **error)
{
  return store_run(store,
                   "INSERT INTO cursor (name, seq, format, filter, at, rows, sha256)"
                   " VALUES (:name, :seq, :format, :filter, :at, :rows, :sha256)"
                   " ON CONFLICT (name) DO UPDATE SET seq = excluded.seq,"
                   "  format = excluded.format, filter = excluded.filter, at = excluded.at,"
                   "  rows = excluded.rows, sha256 = excluded.sha256",
                   VALUES(TEXT(":name", name), INT(":seq", to->seq), TEXT(":format", to->format),
                          TEXT(":filter", to->filter), INT(":at", to->at), INT(":rows", to->rows),
                          TEXT(":sha256", to->sha256)),
                   error);
}

bool
store_cursor_move(Store *store, const char *name, const StoreCursor *to, GError **error)
{
  if (!store_begin(store, error))
    return false;
  if (move_cursor(store, name, to, error))
    return store_commit(store, error);
  store_rollback(store);
  return false;
}

bool
store_cursor_lock(Store *store, int *lock, GError **error)
{
  g_autofree char *name = g_strconcat(store->path, ".cursor", NULL);
  *lock = ticket_open(name, true, error);
  return *lock >= 0 && ticket_take(*lock, store->wait_ms, error);
}

/* A database of its own, for readers that need a lookup and nothing else. */

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
