/* Failures counted as they are recorded: in the table daily one by one, in the sums together. */
#include "config.h"

#include "store/store-private.h"

enum { SUM_EVERY = 256 }; /* failures */

static const char count[] = "INSERT INTO daily SELECT" DAILY_KEY ", 1, failure_id, failure_id"
                            " FROM failure JOIN message USING (message_id)"
                            " WHERE failure_id = :failure_id"
                            " ON CONFLICT DO UPDATE SET failures = failures + 1,"
                            "  last_id = excluded.last_id";

static const char count_ever[] = "INSERT INTO counter VALUES (:class, :reason, :provider, 1)"
                                 " ON CONFLICT DO UPDATE SET failures = failures + 1";

bool
store_expect_count(Store *store, GError **error)
{
  return store_expect(store, STATEMENT_COUNT, count, error);
}

bool
store_count_failure(Store *store, gint64 failure_id, const char *klass, const char *reason,
                    const char *provider, GError **error)
{
  const StoreValue *values =
      VALUES(INT(":failure_id", failure_id), TEXT(":class", klass), TEXT(":reason", reason),
             TEXT(":provider", provider != NULL ? provider : ""));
  return store_run_kept(store, STATEMENT_COUNT, count, values, error) &&
         store_run_kept(store, STATEMENT_COUNTER, count_ever, values, error) &&
         (failure_id % SUM_EVERY != 0 || store_sum_up(store, error));
}

bool
store_start_counters(Store *store, GError **error)
{
  return store_exec(store,
                    "INSERT INTO counter SELECT class, reason, provider, sum(failures) FROM daily"
                    " GROUP BY class, reason, provider",
                    error);
}

/* --- sums --------------------------------------------------------------------------------------*/

/* Summing up each failure by itself would cost every delivery five per cent more. So it is done for
 * SUM_EVERY at a time, and the view sum_now adds the rest. */

#define IS_NEW " failure_id > (SELECT summed_to FROM guard)"
#define REST " WHERE" IS_NEW

static const char sum[] = SUM_OF("failure AS f") REST SUM_GROUPS
    " ON CONFLICT DO UPDATE SET failures = failures + excluded.failures,"
    "  recipients = recipients + excluded.recipients, of_class = of_class + excluded.of_class,"
    "  of_reason = of_reason + excluded.of_reason, first_at = min(first_at, excluded.first_at),"
    "  last_at = max(last_at, excluded.last_at), last_id = excluded.last_id";

/* Each failure for its day and for its week. */
static const char sum_lists[] = "INSERT INTO list_sum SELECT days, iif(days = 1, day, " WEEK_OF(
    "day") "), class, reason,"
           "  coalesce(provider, ''), coalesce(list_id, ''), count(*), max(failure_id)"
           " FROM failure JOIN message USING (message_id) JOIN (SELECT 1 AS days UNION ALL SELECT "
           "7)" REST " GROUP BY 1, 2, 3, 4, 5, 6"
           " ON CONFLICT DO UPDATE SET failures = failures + excluded.failures,"
           "  last_id = excluded.last_id";

/* Each failure for its day, and for all days. */
static const char sum_times[] =
    "INSERT INTO time_sum SELECT iif(ever, -1, day), iif(ever, '', class),"
    "  iif(ever, '', coalesce(provider, '')), " TIME_TO_BOUNCE
    ", count(*), sum(failed_at - sent_at)"
    " FROM failure JOIN message USING (message_id) JOIN (SELECT 0 AS ever UNION ALL SELECT 1)"
    " WHERE sent_at IS NOT NULL AND" IS_NEW " GROUP BY 1, 2, 3, 4"
    " ON CONFLICT DO UPDATE SET failures = failures + excluded.failures,"
    "  total = total + excluded.total";

static const char summed[] =
    "UPDATE guard SET summed_to = (SELECT coalesce(max(failure_id), 0) FROM failure)";

bool
store_sum_up(Store *store, GError **error)
{
  return store_exec(store, sum, error) && store_exec(store, sum_lists, error) &&
         store_exec(store, sum_times, error) && store_exec(store, summed, error);
}

bool
store_start_lists(Store *store, GError **error)
{
  return store_sum_up(store, error) &&
         store_exec(store,
                    "DELETE FROM list_sum;"
                    "INSERT INTO list_sum SELECT 1, day, class, reason, provider, list_id,"
                    "  sum(failures), max(last_id) FROM daily GROUP BY 2, 3, 4, 5, 6;"
                    "INSERT INTO list_sum SELECT 7, " WEEK_OF(
                        "day") ", class, reason, provider,"
                               "  list_id, sum(failures), max(last_id) FROM list_sum WHERE days = 1"
                               "  GROUP BY 2, 3, 4, 5, 6",
                    error);
}
