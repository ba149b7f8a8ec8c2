#include "config.h"

#include "store/store-arrivals.h"

#include "store/store-private.h"

/* received_at has no index, but the numbers ascend with it. */
#define RECENT                                                                                     \
  " FROM message WHERE message_id > (SELECT max(message_id) FROM message) - 100000"                \
  " AND received_at >= :since"

bool
store_last_arrival(Store *store, gint64 *at, GError **error)
{
  return store_get_int(store, "SELECT received_at FROM message ORDER BY message_id DESC LIMIT 1",
                       NULL, at, error);
}

bool
store_note_empty(Store *store, gint64 at, GError **error)
{
  if (!store_begin(store, error))
    return false;
  if (store_run(store,
                "INSERT INTO setting (name, value) VALUES ('empty-input', :at)"
                " ON CONFLICT DO UPDATE SET value = excluded.value",
                VALUES(INT(":at", at)), error))
    return store_commit(store, error);
  store_rollback(store);
  return false;
}

bool
store_last_empty(Store *store, gint64 *at, GError **error)
{
  return store_get_int(store, "SELECT value FROM setting WHERE name = 'empty-input'", NULL, at,
                       error);
}

bool
store_kept_since(Store *store, gint64 since, StoreRowFunc func, gpointer data, GError **error)
{
  return store_query(store, "SELECT kind, kept, received_at, notes" RECENT " AND kept IS NOT NULL",
                     VALUES(INT(":since", since)), func, data, error);
}

bool
store_arrivals_since(Store *store, gint64 since, StoreRowFunc func, gpointer data, GError **error)
{
  return store_query(
      store, "SELECT count(*) AS messages, coalesce(sum(kind = 'other'), 0) AS others" RECENT,
      VALUES(INT(":since", since)), func, data, error);
}
