#include "config.h"

#include "store/store.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/vfs.h>
#endif

#include "base/safe-file.h"
#include "base/embedded.h"
#include "store/store-access.h"
#include "store/store-private.h"
#include "store/store-ticket.h"

enum {
  APPLICATION_ID = 1651401572, /* "bncd"; schema/001 sets it */
  DEFAULT_WAIT_MS = 120000,    /* far below the 1000 s that Postfix gives a command */
  TRY_WAIT_MS = 10000,
  DOMAINS_STEP = 4, /* the steps of the schema that need the program */
  COUNTER_STEP = 7,
  SUMS_STEP = 9,
  LISTS_STEP = 11,
  APART_STEP = 15,
};

/* WAL needs memory shared by every process that has the file open. Network file systems have none.
 */
static bool
is_network(const char *path, bool *network, GError **error)
{
#ifdef __linux__
  static const unsigned types[] = {
      0x6969,     /* NFS */
      0xff534d42, /* CIFS */
      0xfe534d42, /* SMB2 */
      0x517b,     /* SMB */
      0x65735546, /* FUSE */
      0x01021997, /* 9p */
      0x00c36400, /* Ceph */
      0x0bd00bd0, /* Lustre */
      0x01161970, /* GFS2 */
      0x7461636f, /* OCFS2 */
      0x5346414f, /* AFS */
      0x786f4256, /* VirtualBox */
  };
  struct statfs fs;
  if (statfs(path, &fs) != 0) /* opening the database tells what is missing */
    return errno == ENOENT || errno == EACCES || errno == ENOSYS ||
           throw_errno(error, "%s: cannot tell the type of the file system", path);
  for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
    *network |= (unsigned)fs.f_type == types[i];
#else
  (void)path, (void)network, (void)error;
#endif
  return true;
}

/* SQLite's NOFOLLOW refuses a symbolic link anywhere in the path. Home directories are often
 * reached through one, so only the file itself must not be a link. NULL if the folder does not
 * exist. */
static char *
resolve_folder(const char *path)
{
  g_autofree char *folder = g_path_get_dirname(path);
  g_autofree char *name = g_path_get_basename(path);
  char *resolved = realpath(folder, NULL);
  char *result = resolved != NULL ? g_build_filename(resolved, name, NULL) : NULL;
  free(resolved);
  return result;
}

static Store *
store_new(const char *path, const StoreOptions *options)
{
  Store *store = g_new0(Store, 1);
  store->path = resolve_folder(path);
  if (store->path == NULL)
    store->path = g_strdup(path);
  store->ticket = -1;
  store->wait_ms = options != NULL && options->wait_ms > 0 ? options->wait_ms : DEFAULT_WAIT_MS;
  store->network = options != NULL && options->network;
  return store;
}

static bool
find_network(Store *store, GError **error)
{
  g_autofree char *folder = g_path_get_dirname(store->path);
  return store->network || is_network(folder, &store->network, error);
}

/* SQLite treats an empty file as a new database. */
static bool
check_file(const char *path, GError **error)
{
  struct stat st;
  if (lstat(path, &st) != 0) {
    if (errno == ENOENT)
      return throw(error, BOUNCEDB_ERROR_TEMPFAIL,
                   "%s: there is no database (bouncedb db init creates one)", path);
    int saved = errno;
    g_autofree char *problem = store_access_problem(path, false);
    return throw(error, BOUNCEDB_ERROR_TEMPFAIL, "%s: %s", path,
                 problem != NULL ? problem : g_strerror(saved));
  }
  if (!safe_name(path, SAFE_REGULAR, BOUNCEDB_ERROR_TEMPFAIL, error))
    return false;
  if (st.st_size == 0)
    return throw(error, BOUNCEDB_ERROR_TEMPFAIL, "%s: the file is empty; it should be a database",
                 path);
  return true;
}

/* SQLite journals the pages that a statement changes if the statement may have to be undone by
 * itself, as every statement with triggers. In a long transaction the journal goes to a temporary
 * file, which made an import seven times slower; in memory it takes a few pages. The cache (8 MiB)
 * holds the pages that a batch of an import touches; a single delivery never fills it. */
static const char settings[] = "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8192";

/* Without mutexes and memory statistics, a delivery spends a tenth less in SQLite. Has no effect,
 * and does no harm, once a connection has been opened. */
static void
configure_library(void)
{
  sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static bool
connect(Store *store, int flags, GError **error)
{
  configure_library();
  flags |= SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE;
  if (sqlite3_open_v2(store->path, &store->db, flags, NULL) != SQLITE_OK)
    return store_fail(store, "cannot open", error);
  sqlite3_busy_timeout(store->db, store->wait_ms);
  sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
  sqlite3_db_config(store->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
  sqlite3_db_config(store->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
  sqlite3_db_config(store->db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
  sqlite3_limit(store->db, SQLITE_LIMIT_LENGTH, 1 << 20);
  sqlite3_limit(store->db, SQLITE_LIMIT_ATTACHED, 0);
  return store_exec(store, settings, error);
}

/* On a read-only file the pragma fails silently, so check the mode that it returns. */
static bool
set_journal(Store *store, GError **error)
{
  const char *want = store->network ? "truncate" : "wal";
  const char *sql = store->network ? "PRAGMA journal_mode = TRUNCATE" : "PRAGMA journal_mode = WAL";
  g_autofree char *mode = NULL;
  if (!store_get_text(store, sql, NULL, &mode, error))
    return false;
  if (g_strcmp0(mode, want) != 0)
    return throw(error, BOUNCEDB_ERROR_TEMPFAIL, "%s: cannot set the journal mode to %s",
                 store->path, want);
#ifdef __APPLE__
  if (!store_exec(store, "PRAGMA fullfsync = ON", error))
    return false;
#endif
  return store_exec(store, "PRAGMA synchronous = FULL", error);
}

/* "NNN-name.sql" */
static gint64
step_number(const EmbeddedFile *file)
{
  return g_ascii_strtoll(file->name, NULL, 10);
}

/* The one that this program knows. */
gint64
store_schema(void)
{
  gint64 version = 0;
  for (const EmbeddedFile *file = embedded_schema; file->name != NULL; file++)
    version = step_number(file);
  return version;
}

static bool
migrate_steps(Store *store, gint64 from, GError **error)
{
  for (const EmbeddedFile *file = embedded_schema; file->name != NULL; file++)
    if (step_number(file) > from && !store_exec(store, file->text, error)) {
      g_prefix_error(error, "%s: ", file->name);
      return false;
    }
  if (from > 0 && from < DOMAINS_STEP && !store_convert_domains(store, error))
    return false;
  if (from > 0 && from < SUMS_STEP && !store_recount_history(store, error))
    return false;
  if (from > 0 && from < LISTS_STEP && !store_start_lists(store, error))
    return false;
  if (from < APART_STEP && !store_fleet_move_apart(store, error))
    return false;
  return from == 0 || from >= COUNTER_STEP || store_start_counters(store, error);
}

/* Begins a transaction, and runs the steps in it that are newer than the database. */
static bool
begin_migration(Store *store, GError **error)
{
  gint64 version;
  if (!store_begin(store, error))
    return false;
  /* read again: another process may have migrated meanwhile */
  if (store_get_int(store, "PRAGMA user_version", NULL, &version, error) &&
      migrate_steps(store, version, error))
    return true;
  store_rollback(store);
  return false;
}

static bool
migrate(Store *store, GError **error)
{
  return begin_migration(store, error) && store_commit(store, error);
}

static bool
check_identity(Store *store, StoreMode mode, GError **error)
{
  gint64 id, version;
  if (!store_get_int(store, "PRAGMA application_id", NULL, &id, error) ||
      !store_get_int(store, "PRAGMA user_version", NULL, &version, error))
    return false;
  if (id != APPLICATION_ID)
    return throw(error, BOUNCEDB_ERROR_TEMPFAIL, "%s: not a bouncedb database", store->path);
  if (version > store_schema())
    return throw(error, BOUNCEDB_ERROR_TEMPFAIL,
                 "%s: written by a newer bouncedb (schema %" G_GINT64_FORMAT
                 "; this one knows %" G_GINT64_FORMAT "): update this one",
                 store->path, version, store_schema());
  if (mode == STORE_TRY)
    return begin_migration(store, error);
  if (version == store_schema())
    return true;
  if (mode == STORE_READ)
    return throw(error, BOUNCEDB_ERROR_TEMPFAIL,
                 "%s: written by an older bouncedb (run bouncedb db migrate)", store->path);
  return migrate(store, error);
}

/* Others could replace the log, and with it what is in the database. A second name of the file
 * would have a log of its own, and damage it. If it belongs to another user, opening it tells. */
static bool
check_others(const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname(path);
  return safe_name(path, SAFE_UNSHARED | SAFE_ONE_NAME, BOUNCEDB_ERROR_TEMPFAIL, error) &&
         safe_folder(folder, error);
}

static bool
open_checked(Store *store, StoreMode mode, GError **error)
{
  if (!check_file(store->path, error) || !find_network(store, error))
    return false;
  if (mode != STORE_READ) {
    if (!check_others(store->path, error))
      return false;
    store->ticket = ticket_open(store->path, error);
    if (store->ticket < 0)
      return false;
    if (store->network && !ticket_take(store->ticket, store->wait_ms, error))
      return false;
  }
  return connect(store, mode == STORE_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE, error) &&
         (mode == STORE_READ || set_journal(store, error)) && check_identity(store, mode, error);
}

Store *
store_open_with(const char *path, StoreMode mode, const StoreOptions *options, GError **error)
{
  static const StoreOptions patience = {.wait_ms = TRY_WAIT_MS};
  if (options == NULL && mode == STORE_TRY)
    options = &patience;
  g_autoptr(Store) store = store_new(path, options);
  return open_checked(store, mode, error) ? g_steal_pointer(&store) : NULL;
}

Store *
store_open(const char *path, StoreMode mode, GError **error)
{
  return store_open_with(path, mode, NULL, error);
}

bool
store_has_moved(Store *store)
{
  int moved = 0;
  return sqlite3_file_control(store->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK &&
         moved != 0;
}

/* Half of SQLite's default. A delivery adds rows of some 300 octets and changes a dozen pages for
 * it, each of which is read, copied, checksummed and written. Checkpoints are half as frequent. */
static bool
set_page_size(Store *store, GError **error)
{
  g_autofree char *sql = g_strdup_printf("PRAGMA page_size = %d", STORE_PAGE);
  return store_exec(store, sql, error);
}

Store *
store_open_draft(const char *path, GError **error)
{
  g_autoptr(Store) store = store_new(path, NULL);
  return find_network(store, error) && connect(store, SQLITE_OPEN_READWRITE, error) &&
                 set_page_size(store, error) && migrate(store, error) && set_journal(store, error)
             ? g_steal_pointer(&store)
             : NULL;
}

void
store_free(Store *store)
{
  if (store == NULL)
    return;
  for (int i = 0; i < N_STATEMENTS; i++)
    sqlite3_finalize(store->statements[i]);
  sqlite3_close(store->db);
  if (store->ticket >= 0)
    close(store->ticket);
  g_free(store->path);
  g_free(store);
}

void
store_close_at_exit(Store *store)
{
  static G_GNUC_UNUSED Store *volatile left; /* so that leak checkers find the store */
  if (store->keeps_log)
    left = store;
  else
    store_free(store);
}
