/* Counting again, after failures were judged otherwise or erased: only the days that it is about.
 * The days of which something was pruned keep what was counted then. */
#include "config.h"

#include "store/store-admin.h"
#include "store/store-private.h"

enum { RECOUNT_ROWS = 20000 }; /* of a transaction, but for a day that has more */

/* --- which days --------------------------------------------------------------------------------*/

static const char table[] = "CREATE TEMP TABLE IF NOT EXISTS recounted (day INTEGER PRIMARY KEY)";

#define NOTE "INSERT OR IGNORE INTO temp.recounted SELECT day FROM "

bool
store_note_recount(Store *store, gint64 failure_id, GError **error)
{
  return store_exec(store, table, error) &&
         store_run(store,
                   NOTE "failure WHERE failure_id = :id"
                        " UNION SELECT day FROM failure WHERE address ="
                        "  (SELECT address FROM failure WHERE failure_id = :id)",
                   VALUES(INT(":id", failure_id)), error);
}

bool
store_note_recount_address(Store *store, const char *address, GError **error)
{
  return store_exec(store, table, error) &&
         store_run(store, NOTE "failure WHERE address = lower(:address)",
                   VALUES(ADDRESS(":address", address)), error);
}

bool
store_note_recount_lists(Store *store, const char *condition, GError **error)
{
  g_autofree char *sql = g_strconcat(NOTE "list_sum WHERE days = 1 AND (", condition, ")", NULL);
  return store_exec(store, table, error) && store_run(store, sql, NULL, error);
}

/* --- counting ----------------------------------------------------------------------------------*/

#define RECOUNTED "(SELECT day FROM temp.recounted)"
#define FAILURES_OF_DAYS                                                                           \
  "temp.recounted AS r CROSS JOIN failure AS f"                                                    \
  " ON failed_at BETWEEN 86400 * r.day AND 86400 * r.day + 86399"
#define WEEKS "(SELECT DISTINCT " WEEK_OF("day") " AS week FROM temp.recounted)"

static const char *const recounts[] = {
    "DELETE FROM temp.recounted WHERE day < " COUNTED_FROM,
    "DELETE FROM daily WHERE day IN " RECOUNTED,
    "INSERT INTO daily SELECT" DAILY_KEY ", count(*), min(failure_id), max(failure_id)"
    " FROM " FAILURES_OF_DAYS " JOIN message USING (message_id) GROUP BY 1, 2, 3, 4, 5, 6",
    "DELETE FROM daily_sum WHERE day IN " RECOUNTED,
    SUM_OF(FAILURES_OF_DAYS) SUM_GROUPS,
    "DELETE FROM time_sum WHERE day IN " RECOUNTED,
    "INSERT INTO time_sum SELECT r.day, class, coalesce(provider, ''), " TIME_TO_BOUNCE
    ", count(*),"
    "  sum(failed_at - sent_at)"
    " FROM " FAILURES_OF_DAYS " JOIN message USING (message_id) WHERE sent_at IS NOT NULL"
    " GROUP BY 1, 2, 3, 4",
    "DELETE FROM list_sum WHERE days = 1 AND day IN " RECOUNTED,
    "INSERT INTO list_sum SELECT 1, day, class, reason, provider, list_id, sum(failures),"
    "  max(last_id) FROM daily WHERE day IN " RECOUNTED " GROUP BY 2, 3, 4, 5, 6",
    "DELETE FROM list_sum WHERE days = 7 AND day IN " WEEKS,
    "INSERT INTO list_sum SELECT 7, week, class, reason, provider, list_id, sum(failures),"
    "  max(last_id)"
    " FROM " WEEKS " CROSS JOIN list_sum ON days = 1 AND day BETWEEN week AND week + 6"
    " GROUP BY 2, 3, 4, 5, 6",
    "DELETE FROM temp.recounted",
};

/* What is not summed up yet may be of days that are not counted again. */
bool
store_recount(Store *store, GError **error)
{
  bool ok = store_exec(store, table, error) && store_sum_up(store, error);
  for (gsize i = 0; ok && i < G_N_ELEMENTS(recounts); i++)
    ok = store_exec(store, recounts[i], error);
  return ok;
}

/* The days that have failures or counts. */
#define DAYS                                                                                       \
  "(SELECT day FROM failure UNION SELECT day FROM daily UNION SELECT day FROM daily_sum"           \
  " UNION SELECT day FROM list_sum WHERE days = 1 UNION SELECT day FROM time_sum WHERE day >= 0)"

bool
store_recount_history(Store *store, GError **error)
{
  return store_exec(store, table, error) && store_exec(store, NOTE DAYS, error) &&
         store_recount(store, error);
}

/* --- all days, in several transactions ---------------------------------------------------------*/

static const char days[] = "CREATE TEMP TABLE counting AS SELECT day, count(*) AS failures FROM"
                           " (SELECT failed_at / 86400 AS day FROM failure"
                           "  UNION ALL SELECT DISTINCT day FROM daily"
                           "  UNION ALL SELECT DISTINCT day FROM daily_sum"
                           "  UNION ALL SELECT DISTINCT day FROM list_sum WHERE days = 1"
                           "  UNION ALL SELECT DISTINCT day FROM time_sum WHERE day >= 0)"
                           " GROUP BY day ORDER BY day";

/* At least one, and as many as have RECOUNT_ROWS. */
static const char next_days[] =
    "INSERT INTO temp.recounted SELECT day FROM"
    " (SELECT day, sum(failures) OVER (ORDER BY day) - failures AS before FROM temp.counting)"
    " WHERE before < :rows";

static bool
recount_next(Store *store, GError **error)
{
  if (!store_begin(store, error))
    return false;
  bool ok = store_run(store, next_days, VALUES(INT(":rows", RECOUNT_ROWS)), error) &&
            store_exec(store, "DELETE FROM temp.counting WHERE day IN " RECOUNTED, error) &&
            store_recount(store, error);
  return store_end(store, ok, error);
}

bool
store_recount_all(Store *store, GError **error)
{
  gint64 left = 1;
  if (!store_exec(store, table, error) || !store_exec(store, days, error))
    return false;
  while (left > 0)
    if (!recount_next(store, error) ||
        !store_get_int(store, "SELECT count(*) FROM temp.counting", NULL, &left, error))
      return false;
  return store_exec(store, "DROP TABLE temp.counting", error);
}

bool
store_stop_counting(Store *store, gint64 day, GError **error)
{
  return store_run(store,
                   "INSERT INTO setting (name, value) VALUES ('counted-from', :day)"
                   " ON CONFLICT DO UPDATE SET value = max(CAST(value AS INTEGER), :day)",
                   VALUES(INT(":day", day)), error);
}
