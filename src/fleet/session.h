/* A connection to the fleet's PostgreSQL. Every failure to reach it is TEMPFAIL, in libpq's words.
 */
#pragma once

#include <libpq-fe.h>

#include "base/error.h"

typedef PGconn Session;
typedef PGresult Rows;

/* connection: a connection string or URI of libpq. A password in it is an error (CONFIG): it would
 * be seen by others, so it belongs into a password file. Unless the string says otherwise, the
 * certificate of the server has to be valid for its name, and a server that does not reply for some
 * seconds is away. NULL on error. */
Session *session_open(const char *connection, GError **error);

/* What a statement that failed says about its cause. */
enum { SESSION_STATE_SIZE = 6 };

/* Runs one statement, with parameters in text (a NULL is NULL). If others were in its way
 * (deadlock, serialization), tries again. state (nullable): SQLSTATE of an error, "" if the server
 * did not reply. NULL on error. (transfer full) */
Rows *session_call(Session *session, const char *sql, const char *const *values, int n,
                   char state[SESSION_STATE_SIZE], GError **error);

/* The same in two parts: session_send() does not wait for the result. Nothing else may be called
 * before session_receive(), which needs the same arguments. */
bool session_send(Session *session, const char *sql, const char *const *values, int n,
                  GError **error);
Rows *session_receive(Session *session, const char *sql, const char *const *values, int n,
                      char state[SESSION_STATE_SIZE], GError **error);

/* Runs any number of statements. */
bool session_exec(Session *session, const char *sql, GError **error);

/* A value; NULL = absent. Borrowed from rows. */
const char *session_text(const Rows *rows, int row, int column);
gint64 session_int(const Rows *rows, int row, int column); /* 0 = absent */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Session, PQfinish)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Rows, PQclear)
