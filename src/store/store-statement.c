#include "config.h"

#include "store/store-statement.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "mail/address.h"
#include "store/store-access.h"
#include "store/store-private.h"

/* --- errors --- */

/* Whether the database or its log has reached the file size limit. SQLite may have made other
 * system calls since the failed write, and have lost its errno. */
static bool
is_at_size_limit(const Store *store)
{
  struct rlimit limit;
  if (getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return false;
  static const char *const suffixes[] = {"", "-wal"};
  for (gsize i = 0; i < G_N_ELEMENTS(suffixes); i++) {
    g_autofree char *name = g_strconcat(store->path, suffixes[i], NULL);
    struct stat st;
    if (stat(name, &st) == 0 && (rlim_t)st.st_size + STORE_PAGE > limit.rlim_cur)
      return true;
  }
  return false;
}

/* SQLite only says "unable to open database file". */
static bool
fail_to_open(const Store *store, const char *what, int system, GError **error)
{
  bool write = store->ticket >= 0;
  g_autofree char *problem = store_access_problem(store->path, write);
  if (problem == NULL)
    problem = g_strdup_printf("%s (%s)", sqlite3_errmsg(store->db),
                              system != 0 ? g_strerror(system) : "cause unknown");
  return throw(error, BOUNCEDB_ERROR_TEMPFAIL, "%s: %s: %s%s", store->path, what, problem,
               write ? "" : "; for other users, make a copy: bouncedb db snapshot");
}

bool
store_fail(const Store *store, const char *what, GError **error)
{
  int system = sqlite3_system_errno(store->db);
  bool failed_io = (sqlite3_errcode(store->db) & 0xff) == SQLITE_IOERR;
  if (system == EFBIG || (failed_io && is_at_size_limit(store)))
    return throw(error, BOUNCEDB_ERROR_TEMPFAIL,
                 "%s: %s: the file has reached the size limit of this process"
                 " (in Postfix, mailbox_size_limit applies to the database too)",
                 store->path, what);
  switch (sqlite3_errcode(store->db) & 0xff) {
  case SQLITE_NOTADB:
    return throw(error, BOUNCEDB_ERROR_TEMPFAIL, "%s: not a database, or damaged at its beginning",
                 store->path);
  case SQLITE_CORRUPT:
    return throw(error, BOUNCEDB_ERROR_TEMPFAIL,
                 "%s: the database is damaged; restore a copy, such as one of bouncedb db snapshot",
                 store->path);
  case SQLITE_CANTOPEN:
  case SQLITE_READONLY:
    return fail_to_open(store, what, system, error);
  case SQLITE_IOERR:
    return throw(error, BOUNCEDB_ERROR_TEMPFAIL, "%s: %s: %s (%s)", store->path, what,
                 sqlite3_errmsg(store->db), system != 0 ? g_strerror(system) : "cause unknown");
  default:
    return throw(error, BOUNCEDB_ERROR_TEMPFAIL, "%s: %s: %s", store->path, what,
                 sqlite3_errmsg(store->db));
  }
}

/* --- preparing and binding --- */

static void
bind_address(sqlite3_stmt *statement, int parameter, const char *address)
{
  g_autofree char *ascii = address_ascii(address);
  if (address == NULL || *address == '\0')
    return;
  if (ascii != NULL)
    sqlite3_bind_text(statement, parameter, ascii, -1, SQLITE_TRANSIENT);
  else
    sqlite3_bind_text(statement, parameter, address, -1, SQLITE_STATIC);
}

static void
bind_value(sqlite3_stmt *statement, int parameter, const StoreValue *value)
{
  switch (value->type) {
  case STORE_TEXT:
    if (!value->or_null || (value->text != NULL && *value->text != '\0'))
      sqlite3_bind_text(statement, parameter, value->text, -1, SQLITE_STATIC);
    break;
  case STORE_TEXT_COPY:
    sqlite3_bind_text(statement, parameter, value->text, -1, SQLITE_TRANSIENT);
    break;
  case STORE_ADDRESS:
    bind_address(statement, parameter, value->text);
    break;
  case STORE_INT:
    if (!value->or_null || value->number != 0)
      sqlite3_bind_int64(statement, parameter, value->number);
    break;
  case STORE_BLOB:
    sqlite3_bind_blob(statement, parameter, value->blob, value->size, SQLITE_STATIC);
    break;
  case STORE_COLUMN:
    sqlite3_bind_value(statement, parameter, value->column);
    break;
  }
}

/* Most values come in the order of their parameters. SQLite would compare the names one after the
 * other. 0 = there is no such parameter. */
static int
find_parameter(sqlite3_stmt *statement, const char *name, int guess)
{
  const char *guessed = sqlite3_bind_parameter_name(statement, guess);
  return guessed != NULL && strcmp(guessed, name) == 0
             ? guess
             : sqlite3_bind_parameter_index(statement, name);
}

void
store_bind(sqlite3_stmt *statement, const StoreValue *values)
{
  int before = 0;
  for (const StoreValue *value = values; value != NULL && value->name != NULL; value++) {
    int parameter = find_parameter(statement, value->name, before + 1);
    if (parameter == 0)
      continue;
    bind_value(statement, parameter, value);
    before = parameter;
  }
}

sqlite3_stmt *
store_prepare(Store *store, const char *sql, const StoreValue *values, GError **error)
{
  sqlite3_stmt *statement = NULL;
  if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK) {
    store_fail(store, "cannot read", error);
    return NULL;
  }
  store_bind(statement, values);
  return statement;
}

bool
store_expect(Store *store, StatementId id, const char *sql, GError **error)
{
  sqlite3_stmt **slot = &store->statements[id];
  return *slot != NULL ||
         sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, slot, NULL) ==
             SQLITE_OK ||
         store_fail(store, "cannot read", error);
}

KeptStatement *
store_statement(Store *store, StatementId id, const char *sql, const StoreValue *values,
                GError **error)
{
  sqlite3_stmt **slot = &store->statements[id];
  if (!store_expect(store, id, sql, error))
    return NULL;
  sqlite3_reset(*slot);
  sqlite3_clear_bindings(*slot);
  store_bind(*slot, values);
  return *slot;
}

/* --- stepping --- */

static const char *
failure_of(sqlite3_stmt *statement)
{
  return sqlite3_stmt_readonly(statement) ? "cannot read" : "cannot write";
}

bool
store_step(Store *store, sqlite3_stmt *statement, bool *found, GError **error)
{
  int result = sqlite3_step(statement);
  *found = result == SQLITE_ROW;
  return *found || result == SQLITE_DONE || store_fail(store, failure_of(statement), error);
}

bool
store_step_row(Store *store, sqlite3_stmt *statement, GError **error)
{
  bool found;
  return store_step(store, statement, &found, error) &&
         (found || store_fail(store, failure_of(statement), error));
}

bool
store_finish(Store *store, sqlite3_stmt *statement, GError **error)
{
  bool found;
  return store_step(store, statement, &found, error);
}

const char *
store_column_text(sqlite3_stmt *statement, int column)
{
  return (const char *)sqlite3_column_text(statement, column);
}

static bool
step_for_int(Store *store, sqlite3_stmt *statement, gint64 *out, GError **error)
{
  bool found;
  if (!store_step(store, statement, &found, error))
    return false;
  if (found)
    *out = sqlite3_column_int64(statement, 0);
  return true;
}

/* --- used once --- */

enum { CELLS_MAX = 32 };

static guint
read_cells(sqlite3_stmt *statement, StoreCell cells[CELLS_MAX])
{
  guint n = MIN((guint)sqlite3_column_count(statement), (guint)CELLS_MAX);
  for (guint i = 0; i < n; i++) {
    int type = sqlite3_column_type(statement, (int)i);
    cells[i] = (StoreCell){
        .name = sqlite3_column_name(statement, (int)i),
        .text = type == SQLITE_NULL ? NULL : store_column_text(statement, (int)i),
        .number = type == SQLITE_INTEGER,
        .value = sqlite3_column_int64(statement, (int)i),
    };
  }
  return n;
}

bool
store_query(Store *store, const char *sql, const StoreValue *values, StoreRowFunc func,
            gpointer data, GError **error)
{
  StoreCell cells[CELLS_MAX];
  bool found = false;
  g_autoptr(sqlite3_stmt) statement = store_prepare(store, sql, values, error);
  for (;;) {
    if (statement == NULL || !store_step(store, statement, &found, error))
      return false;
    if (!found)
      return true;
    if (!func(cells, read_cells(statement, cells), data, error))
      return false;
  }
}

bool
store_run(Store *store, const char *sql, const StoreValue *values, GError **error)
{
  g_autoptr(sqlite3_stmt) statement = store_prepare(store, sql, values, error);
  return statement != NULL && store_finish(store, statement, error);
}

bool
store_get_int(Store *store, const char *sql, const StoreValue *values, gint64 *out, GError **error)
{
  *out = 0;
  g_autoptr(sqlite3_stmt) statement = store_prepare(store, sql, values, error);
  return statement != NULL && step_for_int(store, statement, out, error);
}

bool
store_get_text(Store *store, const char *sql, const StoreValue *values, char **out, GError **error)
{
  bool found;
  *out = NULL;
  g_autoptr(sqlite3_stmt) statement = store_prepare(store, sql, values, error);
  if (statement == NULL || !store_step(store, statement, &found, error))
    return false;
  if (found)
    *out = g_strdup(store_column_text(statement, 0));
  return true;
}

static bool
collect_text(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  if (n > 0)
    g_ptr_array_add(data, g_strdup(cells[0].text));
  return true;
}

bool
store_get_texts(Store *store, const char *sql, const StoreValue *values, GPtrArray *out,
                GError **error)
{
  return store_query(store, sql, values, collect_text, out, error);
}

bool
store_exec(Store *store, const char *sql, GError **error)
{
  return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK ||
         store_fail(store, "cannot write", error);
}

/* --- used for every message --- */

bool
store_run_kept(Store *store, StatementId id, const char *sql, const StoreValue *values,
               GError **error)
{
  g_autoptr(KeptStatement) statement = store_statement(store, id, sql, values, error);
  return statement != NULL && store_finish(store, statement, error);
}

bool
store_get_int_kept(Store *store, StatementId id, const char *sql, const StoreValue *values,
                   gint64 *out, GError **error)
{
  *out = 0;
  g_autoptr(KeptStatement) statement = store_statement(store, id, sql, values, error);
  return statement != NULL && step_for_int(store, statement, out, error);
}
