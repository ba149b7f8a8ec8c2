#include "config.h"

#include "store/store-daily.h"

#include "mail/address.h"
#include "store/store-private.h"

enum { SUM_EVERY = 256 }; /* failures */

#define COUNTED                                                                                    \
  " failed_at / 86400, class, reason, coalesce(provider, ''), coalesce(list_id, ''),"              \
  " coalesce(recipient_domain, '')"

static const char count[] = "INSERT INTO daily SELECT" COUNTED ", 1, failure_id, failure_id"
                            " FROM failure JOIN message USING (message_id)"
                            " WHERE failure_id = :failure_id"
                            " ON CONFLICT DO UPDATE SET failures = failures + 1,"
                            "  last_id = excluded.last_id";

static const char count_ever[] = "INSERT INTO counter VALUES (:class, :reason, :provider, 1)"
                                 " ON CONFLICT DO UPDATE SET failures = failures + 1";

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

/* Whether the address of failure f had no failure in the same group before. */
#define FIRST(group)                                                                               \
  "(f.address IS NOT NULL AND NOT EXISTS (SELECT 1 FROM failure AS o"                              \
  " WHERE o.address = f.address AND o.failure_id < f.failure_id AND " group "))"

#define SAME_REASON "o.reason = f.reason AND o.provider IS f.provider"

#define SUM(where)                                                                                   \
  "INSERT INTO daily_sum SELECT day, class, reason, coalesce(provider, ''), count(*),"               \
  "  sum(" FIRST(                                                                                    \
      "o.day = f.day AND o.class = f.class") "),"                                                    \
                                             "  sum(" FIRST(                                         \
                                                 SAME_REASON                                         \
                                                 " AND o.class "                                     \
                                                 "= f.class") "), sum(" FIRST(SAME_REASON) "),"      \
                                                                                           "  "      \
                                                                                           "min("    \
                                                                                           "faile"   \
                                                                                           "d_at)"   \
                                                                                           ", "      \
                                                                                           "max("    \
                                                                                           "faile"   \
                                                                                           "d_at)"   \
                                                                                           ", "      \
                                                                                           "min("    \
                                                                                           "failu"   \
                                                                                           "re_"     \
                                                                                           "id), "   \
                                                                                           "max("    \
                                                                                           "failu"   \
                                                                                           "re_"     \
                                                                                           "id)"     \
                                                                                           " FROM"   \
                                                                                           " fail"   \
                                                                                           "ure "    \
                                                                                           "AS f "   \
                                                                                           "WHERE"   \
                                                                                           " " where \
                                                                                           " GROU"   \
                                                                                           "P BY "   \
                                                                                           "1, "     \
                                                                                           "2, "     \
                                                                                           "3, 4"

#define SUMMED "UPDATE guard SET summed_to = (SELECT coalesce(max(failure_id), 0) FROM failure)"

static const char *const sums[] = {
    SUM("failure_id > (SELECT summed_to FROM guard)") " ON CONFLICT DO UPDATE SET"
                                                      "  failures = failures + excluded.failures, "
                                                      "recipients = recipients + "
                                                      "excluded.recipients,"
                                                      "  of_class = of_class + excluded.of_class, "
                                                      "of_reason = of_reason + excluded.of_reason,"
                                                      "  first_at = min(first_at, "
                                                      "excluded.first_at), last_at = max(last_at, "
                                                      "excluded.last_at),"
                                                      "  last_id = excluded.last_id",
    SUMMED,
    NULL,
};

/* Of the days that are counted again. */
static const char *const recounts[] = {
    "DELETE FROM daily WHERE day >= " COUNTED_FROM,
    "INSERT INTO daily SELECT" COUNTED ", count(*), min(failure_id), max(failure_id)"
    " FROM failure JOIN message USING (message_id) WHERE failed_at >= 86400 * " COUNTED_FROM
    " GROUP BY 1, 2, 3, 4, 5, 6",
    "DELETE FROM daily_sum WHERE day >= " COUNTED_FROM,
    SUM("failed_at >= 86400 * " COUNTED_FROM),
    SUMMED,
    NULL,
};

static bool
run_all(Store *store, const char *const *statements, GError **error)
{
  bool ok = true;
  for (; ok && *statements != NULL; statements++)
    ok = store_exec(store, *statements, error);
  return ok;
}

bool
store_sum_up(Store *store, GError **error)
{
  return run_all(store, sums, error);
}

/* What is not summed up yet may be of days that are not counted again. */
bool
store_recount(Store *store, GError **error)
{
  return run_all(store, sums, error) && run_all(store, recounts, error);
}

bool
store_stop_counting(Store *store, gint64 day, GError **error)
{
  return store_run(store,
                   "INSERT INTO setting (name, value) VALUES ('counted-from', :day)"
                   " ON CONFLICT DO UPDATE SET value = max(CAST(value AS INTEGER), :day)",
                   VALUES(INT(":day", day)), error);
}

#define HIDDEN                                                                                     \
  " FROM daily WHERE recipient_domain = :domain AND day < " COUNTED_FROM                           \
  " AND NOT EXISTS (SELECT 1 FROM failure WHERE recipient_domain = :domain)"

bool
store_hide_domain(Store *store, const char *address, GError **error)
{
  g_autofree char *domain = address_key(address_domain(address));
  const StoreValue *values = VALUES(TEXT(":domain", domain));
  if (*domain == '\0')
    return true;
  return store_run(store,
                   "INSERT INTO daily SELECT day, class, reason, provider, list_id, '', failures,"
                   "  first_id, last_id" HIDDEN " ON CONFLICT DO UPDATE SET"
                   "  failures = failures + excluded.failures,"
                   "  first_id = min(first_id, excluded.first_id),"
                   "  last_id = max(last_id, excluded.last_id)",
                   values, error) &&
         store_run(store, "DELETE" HIDDEN, values, error);
}

static const char *const columns[] = {
    [DAILY_PARTY] = "(SELECT party FROM reason WHERE reason.reason = daily.reason)",
    [DAILY_CLASS] = "class",
    [DAILY_REASON] = "reason",
    [DAILY_PROVIDER] = "provider",
    [DAILY_DOMAIN] = "recipient_domain",
};

bool
store_daily(Store *store, DailyColumn column, gint64 today, gint64 limit, StoreRowFunc func,
            gpointer data, GError **error)
{
  g_autofree char *sql =
      g_strdup_printf("SELECT nullif(%s, '') AS name,"
                      "  coalesce(sum(failures) FILTER (WHERE day = :today), 0) AS today,"
                      "  coalesce(sum(failures) FILTER (WHERE day > :today - 7), 0) AS week,"
                      "  sum(failures) AS month"
                      " FROM daily WHERE day BETWEEN :today - 29 AND :today GROUP BY 1"
                      " ORDER BY month DESC, name LIMIT :limit",
                      columns[column]);
  return store_query(store, sql, VALUES(INT(":today", today), INT(":limit", limit)), func, data,
                     error);
}

bool
store_daily_total(Store *store, gint64 today, StoreRowFunc func, gpointer data, GError **error)
{
  return store_query(store,
                     "SELECT day, sum(failures) AS failures FROM daily"
                     " WHERE day BETWEEN :today - 29 AND :today GROUP BY day ORDER BY day",
                     VALUES(INT(":today", today)), func, data, error);
}

bool
store_daily_remedies(Store *store, gint64 today, gint64 limit, StoreRowFunc func, gpointer data,
                     GError **error)
{
  return store_query(store,
                     "SELECT reason, provider, party, failures, failure_id, rule, diagnostic FROM"
                     " (SELECT reason, nullif(provider, '') AS provider, reason.party AS party,"
                     "    sum(failures) AS failures, max(last_id) AS last_id"
                     "  FROM daily JOIN reason USING (reason)"
                     "  WHERE day BETWEEN :today - 29 AND :today AND reason.party <> 'recipient'"
                     "  GROUP BY 1, 2 ORDER BY failures DESC LIMIT :limit) AS counted"
                     " LEFT JOIN (SELECT failure_id, rule, diagnostic FROM failure) AS last"
                     "   ON last.failure_id = last_id"
                     " ORDER BY failures DESC, reason, provider",
                     VALUES(INT(":today", today), INT(":limit", limit)), func, data, error);
}

bool
store_list_sizes(Store *store, StoreRowFunc func, gpointer data, GError **error)
{
  return store_query(store,
                     "SELECT (SELECT count(*) FROM suppression) AS suppressed,"
                     " (SELECT count(*) FROM held) AS held",
                     NULL, func, data, error);
}
