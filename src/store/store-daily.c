#include "config.h"

#include "store/store-daily.h"

#include "store/store-private.h"

static const char *const columns[] = {
    [DAILY_PARTY] = "(SELECT party FROM reason WHERE reason.reason = counts.reason)",
    [DAILY_CLASS] = "class",
    [DAILY_REASON] = "reason",
    [DAILY_PROVIDER] = "provider",
};

bool
store_daily(Store *store, DailyColumn column, gint64 today, gint64 limit, StoreRowFunc func,
            gpointer data, GError **error)
{
  g_autofree char *sql =
      g_strdup_printf("SELECT nullif(%s, '') AS name,"
                      "  coalesce(sum(failures) FILTER (WHERE day = :today), 0) AS today,"
                      "  coalesce(sum(failures) FILTER (WHERE day = :today - 1), 0) AS yesterday,"
                      "  coalesce(sum(failures) FILTER (WHERE day > :today - 7), 0) AS week,"
                      "  sum(failures) AS month"
                      " FROM sum_now AS counts WHERE day BETWEEN :today - 29 AND :today GROUP BY 1"
                      " ORDER BY month DESC, name LIMIT :limit",
                      columns[column]);
  return store_query(store, sql, VALUES(INT(":today", today), INT(":limit", limit)), func, data,
                     error);
}

bool
store_daily_total(Store *store, gint64 today, StoreRowFunc func, gpointer data, GError **error)
{
  return store_query(store,
                     "SELECT day, sum(failures) AS failures FROM sum_now"
                     " WHERE day BETWEEN :today - 29 AND :today GROUP BY day ORDER BY day",
                     VALUES(INT(":today", today)), func, data, error);
}

bool
store_daily_remedies(Store *store, gint64 today, gint64 limit, StoreRowFunc func, gpointer data,
                     GError **error)
{
  return store_query(
      store,
      "SELECT reason, provider, party, failures, failure_id, failed_at, rule, diagnostic"
      " FROM"
      " (SELECT reason, nullif(provider, '') AS provider, reason.party AS party,"
      "    sum(failures) AS failures, max(last_id) AS last_id"
      "  FROM sum_now JOIN reason USING (reason)"
      "  WHERE day BETWEEN :today - 29 AND :today AND reason.party <> 'recipient'"
      "  GROUP BY 1, 2 ORDER BY failures DESC LIMIT :limit) AS counted"
      " LEFT JOIN (SELECT failure_id, failed_at, rule, diagnostic FROM failure) AS last"
      "   ON last.failure_id = last_id"
      " ORDER BY failures DESC, reason, provider",
      VALUES(INT(":today", today), INT(":limit", limit)), func, data, error);
}

/* Entries are tallied as they come and go, except those by hand. */
bool
store_list_sizes(Store *store, StoreRowFunc func, gpointer data, GError **error)
{
  return store_query(store,
                     "SELECT coalesce(sum(added), 0) + (SELECT count(*) FROM override"
                     "   CROSS JOIN entry USING (address) WHERE reason = 'manual') AS suppressed,"
                     "  coalesce(sum(held), 0) AS held FROM tally WHERE source = ''",
                     NULL, func, data, error);
}
