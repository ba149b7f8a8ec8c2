#include "config.h"

#include "fleet/session.h"

#include <string.h>

#include "base/text.h"

enum { TRIES = 8, PAUSE_MS = 20 };

/* libpq's messages have several lines. (transfer full) */
static char *
in_one_line(const char *text)
{
  g_autofree char *copy = g_strstrip(g_strdup(text));
  g_auto(GStrv) lines = g_strsplit(copy, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    g_strstrip(*line);
  return g_strjoinv("; ", lines);
}

static bool
fail(const PGconn *connection, const char *what, GError **error)
{
  g_autofree char *why = in_one_line(PQerrorMessage(connection));
  return throw(error, BOUNCEDB_ERROR_TEMPFAIL, "%s: %s", what, why);
}

static bool
has_password(const PQconninfoOption *options)
{
  for (; options->keyword != NULL; options++)
    if (strcmp(options->keyword, "password") == 0 && options->val != NULL)
      return true;
  return false;
}

static bool
check_connection(const char *connection, GError **error)
{
  char *why = NULL;
  PQconninfoOption *options = PQconninfoParse(connection, &why);
  bool password = options != NULL && has_password(options);
  PQconninfoFree(options);
  if (options == NULL) {
    g_autofree char *text = in_one_line(why != NULL ? why : "no memory");
    PQfreemem(why);
    return throw(error, BOUNCEDB_ERROR_CONFIG, "[fleet] connection: %s", text);
  }
  return !password || throw(error, BOUNCEDB_ERROR_CONFIG,
                            "[fleet] connection: a password does not belong here; put it into a"
                            " file, and name that with passfile=");
}

Session *
session_open(const char *connection, GError **error)
{
  /* what comes later wins */
  static const char *const names[] = {"sslmode",
                                      "connect_timeout",
                                      "keepalives_idle",
                                      "keepalives_interval",
                                      "keepalives_count",
                                      "tcp_user_timeout",
                                      "fallback_application_name",
                                      "dbname",
                                      NULL};
  const char *const values[] = {"verify-full", "10",       "5",        "2", "3",
                                "10000",       "bouncedb", connection, NULL};
  if (!check_connection(connection, error))
    return NULL;
  g_autoptr(Session) session = PQconnectdbParams(names, values, 1);
  if (session == NULL || PQstatus(session) != CONNECTION_OK) {
    fail(session, "cannot reach the fleet", error);
    return NULL;
  }
  return g_steal_pointer(&session);
}

static bool
succeeded(const PGresult *result)
{
  ExecStatusType status = PQresultStatus(result);
  return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
}

static bool
is_in_the_way(const char *state)
{
  return strcmp(state, "40001") == 0 || strcmp(state, "40P01") == 0;
}

static void
fail_call(const PGconn *session, const PGresult *result, GError **error)
{
  const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
  g_autofree char *why = in_one_line(primary != NULL ? primary : PQerrorMessage(session));
  g_autofree char *more = in_one_line(detail != NULL ? detail : "");
  throw(error, BOUNCEDB_ERROR_TEMPFAIL, "the fleet: %s%s%s", why, *more != '\0' ? "; " : "", more);
}

/* The result of a statement, which is run again while others are in its way. */
static Rows *
insist(Session *session, Rows *first, const char *sql, const char *const *values, int n,
       char state[SESSION_STATE_SIZE], GError **error)
{
  g_autoptr(Rows) result = first;
  for (int tries = 1; !succeeded(result); tries++) {
    const char *code = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    if (state != NULL)
      g_strlcpy(state, code != NULL ? code : "", SESSION_STATE_SIZE);
    if (code == NULL || !is_in_the_way(code) || tries == TRIES) {
      fail_call(session, result, error);
      return NULL;
    }
    g_usleep((gulong)g_random_int_range(PAUSE_MS, PAUSE_MS << tries) * 1000);
    PQclear(result);
    result = PQexecParams(session, sql, n, NULL, values, NULL, NULL, 0);
  }
  return g_steal_pointer(&result);
}

Rows *
session_call(Session *session, const char *sql, const char *const *values, int n,
             char state[SESSION_STATE_SIZE], GError **error)
{
  return insist(session, PQexecParams(session, sql, n, NULL, values, NULL, NULL, 0), sql, values, n,
                state, error);
}

bool
session_send(Session *session, const char *sql, const char *const *values, int n, GError **error)
{
  return PQsendQueryParams(session, sql, n, NULL, values, NULL, NULL, 0) == 1 ||
         fail(session, "the fleet", error);
}

Rows *
session_receive(Session *session, const char *sql, const char *const *values, int n,
                char state[SESSION_STATE_SIZE], GError **error)
{
  Rows *result = PQgetResult(session);
  for (Rows *end = PQgetResult(session); end != NULL; end = PQgetResult(session))
    PQclear(end);
  return insist(session, result, sql, values, n, state, error);
}

bool
session_exec(Session *session, const char *sql, GError **error)
{
  g_autoptr(Rows) result = PQexec(session, sql);
  if (succeeded(result))
    return true;
  fail_call(session, result, error);
  return false;
}

const char *
session_text(const Rows *rows, int row, int column)
{
  return PQgetisnull(rows, row, column) ? NULL : PQgetvalue(rows, row, column);
}

gint64
session_int(const Rows *rows, int row, int column)
{
  const char *text = session_text(rows, row, column);
  return text != NULL ? g_ascii_strtoll(text, NULL, 10) : 0;
}
