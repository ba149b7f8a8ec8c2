#include "config.h"

#include "store/store-forgotten.h"

#include <string.h>
#include <sys/stat.h>

#include "verp/keyfile.h"
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

/* The hashes by which a forgotten address may be known: with the key of this database, and with
 * that of the fleet, which are shorter and end in zeros. What is not there is all zeros. */
typedef struct {
  guint8 own[STORE_HASH_SIZE], fleet[STORE_HASH_SIZE];
} Hashes;

static bool
any_hash(Store *store, const char *sql, bool *any, GError **error)
{
  gint64 number;
  if (!store_get_int(store, sql, NULL, &number, error))
    return false;
  *any = number != 0;
  return true;
}

static bool
find_hashes(Store *store, const char *address, Hashes *out, GError **error)
{
  bool own, fleet;
  *out = (Hashes){0};
  if (!any_hash(store,
                "SELECT EXISTS (SELECT 1 FROM forgotten WHERE substr(hash, 17) <> zeroblob(16))",
                &own, error) ||
      !any_hash(store,
                "SELECT EXISTS (SELECT 1 FROM forgotten WHERE substr(hash, 17) = zeroblob(16))",
                &fleet, error) ||
      (own && !hash_address(store, address, out->own, error)) ||
      (fleet && !store_fleet_read_key(store, error)))
    return false;
  if (fleet)
    store_hash_address(store->fleet_key, address, out->fleet);
  memset(out->fleet + FLEET_WHO_SIZE, 0, STORE_HASH_SIZE - FLEET_WHO_SIZE);
  return true;
}

#define HASHES(hashes)                                                                             \
  VALUES(BLOB(":own", (hashes)->own, STORE_HASH_SIZE),                                             \
         BLOB(":fleet", (hashes)->fleet, STORE_HASH_SIZE))

bool
store_can_tell_forgotten(Store *store, bool *can, char **why, GError **error)
{
  bool any;
  Hashes hashes;
  g_autoptr(GError) cause = NULL;
  if (!store_any_forgotten(store, &any, error))
    return false;
  *can = !any || find_hashes(store, "", &hashes, &cause);
  *why = *can ? NULL : g_strdup(cause->message);
  return true;
}

bool
store_forgotten(Store *store, const char *address, StoreRowFunc func, gpointer data, GError **error)
{
  bool any;
  Hashes hashes;
  if (!store_any_forgotten(store, &any, error))
    return false;
  if (!any)
    return true;
  return find_hashes(store, address, &hashes, error) &&
         store_query(store,
                     "SELECT reason, at AS since FROM forgotten WHERE hash IN (:own, :fleet)"
                     " ORDER BY at LIMIT 1",
                     HASHES(&hashes), func, data, error);
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
  Hashes hashes;
  if (!is_forgotten(store, address, remembered, error))
    return false;
  return !*remembered || (find_hashes(store, address, &hashes, error) &&
                          store_run(store, "DELETE FROM forgotten WHERE hash IN (:own, :fleet)",
                                    HASHES(&hashes), error));
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
                                         ":sender",
                                         ":matched",
                                         ":masked",
                                         ":token",
                                         ":report_message_id",
                                         ":envelope_id",
                                         ":original_message_id",
                                         ":feedback_id",
                                         ":envelope_sender",
                                         ":envelope_recipient",
                                         ":subject",
                                         ":subscriber"};
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

bool
store_keep_suppressed(Store *store, const char *address, gint64 now, GError **error)
{
  gint64 suppressed;
  guint8 hash[STORE_HASH_SIZE];
  if (!store_get_int(store, "SELECT 1 FROM suppression WHERE address = lower(:address)",
                     VALUES(ADDRESS(":address", address)), &suppressed, error))
    return false;
  if (suppressed == 0)
    return true;
  return make_key(store, error) && hash_address(store, address, hash, error) &&
         store_run(store,
                   "INSERT INTO forgotten (hash, reason, at)"
                   " SELECT :hash, reason, :now FROM suppression WHERE address = lower(:address)"
                   " ON CONFLICT DO NOTHING",
                   VALUES(BLOB(":hash", hash, STORE_HASH_SIZE), INT(":now", now),
                          ADDRESS(":address", address)),
                   error);
}
