/* What the files of the store share. Nobody else includes this. */
#pragma once

#include <sqlite3.h>

#include "store/store-decisions.h"
#include "store/store.h"

typedef enum {
  STATEMENT_MESSAGE,
  STATEMENT_MESSAGE_ID,
  STATEMENT_FAILURE,
  STATEMENT_DELAY,
  STATEMENT_DELIVERY,
  STATEMENT_COMPLAINT,
  STATEMENT_SENT,
  STATEMENT_SENT_ADD,
  STATEMENT_SENT_FORGET,
  STATEMENT_RETURN_PATH,
  STATEMENT_RETURN_PATH_ADD,
  STATEMENT_STATE,
  STATEMENT_TOLD,
  STATEMENT_NAME,
  STATEMENT_NEW_FAILURE,
  STATEMENT_NEW_COMPLAINT,
  STATEMENT_LOOK,
  STATEMENT_LOOK_BACK,
  STATEMENT_OVERRIDE,
  STATEMENT_GUARD,
  STATEMENT_GUARD_ALL,
  STATEMENT_GUARD_SOURCE,
  STATEMENT_ENTRY,
  STATEMENT_DECIDE,
  STATEMENT_DECIDE_COMPLAINT,
  STATEMENT_DECIDE_HISTORY,
  STATEMENT_REACHED,
  STATEMENT_RETURN_PATH_OF,
  STATEMENT_VERDICT,
  N_STATEMENTS
} StatementId;

struct Store {
  sqlite3 *db;
  char *path;
  int ticket; /* descriptor of FILE.lock; -1 = none */
  int wait_ms;
  bool forgotten;      /* somebody was, when the transaction began */
  bool keeps_log;      /* it is short: the close does not copy it back */
  bool network;        /* no shared memory between hosts: rollback journal, ticket before open */
  guint8 sent_key[32]; /* of the hashes in sent; read at first use */
  bool has_sent_key;
  sqlite3_stmt *statements[N_STATEMENTS]; /* prepared at first use, by StatementId */
};

/* store-ticket.c. The ticket is a flock on a file that is never unlinked: waiters are served in
 * order, which SQLite's own busy handler does not do. */
int ticket_open(const char *path, bool create, GError **error); /* -1 on error */
bool ticket_take(int ticket, int wait_ms, GError **error);
void ticket_give(int ticket);

/* The ticket's file is empty until a database has been made beside it. */
bool ticket_is_marked(int ticket);
bool ticket_mark(int ticket, GError **error);

/* False, with *error set from SQLite's last error: "FILE: what: why". */
bool store_fail(const Store *store, const char *what, GError **error);

bool store_exec(Store *store, const char *sql, GError **error);
bool store_get_int(Store *store, const char *sql, gint64 *out, GError **error);

/* store-query.c: one statement for one use, and what its rows say. The binding functions do nothing
 * where the statement has no such parameter; store_each_row takes the statement. */
bool store_prepare(Store *store, const char *sql, sqlite3_stmt **out, GError **error);
void store_bind_text(sqlite3_stmt *statement, const char *name, const char *value);
void store_bind_int(sqlite3_stmt *statement, const char *name, gint64 value);
bool store_each_row(Store *store, sqlite3_stmt *statement, StoreRowFunc func, gpointer data,
                    GError **error);

/* Prepared at first use and kept; reset and without bindings. Borrowed; NULL on error. */
sqlite3_stmt *store_statement(Store *store, StatementId id, const char *sql, GError **error);

/* An empty file made into a database that nobody else knows yet: no ticket, no log left behind. */
Store *store_open_draft(const char *path, GError **error);

/* Schema steps that are newer than the database, in one transaction. */
bool store_migrate(Store *store, GError **error);
gint64 store_schema_version(void); /* of this program */

/* One value for a statement. The last of an array has no name. */
typedef struct {
  const char *name; /* ":address" */
  const char *text; /* NULL = number, or NULL where that is NUMBER_NONE */
  gint64 number;
} StoreValue;

#define NUMBER_NONE G_MININT64

/* A statement that is used once: its rows, or what it changes. */
bool store_query(Store *store, const char *sql, const StoreValue *values, StoreRowFunc func,
                 gpointer data, GError **error);
bool store_run(Store *store, const char *sql, const StoreValue *values, GError **error);

/* The columns of a failure, joined with its message, that make a StoreFailure, which the caller has
 * cleared. */
#define FAILURE_COLUMNS                                                                            \
  "recipient, final_recipient, original_recipient, action, status, reply_code, stage,"             \
  " diagnostic, notice, remote_mta, provider, class, reason, rule, matched, masked,"               \
  " message.reporting_mta"
void store_read_failure(const StoreCell *cells, guint n, StoreFailure *out);

/* store-audit.c. A line of the audit; address and span may be NULL. */
bool store_audit(Store *store, const Decision *decision, const char *address, const Span *span,
                 gint64 rows, GError **error);

/* store-forget.c. address may be NULL: that is nobody. */
bool store_remember(Store *store, const char *address, bool *remembered, GError **error);

/* Takes from a statement of store-record.c what tells who the recipient is, where he was forgotten:
 * what is reported of him is recorded, but not that it was him. */
bool store_hide_forgotten(Store *store, sqlite3_stmt *statement, const Recipient *recipient,
                          GError **error);

/* store-guard.c. Whether an entry that comes at that time (seconds), from that source (a provider,
 * or a recipient's domain), has to wait for somebody's decision. */
bool store_guard(Store *store, const char *source, gint64 at, bool *held, GError **error);

/* store-weigh.c. What follows from a row that has just been recorded. */
bool store_weigh_failure(Store *store, gint64 failure_id, GError **error);
bool store_name_address(Store *store, gint64 failure_id,
                        GError **error); /* of one without weight */
bool store_weigh_delivery(Store *store, gint64 delivery_id, GError **error);
bool store_weigh_complaint(Store *store, gint64 complaint_id, GError **error);

/* Everything about this address (in lower case), weighed anew. What is on the list stays on it; so
 * whoever settles has taken off before what may be wrong. */
bool store_reconsider(Store *store, const char *address, GError **error);

/* The same for the address of a failure whose verdict was mended. */
bool store_reconsider_failure(Store *store, gint64 failure_id, GError **error);

/* The same for every address of which the query (one column) tells; values are its parameters. */
bool store_reconsider_all(Store *store, const char *sql, const StoreValue *values, GError **error);
