/* From what is reported to who is suppressed: in the transaction of the report, and only where it
 * can make a difference. What must never be, the schema refuses whatever is done here: an entry
 * that rests on nothing, on a fault of the sender, or on a failure that does not count.
 *
 * These are statements and not triggers because SQLite reads all triggers whenever it opens the
 * database, and prepares those of a table with every statement that writes to it; most deliveries
 * need none of them. */
#include "store-private.h"

#include <string.h>

/* A decision: the address comes on the list, unless it is there or somebody has decided otherwise;
 * at once, or held where the guard says so. Days on which something was held are no measure for
 * later ones, and fewer than three days are no history. What decided comes between the two
 * halves. */
#define DECIDE                                                                                     \
  "INSERT INTO entry (address, recipient, recipient_domain, provider, class, reason, since,"       \
  "  message_id, failure_id, complaint_id, days, span, window, state)"                             \
  " SELECT d.*, iif("                                                                              \
  "   (SELECT sum(added) FROM tally WHERE source = '' AND day = d.since / 86400)"                  \
  "     >= (SELECT cap FROM guard)"                                                                \
  "   OR (SELECT sum(iif(day = d.since / 86400, added, 0)) >="                                     \
  "         iif(sum(day < d.since / 86400 AND held = 0 AND added > 0) >= 3,"                       \
  "             max(20, (SELECT nullif(provider_factor, 0) FROM guard) *"                          \
  "                     max(iif(day < d.since / 86400 AND held = 0, added, 0))), NULL)"            \
  "       FROM tally WHERE source = coalesce(d.provider, d.recipient_domain, '?')"                 \
  "         AND day BETWEEN d.since / 86400 - 90 AND d.since / 86400),"                            \
  "   'held', 'active')"                                                                           \
  " FROM (SELECT "
#define UNLESS_DECIDED                                                                             \
  ") AS d WHERE NOT EXISTS (SELECT 1 FROM override AS o WHERE o.address = d.address)"              \
  " ON CONFLICT DO NOTHING"

#define OF_FAILURE                                                                                 \
  "f.address, f.recipient, f.recipient_domain, f.provider, f.class, f.reason, f.failed_at AS "     \
  "since,"                                                                                         \
  " f.message_id, f.failure_id, NULL, t.days, t.span, t.window"                                    \
  " FROM failure AS f JOIN threshold AS t USING (reason) WHERE f.failure_id = "

/* Enough different days, far enough apart, in the window that ends with last.day. */
#define REACHES                                                                                    \
  "(SELECT count(DISTINCT day) >= t.days AND last.day - min(day) >= t.span FROM failure"           \
  " WHERE address = :address AND reason = t.reason AND counting = 1"                               \
  "   AND day BETWEEN last.day - t.window + 1 AND last.day)"

/* Have the failures for this reason, from the day of the new one on, reached the threshold? Each
 * day that has a failure is taken as the last of a window; so it does not matter in which order an
 * archive is imported. The first failure recorded on the first such day is the one that decided. */
static const char decide_by_failure[] = DECIDE OF_FAILURE
    "(SELECT last.failure_id FROM threshold AS t,"
    "   (SELECT day, min(failure_id) AS failure_id FROM failure"
    "    WHERE address = :address AND reason = :reason AND counting = 1 AND day >= :day"
    "    GROUP BY day) AS last"
    " WHERE t.reason = :reason AND last.day < :day + t.window AND " REACHES
    " ORDER BY last.day LIMIT 1)" UNLESS_DECIDED;

/* Over all reasons: the threshold that was reached first. */
static const char decide_by_history[] = DECIDE OF_FAILURE
    "(SELECT last.failure_id FROM threshold AS t JOIN"
    "   (SELECT reason, day, min(failure_id) AS failure_id FROM failure"
    "    WHERE address = :address AND counting = 1 GROUP BY reason, day) AS last USING (reason)"
    " WHERE " REACHES " ORDER BY last.day, last.failure_id LIMIT 1)" UNLESS_DECIDED;

static const char decide_by_complaint[] =
    DECIDE "address, recipient, recipient_domain, provider, NULL, 'complaint',"
           " complained_at AS since, message_id, NULL, complaint_id, 1, 0, 1"
           " FROM complaint WHERE address = :address AND counting = 1"
           " ORDER BY complained_at, complaint_id LIMIT 1" UNLESS_DECIDED;

#define RELEASED(at)                                                                               \
  "EXISTS (SELECT 1 FROM release AS r WHERE " at " BETWEEN r.since AND r.until"                    \
  "   AND (r.provider IS NULL OR r.provider = f.provider)"                                         \
  "   AND (r.domain IS NULL OR r.domain = f.recipient_domain))"
#define ALLOWED(at)                                                                                \
  "EXISTS (SELECT 1 FROM override AS o"                                                            \
  "        WHERE o.address = f.address AND o.verdict = 'allow' AND o.at > " at ")"

/* What has overtaken the failure before it was recorded (an import, a slow report); and whether it
 * can change anything: not where the address has an entry, nor as the second one of its day. */
static const char look_at_failure[] =
    "SELECT f.address, f.reason, f.day,"
    " CASE WHEN " RELEASED(
        "f.failed_at") " THEN 'release'"
                       "      WHEN " ALLOWED(
                           "f.failed_at") " THEN 'allow'"
                                          "      WHEN EXISTS (SELECT 1 FROM delivery AS d"
                                          "                   WHERE d.address = f.address AND "
                                          "d.action = 'delivered' AND d.counts = 1"
                                          "                     AND d.delivered_at > f.failed_at) "
                                          "THEN 'delivered' END AS lifted,"
                                          " NOT EXISTS (SELECT 1 FROM entry AS e WHERE e.address = "
                                          "f.address)"
                                          " AND EXISTS (SELECT 1 FROM threshold AS t WHERE "
                                          "t.reason = f.reason)"
                                          " AND NOT EXISTS (SELECT 1 FROM failure AS s"
                                          "                 WHERE s.address = f.address AND "
                                          "s.reason = f.reason AND s.counting = 1"
                                          "                   AND s.day = f.day AND s.failure_id "
                                          "<> f.failure_id) AS matters"
                                          " FROM failure AS f WHERE f.failure_id = :id AND "
                                          "f.counting = 1 AND f.address IS NOT NULL";

static const char count_address[] =
    "UPDATE guard SET named = named + 1"
    " WHERE NOT EXISTS (SELECT 1 FROM failure WHERE address = :address AND failure_id <> :id)";

/* --- small steps ------------------------------------------------------------------------------*/

static bool
finish(Store *store, sqlite3_stmt *s, GError **error)
{
  bool ok = sqlite3_step(s) == SQLITE_DONE || store_fail(store, "cannot write", error);
  sqlite3_reset(s);
  return ok;
}

static bool
run_about(Store *store, const char *sql, const char *address, GError **error)
{
  return store_run(store, sql, (StoreValue[]){{":address", address, 0}, {0}}, error);
}

static bool
decide(Store *store, StatementId id, const char *sql, const char *address, GError **error)
{
  sqlite3_stmt *s = store_statement(store, id, sql, error);
  if (s == NULL)
    return false;
  store_bind_text(s, ":address", address);
  return finish(store, s, error);
}

bool
store_settle(Store *store, const char *address, GError **error)
{
  return decide(store, STATEMENT_DECIDE_COMPLAINT, decide_by_complaint, address, error) &&
         decide(store, STATEMENT_DECIDE_HISTORY, decide_by_history, address, error);
}

static bool
collect_address(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error, (void)n;
  g_ptr_array_add(data, g_strdup(cells[0].text));
  return true;
}

bool
store_settle_all(Store *store, const char *sql, const StoreValue *values, GError **error)
{
  g_autoptr(GPtrArray) addresses = g_ptr_array_new_with_free_func(g_free);
  if (!store_query(store, sql, values, collect_address, addresses, error))
    return false;
  for (guint i = 0; i < addresses->len; i++)
    if (!store_settle(store, g_ptr_array_index(addresses, i), error))
      return false;
  return true;
}

bool
store_settle_failure(Store *store, gint64 failure_id, GError **error)
{
  return store_settle_all(store,
                          "SELECT address FROM failure"
                          " WHERE failure_id = :id AND address IS NOT NULL",
                          (StoreValue[]){{":id", NULL, failure_id}, {0}}, error);
}

/* --- a new failure ----------------------------------------------------------------------------*/

typedef struct {
  char *address, *reason, *lifted;
  gint64 day;
  bool matters;
} Look;

static void
look_clear(Look *look)
{
  g_free(look->address);
  g_free(look->reason);
  g_free(look->lifted);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Look, look_clear)

static bool
look_at(Store *store, gint64 failure_id, Look *out, GError **error)
{
  sqlite3_stmt *s = store_statement(store, STATEMENT_LOOK, look_at_failure, error);
  if (s == NULL)
    return false;
  store_bind_int(s, ":id", failure_id);
  int result = sqlite3_step(s);
  if (result == SQLITE_ROW) {
    out->address = g_strdup((const char *)sqlite3_column_text(s, 0));
    out->reason = g_strdup((const char *)sqlite3_column_text(s, 1));
    out->day = sqlite3_column_int64(s, 2);
    out->lifted = g_strdup((const char *)sqlite3_column_text(s, 3));
    out->matters = sqlite3_column_int(s, 4) != 0;
  }
  sqlite3_reset(s);
  return result == SQLITE_ROW || result == SQLITE_DONE || store_fail(store, "cannot read", error);
}

static bool
count_named(Store *store, gint64 failure_id, const char *address, GError **error)
{
  sqlite3_stmt *s = store_statement(store, STATEMENT_NAMED, count_address, error);
  if (s == NULL)
    return false;
  store_bind_text(s, ":address", address);
  store_bind_int(s, ":id", failure_id);
  return finish(store, s, error);
}

bool
store_weigh_failure(Store *store, gint64 failure_id, GError **error)
{
  g_auto(Look) look = {0};
  if (!look_at(store, failure_id, &look, error))
    return false;
  if (look.address == NULL)
    return true;
  if (!count_named(store, failure_id, look.address, error))
    return false;
  if (look.lifted != NULL)
    return store_run(store, "UPDATE failure SET lifted = :lifted WHERE failure_id = :id",
                     (StoreValue[]){{":lifted", look.lifted, 0}, {":id", NULL, failure_id}, {0}},
                     error) &&
           store_settle(store, look.address, error);
  if (!look.matters)
    return true;
  sqlite3_stmt *s = store_statement(store, STATEMENT_DECIDE, decide_by_failure, error);
  if (s == NULL)
    return false;
  store_bind_text(s, ":address", look.address);
  store_bind_text(s, ":reason", look.reason);
  store_bind_int(s, ":day", look.day);
  return finish(store, s, error);
}

/* --- a delivery, a complaint ------------------------------------------------------------------*/

static const char is_reached[] =
    "SELECT d.address, d.delivered_at FROM delivery AS d"
    " WHERE d.delivery_id = :id AND d.action = 'delivered' AND d.counts = 1 AND EXISTS"
    "   (SELECT 1 FROM failure AS f"
    "    WHERE f.address = d.address AND f.counting = 1 AND f.failed_at <= d.delivered_at)";

/* Who was reached, can be reached: earlier failures count no more. It says nothing about
 * complaints. */
static bool
lift_earlier(Store *store, const char *address, gint64 at, GError **error)
{
  return run_about(store, "DELETE FROM entry WHERE address = :address AND failure_id IS NOT NULL",
                   address, error) &&
         store_run(store,
                   "UPDATE failure SET lifted = 'delivered'"
                   " WHERE address = :address AND counting = 1 AND failed_at <= :at",
                   (StoreValue[]){{":address", address, 0}, {":at", NULL, at}, {0}}, error) &&
         store_settle(store, address, error);
}

bool
store_weigh_delivery(Store *store, gint64 delivery_id, GError **error)
{
  sqlite3_stmt *s = store_statement(store, STATEMENT_REACHED, is_reached, error);
  if (s == NULL)
    return false;
  store_bind_int(s, ":id", delivery_id);
  int result = sqlite3_step(s);
  g_autofree char *address =
      result == SQLITE_ROW ? g_strdup((const char *)sqlite3_column_text(s, 0)) : NULL;
  gint64 at = result == SQLITE_ROW ? sqlite3_column_int64(s, 1) : 0;
  sqlite3_reset(s);
  if (result != SQLITE_ROW)
    return result == SQLITE_DONE || store_fail(store, "cannot read", error);
  return lift_earlier(store, address, at, error);
}

static bool
copy_address(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error, (void)n;
  *(char **)data = g_strdup(cells[0].text);
  return true;
}

/* A complaint suppresses at once, also where failures wait for a decision already. */
bool
store_weigh_complaint(Store *store, gint64 complaint_id, GError **error)
{
  g_autofree char *address = NULL;
  const StoreValue id[] = {{":id", NULL, complaint_id}, {0}};
  return store_run(store,
                   "UPDATE complaint AS f SET lifted ="
                   " CASE WHEN " RELEASED(
                       "f.complained_at") " THEN 'release'"
                                          "      WHEN " ALLOWED(
                                              "f.complained_at") " THEN 'allow' END"
                                                                 " WHERE complaint_id = :id AND "
                                                                 "counting = 1",
                   id, error) &&
         store_query(store,
                     "SELECT address FROM complaint"
                     " WHERE complaint_id = :id AND counting = 1 AND address IS NOT NULL",
                     id, copy_address, &address, error) &&
         (address == NULL ||
          (run_about(store,
                     "DELETE FROM entry"
                     " WHERE address = :address AND state = 'held' AND failure_id IS NOT NULL",
                     address, error) &&
           store_settle(store, address, error)));
}
