/* What the files of the store share. Nobody else includes this. */
#pragma once

#include "store/store-decisions.h"
#include "store/store-hash.h"
#include "store/store-statement.h"
#include "store/store.h"

enum { STORE_PAGE = 2048 }; /* octets of a page of the database; set_page_size says why */

struct Store {
  sqlite3 *db;
  char *path;
  int ticket; /* descriptor of FILE.lock; -1 = none */
  int wait_ms;
  bool forgotten; /* somebody was, when the transaction began */
  bool keeps_log; /* it is short: the close does not copy it back */
  bool network;   /* no shared memory between hosts: rollback journal, ticket before open */
  guint8 sent_key[STORE_KEY_SIZE]; /* of the hashes in sent; read at first use */
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

/* An empty file made into a database that nobody else knows yet: no ticket, no log left behind. */
Store *store_open_draft(const char *path, GError **error);

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
