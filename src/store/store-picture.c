#include "config.h"

#include "store/store-picture.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "store/store-private.h"

static const char tables[] = "CREATE TABLE picture (what, name, week, month, last_day);"
                             "CREATE TEMP TABLE rules (reason, provider, party, class, rule)";

static const struct {
  int columns;
  const char *insert;
} rows[N_PICTURES] = {
    [PICTURE_FAILURES] = {5, "INSERT INTO daily_sum VALUES (?1, ?2, ?3, ?4, ?5, 0, 0, 0,"
                             " 86400 * ?1, 86400 * ?1 + 86399, 0, 0)"},
    [PICTURE_RECENT] = {7, "INSERT INTO daily VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, 0)"},
    [PICTURE_RULES] = {5, "INSERT INTO temp.rules VALUES (?1, ?2, ?3, ?4, ?5)"},
    [PICTURE_EVER] = {4, "INSERT INTO counter VALUES (?1, ?2, ?3, ?4)"},
    [PICTURE_LIST] = {3, "INSERT INTO tally (source, day, added, held) VALUES ('', ?1, ?2, ?3)"
                         " ON CONFLICT DO UPDATE SET added = added + excluded.added"},
    [PICTURE_MESSAGES] = {4, "INSERT INTO picture VALUES ('message', ?1, ?2, ?3, ?4)"},
    [PICTURE_COMPLAINTS] = {4, "INSERT INTO picture VALUES ('complaint', ?1, ?2, ?3, ?4)"},
    [PICTURE_HOSTS] = {2, "INSERT INTO picture VALUES ('host', NULL, ?1, NULL, ?2)"},
};

/* Each rule is that of one failure, without a recipient and long ago. What PICTURE_RECENT does not
 * tell is of no list and no domain. */
static const char *const settlements[] = {
    "INSERT INTO message (message_id, digest, kind, received_at, size, notes, recipients, repeated)"
    " SELECT 1, zeroblob(32), 'other', last_day, 0, 0, 0, 0 FROM picture WHERE what = 'host'",
    "INSERT INTO failure (message_id, failed_at, provider, class, reason, party, rule)"
    " SELECT 1, 0, nullif(provider, ''), class, reason, party, rule"
    " FROM temp.rules JOIN reason USING (reason, party)",
    "UPDATE daily_sum SET last_id = f.failure_id FROM failure AS f"
    " WHERE f.reason = daily_sum.reason AND coalesce(f.provider, '') = daily_sum.provider",
    "UPDATE guard SET summed_to = (SELECT coalesce(max(failure_id), 0) FROM failure)",
    "INSERT INTO daily SELECT day, class, reason, provider, '', '', s.failures - told, 0, 0"
    " FROM (SELECT s.*, (SELECT coalesce(sum(d.failures), 0) FROM daily AS d WHERE d.day = s.day"
    "        AND d.class = s.class AND d.reason = s.reason AND d.provider = s.provider) AS told"
    "       FROM daily_sum AS s) AS s WHERE s.failures > told"
    " ON CONFLICT DO UPDATE SET failures = failures + excluded.failures",
    "INSERT INTO list_sum SELECT days, iif(days = 1, d.day, " WEEK_OF(
        "d.day") "), d.class,"
                 "  d.reason, d.provider, d.list_id, sum(d.failures), max(s.last_id)"
                 " FROM daily AS d JOIN daily_sum AS s USING (day, class, reason, provider)"
                 " JOIN (SELECT 1 AS days UNION ALL SELECT 7) GROUP BY 1, 2, 3, 4, 5, 6",
};

static bool
make_empty(const char *path, GError **error)
{
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0)
    return throw_errno(error, "%s: cannot create", path);
  close(fd);
  return true;
}

Store *
store_picture_new(const char *path, GError **error)
{
  g_autoptr(Store) store = make_empty(path, error) ? store_open_draft(path, error) : NULL;
  return store != NULL && store_exec(store, tables, error) && store_exec(store, "BEGIN", error)
             ? g_steal_pointer(&store)
             : NULL;
}

bool
store_picture_add(Store *store, PictureTable table, const char *const *values, GError **error)
{
  sqlite3_stmt *statement = NULL;
  if (sqlite3_prepare_v2(store->db, rows[table].insert, -1, &statement, NULL) != SQLITE_OK)
    return store_fail(store, "cannot write", error);
  for (int i = 0; i < rows[table].columns; i++)
    sqlite3_bind_text(statement, i + 1, values[i] != NULL ? values[i] : "", -1, SQLITE_STATIC);
  bool ok = sqlite3_step(statement) == SQLITE_DONE || store_fail(store, "cannot write", error);
  sqlite3_finalize(statement);
  return ok;
}

bool
store_picture_finish(Store *store, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS(settlements); i++)
    if (!store_run(store, settlements[i], NULL, error))
      return false;
  return store_exec(store, "COMMIT", error);
}

bool
store_picture_hosts(Store *store, gint64 *hosts, GError **error)
{
  gint64 picture;
  *hosts = 0;
  if (!store_get_int(store, "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'picture')",
                     NULL, &picture, error))
    return false;
  return picture == 0 ||
         store_get_int(store, "SELECT CAST(week AS INTEGER) FROM picture WHERE what = 'host'", NULL,
                       hosts, error);
}

bool
store_picture_sources(Store *store, PictureTable table, StoreRowFunc func, gpointer data,
                      GError **error)
{
  return store_query(store,
                     "SELECT nullif(name, '') AS provider, CAST(week AS INTEGER) AS week,"
                     "  CAST(month AS INTEGER) AS month, CAST(last_day AS INTEGER) AS last_day"
                     " FROM picture WHERE what = :what ORDER BY 3 DESC, 1",
                     VALUES(TEXT(":what", table == PICTURE_MESSAGES ? "message" : "complaint")),
                     func, data, error);
}
