/* SQL statements: preparing, binding and stepping them. For the files of the store only. Every
 * failure is TEMPFAIL and says "FILE: cannot read: why", or "cannot write". */
#pragma once

#include <sqlite3.h>

#include "store/store-row.h"
#include "store/store.h"

/* Sets *error to "FILE: what: why" from SQLite's last error, and returns false. */
bool store_fail(const Store *store, const char *what, GError **error);

/* --- values --- */

/* The value of a parameter. VALUES makes an array, which an element without a name ends. Values
 * whose parameter the statement does not have are ignored. */
typedef struct {
  const char *name; /* ":address" */
  enum { STORE_TEXT, STORE_TEXT_COPY, STORE_ADDRESS, STORE_INT, STORE_BLOB, STORE_COLUMN } type;
  bool or_null; /* "" and 0 are stored as NULL */
  int size;     /* octets of the blob */
  union {
    const char *text; /* NULL is stored as NULL */
    gint64 number;
    const guint8 *blob;
    sqlite3_value *column;
  };
} StoreValue;

/* Text and blobs are borrowed until the statement is reset or finalized; TEXT_COPY is for text that
 * does not live that long. COLUMN takes a value from the current row of another statement. */
#define TEXT(parameter, value)                                                                     \
  ((StoreValue){.name = (parameter), .type = STORE_TEXT, .text = (value)})
#define TEXT_OR_NULL(parameter, value)                                                             \
  ((StoreValue){.name = (parameter), .type = STORE_TEXT, .or_null = true, .text = (value)})
#define TEXT_COPY(parameter, value)                                                                \
  ((StoreValue){.name = (parameter), .type = STORE_TEXT_COPY, .text = (value)})
#define ADDRESS(parameter, value)                                                                  \
  ((StoreValue){.name = (parameter), .type = STORE_ADDRESS, .text = (value)})
#define INT(parameter, value)                                                                      \
  ((StoreValue){.name = (parameter), .type = STORE_INT, .number = (value)})
#define INT_OR_NULL(parameter, value)                                                              \
  ((StoreValue){.name = (parameter), .type = STORE_INT, .or_null = true, .number = (value)})
#define BLOB(parameter, octets, length)                                                            \
  ((StoreValue){.name = (parameter), .type = STORE_BLOB, .size = (length), .blob = (octets)})
#define COLUMN(parameter, row, index)                                                              \
  ((StoreValue){                                                                                   \
      .name = (parameter), .type = STORE_COLUMN, .column = sqlite3_column_value((row), (index))})
#define VALUES(...) ((const StoreValue[]){__VA_ARGS__, {0}})

void store_bind(sqlite3_stmt *statement, const StoreValue *values); /* values nullable */

/* --- a statement that is used once --- */

/* For its rows, or for what it changes. values: nullable. */
bool store_query(Store *store, const char *sql, const StoreValue *values, StoreRowFunc func,
                 gpointer data, GError **error);
bool store_run(Store *store, const char *sql, const StoreValue *values, GError **error);

/* The first column of the first row; 0, or NULL, if there is no row. (transfer full) */
bool store_get_int(Store *store, const char *sql, const StoreValue *values, gint64 *out,
                   GError **error);
bool store_get_text(Store *store, const char *sql, const StoreValue *values, char **out,
                    GError **error);

/* Appends the first column of every row, which is not NULL (element-type char*). */
bool store_get_texts(Store *store, const char *sql, const StoreValue *values, GPtrArray *out,
                     GError **error);

/* Runs any number of statements, which take no values. */
bool store_exec(Store *store, const char *sql, GError **error);

/* For a caller that steps. (transfer full); NULL on error. */
sqlite3_stmt *store_prepare(Store *store, const char *sql, const StoreValue *values,
                            GError **error);

/* --- a statement that is used for every message --- */

/* These are prepared at first use and kept until the store is closed. */
typedef enum {
  STATEMENT_MESSAGE,
  STATEMENT_MESSAGE_ID,
  STATEMENT_KNOWN,
  STATEMENT_FAILURE,
  STATEMENT_COUNT,
  STATEMENT_COUNTER,
  STATEMENT_DELAY,
  STATEMENT_DELIVERY,
  STATEMENT_COMPLAINT,
  STATEMENT_SENT_KEY,
  STATEMENT_SENT,
  STATEMENT_SENT_MESSAGE_ADD,
  STATEMENT_QUEUED_ADD,
  STATEMENT_QUEUED_REMOVE,
  STATEMENT_SENT_ADD,
  STATEMENT_RETURN_PATH_ADD,
  STATEMENT_STATE,
  STATEMENT_TOLD,
  STATEMENT_NAME,
  STATEMENT_NAMED,
  STATEMENT_NEW_FAILURE,
  STATEMENT_NEW_COMPLAINT,
  STATEMENT_LOOK,
  STATEMENT_LOOK_BACK,
  STATEMENT_OVERRIDE,
  STATEMENT_GUARD,
  STATEMENT_GUARD_UNPROVEN,
  STATEMENT_GUARD_SOURCE,
  STATEMENT_ENTRY,
  STATEMENT_DECIDE,
  STATEMENT_DECIDE_COMPLAINT,
  STATEMENT_DECIDE_HISTORY,
  STATEMENT_REACHED,
  STATEMENT_RETURN_PATH_OF,
  STATEMENT_VERDICT,
  STATEMENT_UNKNOWN,
  STATEMENT_WAVE_DOMAIN,
  STATEMENT_SET_ASIDE,
  STATEMENT_ACCEPTED,
  STATEMENT_WRITER,
  N_STATEMENTS
} StatementId;

/* Like store_run and store_get_int. */
bool store_run_kept(Store *store, StatementId id, const char *sql, const StoreValue *values,
                    GError **error);
bool store_get_int_kept(Store *store, StatementId id, const char *sql, const StoreValue *values,
                        gint64 *out, GError **error);

/* For a caller that steps. Borrowed; g_autoptr(KeptStatement) resets it. NULL on error. Parameters
 * without a value are NULL. */
typedef sqlite3_stmt KeptStatement;
KeptStatement *store_statement(Store *store, StatementId id, const char *sql,
                               const StoreValue *values, GError **error);

/* Prepares it, so that store_statement() need not. */
bool store_expect(Store *store, StatementId id, const char *sql, GError **error);

/* --- stepping --- */

/* *found: there is another row. Its columns are valid until the next step or reset. */
bool store_step(Store *store, sqlite3_stmt *statement, bool *found, GError **error);

/* For a statement that always has a row: having none is an error. */
bool store_step_row(Store *store, sqlite3_stmt *statement, GError **error);

/* For a statement without rows. */
bool store_finish(Store *store, sqlite3_stmt *statement, GError **error);

/* Text in the current row; NULL = absent. Borrowed like the row. */
const char *store_column_text(sqlite3_stmt *statement, int column);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(sqlite3_stmt, sqlite3_finalize)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(KeptStatement, sqlite3_reset)
