#include "config.h"

#include "store/store-fleet.h"

#include <string.h>

#include "base/embedded.h"
#include "base/hex.h"
#include "verp/keyfile.h"
#include "store/store-private.h"

char *
store_fleet_key_path(const char *database)
{
  return g_strconcat(database, ".fleet", NULL);
}

bool
store_fleet_read_key(Store *store, GError **error)
{
  g_autofree char *path = store_fleet_key_path(store->path);
  store->has_fleet_key = store->has_fleet_key || keyfile_read(path, store->fleet_key, error);
  return store->has_fleet_key;
}

static void
who_of(const Store *store, const char *address, char text[2 * FLEET_WHO_SIZE + 1])
{
  guint8 hash[STORE_HASH_SIZE];
  store_hash_address(store->fleet_key, address, hash);
  hex_write(hash, FLEET_WHO_SIZE, text);
}

char *
store_fleet_who(Store *store, const char *address)
{
  char text[2 * FLEET_WHO_SIZE + 1];
  who_of(store, address, text);
  return g_strdup(text);
}

/* --- functions in SQL --------------------------------------------------------------------------*/

static const char *
argument(sqlite3_value **values, int i)
{
  return (const char *)sqlite3_value_text(values[i]);
}

/* fleet_who(ADDRESS) */
static void
sql_who(sqlite3_context *context, int n, sqlite3_value **values)
{
  (void)n;
  char text[2 * FLEET_WHO_SIZE + 1];
  if (argument(values, 0) == NULL)
    return;
  who_of(sqlite3_user_data(context), argument(values, 0), text);
  sqlite3_result_text(context, text, -1, SQLITE_TRANSIENT);
}

/* fleet_event(TEXT...): an id of the texts together */
static void
sql_event(sqlite3_context *context, int n, sqlite3_value **values)
{
  g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_MD5);
  for (int i = 0; i < n; i++) {
    const char *text = argument(values, i);
    if (text != NULL)
      g_checksum_update(sum, (const guchar *)text, -1);
    g_checksum_update(sum, (const guchar *)"\n", 1);
  }
  sqlite3_result_text(context, g_checksum_get_string(sum), -1, SQLITE_TRANSIENT);
}

/* fleet_hide(TEXT, ADDRESS) */
static void
sql_hide(sqlite3_context *context, int n, sqlite3_value **values)
{
  (void)n;
  if (argument(values, 0) == NULL)
    return;
  char *text = fleet_hide(argument(values, 0), argument(values, 1));
  sqlite3_result_text(context, text, -1, g_free);
}

bool
store_fleet_use(Store *store, GError **error)
{
  static const struct {
    const char *name;
    int arguments;
    void (*run)(sqlite3_context *, int, sqlite3_value **);
  } functions[] = {
      {"fleet_who", 1, sql_who}, {"fleet_event", -1, sql_event}, {"fleet_hide", 2, sql_hide}};
  if (!store_fleet_read_key(store, error))
    return false;
  for (gsize i = 0; i < G_N_ELEMENTS(functions); i++)
    if (sqlite3_create_function_v2(store->db, functions[i].name, functions[i].arguments,
                                   SQLITE_UTF8 | SQLITE_DIRECTONLY, store, functions[i].run, NULL,
                                   NULL, NULL) != SQLITE_OK)
      return store_fail(store, "cannot read", error);
  return true;
}

/* --- the state ---------------------------------------------------------------------------------*/

static bool
read_state(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  StoreFleet *out = data;
  out->fleet = g_strdup(store_cell(cells, n, "fleet"));
  out->identity = g_strdup(store_cell(cells, n, "identity"));
  out->mark = g_strdup(store_cell(cells, n, "mark"));
  out->seen = store_cell_int(cells, n, "seen");
  out->message_id = store_cell_int(cells, n, "message_id");
  out->audit_id = store_cell_int(cells, n, "audit_id");
  out->synced_at = store_cell_int(cells, n, "synced_at");
  return true;
}

bool
store_in_fleet(Store *store, bool *in_fleet, GError **error)
{
  gint64 found;
  if (!store_get_int(store, "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'fleet')",
                     NULL, &found, error))
    return false;
  *in_fleet = found != 0;
  return true;
}

bool
store_fleet_state(Store *store, StoreFleet *out, GError **error)
{
  bool in_fleet;
  *out = (StoreFleet){0};
  return store_in_fleet(store, &in_fleet, error) &&
         (!in_fleet || store_query(store, "SELECT * FROM fleet", NULL, read_state, out, error));
}

void
store_fleet_clear(StoreFleet *state)
{
  g_free(state->fleet);
  g_free(state->identity);
  g_free(state->mark);
}

static bool
read_stock(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  StoreFleetStock *out = data;
  out->last_message = store_cell_int(cells, n, "last_message");
  out->last_audit = store_cell_int(cells, n, "last_audit");
  out->last_change = store_cell_int(cells, n, "last_change");
  out->sent = store_cell_int(cells, n, "sent");
  out->digest = g_strdup(store_cell(cells, n, "digest"));
  return true;
}

static bool
read_waiting(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  StoreFleetStock *out = data;
  out->backlog = store_cell_int(cells, n, "backlog");
  out->corrected = store_cell_int(cells, n, "corrected");
  out->aside = store_cell_int(cells, n, "aside");
  return true;
}

bool
store_fleet_stock(Store *store, gint64 after, StoreFleetStock *out, GError **error)
{
  static const char of_anyone[] =
      "SELECT (SELECT coalesce(max(message_id), 0) FROM message) AS last_message,"
      " (SELECT coalesce(max(audit_id), 0) FROM audit) AS last_audit,"
      " (SELECT coalesce(max(seq), 0) FROM change) AS last_change,"
      " (SELECT sent FROM guard) AS sent,"
      " (SELECT lower(hex(digest)) FROM message WHERE message_id = :after) AS digest";
  static const char of_host[] =
      "SELECT (SELECT count(*) FROM message WHERE message_id > :after) AS backlog,"
      " (SELECT count(*) FROM corrected) AS corrected,"
      " (SELECT count(*) FROM fleet_aside) AS aside";
  bool in_fleet;
  *out = (StoreFleetStock){0};
  return store_query(store, of_anyone, VALUES(INT(":after", after)), read_stock, out, error) &&
         store_in_fleet(store, &in_fleet, error) &&
         (!in_fleet ||
          store_query(store, of_host, VALUES(INT(":after", after)), read_waiting, out, error));
}

void
store_fleet_stock_clear(StoreFleetStock *stock)
{
  g_free(stock->digest);
}

/* --- joining -----------------------------------------------------------------------------------*/

/* The tables and triggers of schema/host. */
static bool
create_tables(Store *store, GError **error)
{
  for (const EmbeddedFile *file = embedded_host; file->name != NULL; file++)
    if (!store_exec(store, file->text, error))
      return false;
  return true;
}

bool
store_fleet_move_apart(Store *store, GError **error)
{
  bool there;
  gint64 joined;
  if (!store_in_fleet(store, &there, error))
    return false;
  if (!there)
    return true;
  if (!store_get_int(store, "SELECT EXISTS (SELECT 1 FROM fleet)", NULL, &joined, error))
    return false;
  return joined != 0 ? create_tables(store, error)
                     : store_exec(store,
                                  "DROP TABLE fleet; DROP TABLE fleet_list;"
                                  "DROP TABLE fleet_erased; DROP TABLE fleet_aside;"
                                  "DROP TABLE corrected",
                                  error);
}

static bool
write_join(Store *store, const char *fleet, const char *identity, GError **error)
{
  static const char from_scratch[] =
      "DELETE FROM corrected; DELETE FROM fleet_aside; DELETE FROM fleet;"
      "UPDATE fleet_list SET state = 'stale'";
  return create_tables(store, error) && store_exec(store, from_scratch, error) &&
         store_run(store, "INSERT INTO fleet (only, fleet, identity) VALUES (1, :fleet, :identity)",
                   VALUES(TEXT(":fleet", fleet), TEXT(":identity", identity)), error);
}

bool
store_fleet_join(Store *store, const char *fleet, const char *identity, GError **error)
{
  return store_begin(store, error) &&
         store_end(store, write_join(store, fleet, identity, error), error);
}

bool
store_fleet_restart(Store *store, GError **error)
{
  return store_begin(store, error) && store_end(store,
                                                store_exec(store,
                                                           "UPDATE fleet_list SET state = 'stale';"
                                                           "UPDATE fleet SET seen = 0, mark = NULL",
                                                           error),
                                                error);
}
