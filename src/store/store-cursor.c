#include "config.h"

#include "store/store-cursor.h"

#include "store/store-private.h"
#include "store/store-ticket.h"

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
  return store_begin(store, error) && store_end(store, move_cursor(store, name, to, error), error);
}

bool
store_cursor_lock(Store *store, int *lock, GError **error)
{
  g_autofree char *name = g_strconcat(store->path, ".cursor", NULL);
  *lock = ticket_open(name, error);
  return *lock >= 0 && ticket_take(*lock, store->wait_ms, error);
}
