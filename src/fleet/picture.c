#include "config.h"

#include "fleet/picture.h"

#include "store/store-picture.h"

/* $1: today. A report has the last year, and the trends in it look back further; lists and domains
 * are told apart for 30 days. */
#define TODAY "$1::integer"
#define SINCE "(($1::bigint - 29) * 86400)"
#define MONTH(source)                                                                              \
  "sum(n) FILTER (WHERE day > " TODAY " - 7), sum(n), max(day) FROM " source                       \
  " WHERE day BETWEEN " TODAY " - 29 AND " TODAY

static const struct {
  int parameters;
  const char *sql;
} queries[N_PICTURES] = {
    [PICTURE_FAILURES] = {1, "SELECT day, class, reason, provider, sum(failures) FROM fleet.daily"
                             " WHERE day > " TODAY " - 400"
                             " GROUP BY 1, 2, 3, 4 HAVING sum(failures) > 0"},
    [PICTURE_RECENT] = {1, "SELECT * FROM fleet.recent_failures(" SINCE ", 200000)"},
    [PICTURE_RULES] = {1, "SELECT * FROM fleet.recent_rules(" SINCE ")"},
    [PICTURE_EVER] = {0, "SELECT class, reason, provider, sum(failures) FROM fleet.daily"
                         " GROUP BY 1, 2, 3"},
    [PICTURE_LIST] = {0, "SELECT day, added, held FROM fleet.tally WHERE source = ''"
                         " UNION ALL SELECT 0, fleet.manual_entries(), 0"},
    [PICTURE_MESSAGES] = {1, "SELECT kind, " MONTH("(SELECT day, kind, messages AS n"
                                                   " FROM fleet.messages) AS m") " GROUP BY kind"},
    [PICTURE_COMPLAINTS] = {1, "SELECT provider, " MONTH("(SELECT day, provider, complaints AS n"
                                                         " FROM fleet.recent_complaints(" SINCE
                                                         ")) AS c") " GROUP BY provider"},
    [PICTURE_HOSTS] = {0, "SELECT count(*),"
                          " coalesce(extract(epoch FROM now())::bigint - min(pushed_ago), 0)"
                          " FROM fleet.host_lag"},
};

static bool
copy_rows(Session *session, Store *store, PictureTable table, const char *today, GError **error)
{
  g_autoptr(Rows) rows =
      session_call(session, queries[table].sql, &today, queries[table].parameters, NULL, error);
  if (rows == NULL)
    return false;
  for (int row = 0; row < PQntuples(rows); row++) {
    const char *values[PICTURE_COLUMNS_MAX] = {NULL};
    for (int i = 0; i < MIN(PQnfields(rows), PICTURE_COLUMNS_MAX); i++)
      values[i] = session_text(rows, row, i);
    if (!store_picture_add(store, table, values, error))
      return false;
  }
  return true;
}

/* All of it is of one moment. */
bool
picture_write(Session *session, const char *path, gint64 now, GError **error)
{
  g_autofree char *today = g_strdup_printf("%" G_GINT64_FORMAT, now / 86400);
  g_autoptr(Store) store = store_picture_new(path, error);
  bool ok = store != NULL &&
            session_exec(session, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", error);
  for (int table = 0; ok && table < N_PICTURES; table++)
    ok = copy_rows(session, store, (PictureTable)table, today, error);
  return ok && session_exec(session, "COMMIT", error) && store_picture_finish(store, error);
}
