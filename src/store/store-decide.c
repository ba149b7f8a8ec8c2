#include "config.h"

#include "store/store-decide.h"

#include "store/store-private.h"

static const char insert_entry[] =
    "INSERT INTO entry (address, recipient, recipient_domain, provider, class, reason, since,"
    "  message_id, failure_id, complaint_id, days, span, window, unproven, state)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, :state)"
    " ON CONFLICT DO NOTHING";

/* The failure by which the threshold for this reason was reached. Only windows that contain the day
 * of the new failure matter; every day with a failure is tried as the last day of a window, so that
 * an archive can be imported in any order. The first failure recorded on the first day that reaches
 * the threshold decides. */
static const char decide_by_failure[] =
    OF_FAILURE "(SELECT last.failure_id FROM threshold AS t,"
               "   (SELECT day, min(failure_id) AS failure_id FROM failure"
               "    WHERE address = :address AND reason = :reason AND counting = 1 AND day >= :day"
               "    GROUP BY day) AS last"
               " WHERE t.reason = :reason AND last.day < :day + t.window AND " REACHES(
                   ":address") " ORDER BY last.day LIMIT 1)";

/* The same over all reasons: the threshold that was reached first. */
static const char decide_by_history[] = OF_FAILURE
    "(SELECT last.failure_id FROM threshold AS t JOIN"
    "   (SELECT reason, day, min(failure_id) AS failure_id FROM failure"
    "    WHERE address = :address AND counting = 1 GROUP BY reason, day) AS last USING (reason)"
    " WHERE " REACHES(":address") " ORDER BY last.day, last.failure_id LIMIT 1)";

static const char decide_by_complaint[] =
    OF_COMPLAINT "address = :address ORDER BY complained_at, complaint_id LIMIT 1";

static bool
is_decided(Store *store, const char *address, bool *decided, GError **error)
{
  gint64 found;
  if (!store_get_int_kept(store, STATEMENT_OVERRIDE,
                          "SELECT 1 FROM override WHERE address = :address",
                          VALUES(TEXT(":address", address)), &found, error))
    return false;
  *decided = found != 0;
  return true;
}

bool
store_expect_entry(Store *store, GError **error)
{
  return store_expect(store, STATEMENT_ENTRY, insert_entry, error);
}

bool
store_enter(Store *store, sqlite3_stmt *row, GError **error)
{
  bool decided, held;
  if (!is_decided(store, store_column_text(row, COLUMN_ADDRESS), &decided, error))
    return false;
  if (decided)
    return true;
  const Guarded entry = {.source = store_column_text(row, COLUMN_SOURCE),
                         .at = sqlite3_column_int64(row, COLUMN_AT),
                         .message_id = sqlite3_column_int64(row, COLUMN_MESSAGE),
                         .unproven = sqlite3_column_int(row, COLUMN_UNPROVEN) != 0};
  if (!store_guard(store, &entry, &held, error))
    return false;
  g_autoptr(KeptStatement) s =
      store_statement(store, STATEMENT_ENTRY, insert_entry,
                      VALUES(TEXT(":state", held ? "held" : "active")), error);
  if (s == NULL)
    return false;
  for (int i = 0; i < N_ENTRY_COLUMNS; i++)
    sqlite3_bind_value(s, i + 1, sqlite3_column_value(row, i));
  return store_finish(store, s, error);
}

/* Unless one failure is enough, a later accepted delivery counts against the failures before it. */
static bool
lift_accepted(Store *store, sqlite3_stmt *row, bool *lifted, GError **error)
{
  *lifted = false;
  if (sqlite3_column_int(row, COLUMN_DAYS) == 1 && sqlite3_column_int(row, COLUMN_SPAN) == 0)
    return true;
  return store_lift_accepted(store, store_column_text(row, COLUMN_ADDRESS),
                             sqlite3_column_int64(row, COLUMN_AT), lifted, error);
}

/* sql: finds the failure or complaint that decides, if any. */
static bool
decide(Store *store, StatementId id, const char *sql, const StoreValue *values, GError **error)
{
  for (bool found, lifted = true; lifted;) {
    g_autoptr(KeptStatement) row = store_statement(store, id, sql, values, error);
    if (row == NULL || !store_step(store, row, &found, error))
      return false;
    if (!found)
      return true;
    if (!lift_accepted(store, row, &lifted, error) || (!lifted && !store_enter(store, row, error)))
      return false;
  }
  return true;
}

bool
store_enter_by_days(Store *store, sqlite3_stmt *row, GError **error)
{
  return decide(store, STATEMENT_DECIDE, decide_by_failure,
                VALUES(COLUMN(":address", row, COLUMN_ADDRESS),
                       COLUMN(":reason", row, COLUMN_REASON), COLUMN(":day", row, COLUMN_DAY)),
                error);
}

bool
store_reconsider(Store *store, const char *address, GError **error)
{
  const StoreValue *values = VALUES(TEXT(":address", address));
  return decide(store, STATEMENT_DECIDE_COMPLAINT, decide_by_complaint, values, error) &&
         decide(store, STATEMENT_DECIDE_HISTORY, decide_by_history, values, error);
}

bool
store_reconsider_each(Store *store, const GPtrArray *addresses, GError **error)
{
  for (guint i = 0; i < addresses->len; i++)
    if (!store_reconsider(store, g_ptr_array_index(addresses, i), error))
      return false;
  return true;
}

bool
store_reconsider_all(Store *store, const char *sql, const StoreValue *values, GError **error)
{
  g_autoptr(GPtrArray) addresses = g_ptr_array_new_with_free_func(g_free);
  return store_get_texts(store, sql, values, addresses, error) &&
         store_reconsider_each(store, addresses, error);
}

bool
store_reconsider_failure(Store *store, gint64 failure_id, GError **error)
{
  return store_reconsider_all(store,
                              "SELECT address FROM failure"
                              " WHERE failure_id = :id AND address IS NOT NULL",
                              VALUES(INT(":id", failure_id)), error);
}
