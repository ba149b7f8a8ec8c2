#include "config.h"

#include "store/store-admin.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "store/store-private.h"

typedef struct {
  const char *heading;
  GPtrArray *findings;
} Check;

static bool
add_finding(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)n, (void)error;
  const Check *check = data;
  g_ptr_array_add(check->findings, g_strdup_printf("%s: %s", check->heading, cells[0].text));
  return true;
}

/* Every row of the query is a finding. */
static bool
look(Store *store, const char *heading, const char *sql, GPtrArray *findings, GError **error)
{
  return store_query(store, sql, NULL, add_finding, &(Check){heading, findings}, error);
}

/* A mail server may limit the size of the files that its commands write, and so of the database. */
static void
check_size_limit(const Store *store, GPtrArray *findings)
{
  struct rlimit limit;
  struct stat st;
  if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
      stat(store->path, &st) == 0 && (rlim_t)st.st_size > limit.rlim_cur / 10 * 9)
    g_ptr_array_add(findings, g_strdup_printf("size: %" G_GINT64_FORMAT " of the %" G_GINT64_FORMAT
                                              " octets that this process may write to a file"
                                              " (Postfix: mailbox_size_limit)",
                                              (gint64)st.st_size, (gint64)limit.rlim_cur));
}

/* A copy, which others may read, has no lock file. */
static void
check_access(const Store *store, GPtrArray *findings)
{
  struct stat st;
  g_autofree char *lock = g_strconcat(store->path, ".lock", NULL);
  if (access(lock, F_OK) == 0 && stat(store->path, &st) == 0 && (st.st_mode & 0077) != 0)
    g_ptr_array_add(findings, g_strdup_printf("mode: %03o gives others access; 600 is enough",
                                              (unsigned)st.st_mode & 07777));
}

/* Triggers prevent such entries, unless somebody drops the triggers. */
static const char unfounded[] =
    "SELECT address FROM entry AS e"
    " WHERE NOT EXISTS (SELECT 1 FROM failure AS f WHERE f.failure_id = e.failure_id"
    "   AND f.message_id = e.message_id AND f.reason = e.reason AND f.address = e.address"
    "   AND f.counting = 1 AND f.party NOT IN ('sender', 'message'))"
    " AND NOT EXISTS (SELECT 1 FROM complaint AS c WHERE c.complaint_id = e.complaint_id"
    "   AND c.message_id = e.message_id AND c.address = e.address AND c.counting = 1)"
    " AND NOT EXISTS (SELECT 1 FROM override AS o WHERE e.reason = 'manual'"
    "   AND o.address = e.address AND o.verdict = 'suppress')";

/* On a host of a fleet; stale: until the whole list has been read again. */
static const char not_fleets[] =
    " AND NOT EXISTS (SELECT 1 FROM fleet_list AS l WHERE e.message_id = 0"
    "   AND l.address = e.address AND l.reason = e.reason AND l.state IN ('listed', 'stale'))";

/* Counts that are not the number of their failures, as far as these are still there. Both are added
 * up in one pass: a join of the two would compare each count with every failure of its reason. */
static const char miscounted[] =
    "SELECT date(day * 86400, 'unixepoch') || ' ' || reason || ': ' || sum(counts) || ' counted, '"
    "   || sum(found) || ' recorded'"
    " FROM (SELECT day, class, reason, provider, list_id, recipient_domain, failures AS counts,"
    "   0 AS found FROM daily WHERE day >= " COUNTED_FROM
    "  UNION ALL SELECT failed_at / 86400, class, reason, coalesce(provider, ''),"
    "   coalesce(list_id, ''), coalesce(recipient_domain, ''), 0, 1"
    "  FROM failure JOIN message USING (message_id) WHERE failed_at >= 86400 * " COUNTED_FROM ")"
    " GROUP BY day, class, reason, provider, list_id, recipient_domain"
    " HAVING sum(counts) <> sum(found)"
    " LIMIT 100";

#define SUMMED                                                                                     \
  "failure WHERE failed_at >= 86400 * " COUNTED_FROM                                               \
  " AND failure_id <= (SELECT summed_to FROM guard)"

/* Once something is pruned, nobody knows any longer which addresses had failed before. */
static const char missummed[] =
    "SELECT date(d.day * 86400, 'unixepoch') || ' ' || d.reason || ': ' || d.failures"
    "   || ' summed up, ' || coalesce(f.n, 0) || ' recorded'"
    " FROM daily_sum AS d LEFT JOIN (SELECT day, class, reason,"
    "   coalesce(provider, '') AS provider, count(*) AS n, min(failed_at) AS first_at,"
    "   max(failed_at) AS last_at FROM " SUMMED
    "  GROUP BY 1, 2, 3, 4) AS f USING (day, class, reason, provider)"
    " WHERE d.day >= " COUNTED_FROM " AND (d.failures, d.first_at, d.last_at)"
    "   IS NOT (f.n, f.first_at, f.last_at)"
    " UNION ALL SELECT date(day * 86400, 'unixepoch') || ' ' || class || ': recipients'"
    " FROM (SELECT day, class, sum(recipients) AS counted FROM daily_sum GROUP BY day, class)"
    " JOIN (SELECT day, class, count(DISTINCT address) AS n FROM " SUMMED
    "  GROUP BY day, class) USING (day, class) WHERE counted <> n"
    " UNION ALL SELECT reason || ' ' || provider || ' ' || class || ': ' || counted"
    "   || ' recipients counted, ' || n || ' recorded' FROM"
    "  (SELECT reason, provider, class, sum(of_class) AS counted FROM daily_sum GROUP BY 1, 2, 3)"
    " JOIN (SELECT reason, coalesce(provider, '') AS provider, class,"
    "   count(DISTINCT address) AS n FROM " SUMMED " GROUP BY 1, 2, 3)"
    " USING (reason, provider, class) WHERE counted <> n AND " COUNTED_FROM " = 0"
    " LIMIT 100";

/* Sums by list that are not those of daily, or weeks that are not their days. */
static const char mislisted[] =
    "SELECT date(day * 86400, 'unixepoch') || ' ' || reason || ' by list: ' || sum(failures)"
    "   || ' more than summed up' FROM"
    " (SELECT 1 AS days, day, class, reason, provider, list_id, failures FROM daily"
    "  UNION ALL SELECT 7, " WEEK_OF("day") ", class, reason, provider, list_id, failures FROM"
                                            "   list_sum WHERE days = 1"
                                            "  UNION ALL SELECT days, day, class, reason, "
                                            "provider, list_id, -failures FROM list_sum"
                                            "  UNION ALL SELECT 1, day, class, reason, "
                                            "coalesce(provider, ''), coalesce(list_id, ''), -1"
                                            "   FROM failure JOIN message USING (message_id)"
                                            "   WHERE failure_id > (SELECT summed_to FROM guard))"
                                            " GROUP BY days, day, class, reason, provider, list_id "
                                            "HAVING sum(failures) <> 0 LIMIT 100";

/* Times that are not those of the failures that are summed up. */
static const char mistimed[] =
    "SELECT date(day * 86400, 'unixepoch') || ' ' || class || ' within ' || seconds || ' s: '"
    "   || sum(counts) || ' summed up, ' || sum(found) || ' recorded' FROM"
    " (SELECT day, class, provider, seconds, failures AS counts, 0 AS found FROM time_sum"
    "   WHERE day >= " COUNTED_FROM
    "  UNION ALL SELECT failed_at / 86400, class, coalesce(provider, ''), " TIME_TO_BOUNCE ", 0, 1"
    "   FROM failure JOIN message USING (message_id) WHERE sent_at IS NOT NULL"
    "    AND failed_at >= 86400 * " COUNTED_FROM
    "    AND failure_id <= (SELECT summed_to FROM guard))"
    " GROUP BY day, class, provider, seconds HAVING sum(counts) <> sum(found) LIMIT 100";

static bool
look_for_unfounded(Store *store, GPtrArray *findings, GError **error)
{
  bool in_fleet;
  if (!store_in_fleet(store, &in_fleet, error))
    return false;
  g_autofree char *query = g_strconcat(unfounded, in_fleet ? not_fleets : "", NULL);
  return look(store, "suppression without a reason", query, findings, error);
}

bool
store_check(Store *store, GPtrArray *findings, GError **error)
{
  check_access(store, findings);
  check_size_limit(store, findings);
  return look(store, "damage",
              "SELECT integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'",
              findings, error) &&
         look(store, "reference",
              "SELECT \"table\" || ' ' || coalesce(rowid, '') || ' refers to a missing ' || parent"
              " FROM pragma_foreign_key_check",
              findings, error) &&
         look_for_unfounded(store, findings, error) &&
         look(store, "wrong count", miscounted, findings, error) &&
         look(store, "wrong sum", missummed, findings, error) &&
         look(store, "wrong sum", mislisted, findings, error) &&
         look(store, "wrong sum", mistimed, findings, error);
}

/* VACUUM INTO omits what was erased, and makes a file without a log, which even users who may not
 * write in its folder can read. It attaches the copy, hence the limit. */
static bool
copy_into(Store *store, const char *path, GError **error)
{
  sqlite3_limit(store->db, SQLITE_LIMIT_ATTACHED, 1);
  bool ok = store_run(store, "VACUUM INTO :path", VALUES(TEXT(":path", path)), error);
  sqlite3_limit(store->db, SQLITE_LIMIT_ATTACHED, 0);
  return ok;
}

/* SQLite's error would blame the database. It writes into an empty file. */
static bool
create(const char *path, GError **error)
{
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (fd < 0)
    return throw_errno(error, "%s: cannot create", path);
  close(fd);
  return true;
}

bool
store_snapshot(Store *store, const char *path, GError **error)
{
  g_autofree char *draft = g_strconcat(path, ".new", NULL);
  if (!atomic_file_check_folder(path, error))
    return false;
  if (unlink(draft) != 0 && errno != ENOENT)
    return throw_errno(error, "%s: cannot remove", draft);
  if (!create(draft, error))
    return false;
  if (copy_into(store, draft, error) && atomic_file_replace(draft, path, error))
    return true;
  unlink(draft);
  return false;
}
