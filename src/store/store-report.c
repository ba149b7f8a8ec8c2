#include "config.h"

#include "store/store-report.h"

#include "store/store-private.h"

#define MONTH " day BETWEEN :today - 29 AND :today"

bool
store_begin_reading(Store *store, GError **error)
{
  return store_exec(store, "BEGIN", error);
}

/* The order of the primary key: groups follow one another, and nothing is sorted. */
static sqlite3_stmt *
prepare_daily(Store *store, gint64 first, gint64 today, GError **error)
{
  return store_prepare(store,
                       "SELECT day, class, reason, provider, list_id, sum(failures), max(last_id)"
                       " FROM daily WHERE day BETWEEN :first AND :today"
                       " GROUP BY day, class, reason, provider, list_id",
                       VALUES(INT(":first", first), INT(":today", today)), error);
}

bool
store_daily_each(Store *store, gint64 first, gint64 today, StoreDailyFunc func, gpointer data,
                 GError **error)
{
  bool found;
  g_autoptr(sqlite3_stmt) s = prepare_daily(store, first, today, error);
  for (;;) {
    if (s == NULL || !store_step(store, s, &found, error))
      return false;
    if (!found)
      return true;
    const StoreDailyRow row = {.day = sqlite3_column_int64(s, 0),
                               .klass = store_column_text(s, 1),
                               .reason = store_column_text(s, 2),
                               .provider = store_column_text(s, 3),
                               .list_id = store_column_text(s, 4),
                               .failures = sqlite3_column_int64(s, 5),
                               .last_id = sqlite3_column_int64(s, 6)};
    func(&row, data);
  }
}

bool
store_report_counters(Store *store, StoreRowFunc func, gpointer data, GError **error)
{
  return store_query(store,
                     "SELECT class, reason, provider, failures FROM counter"
                     " ORDER BY provider, class, reason",
                     NULL, func, data, error);
}

bool
store_report_domains(Store *store, gint64 today, gint64 limit, StoreRowFunc func, gpointer data,
                     GError **error)
{
  return store_query(store,
                     "WITH top AS MATERIALIZED"
                     " (SELECT recipient_domain AS name, sum(failures) AS total FROM daily"
                     "  WHERE" MONTH " GROUP BY 1 ORDER BY total DESC, name LIMIT :limit)"
                     " SELECT nullif(name, '') AS domain, class, reason,"
                     "   nullif(provider, '') AS provider, sum(failures) AS failures"
                     " FROM daily CROSS JOIN top ON recipient_domain = name WHERE" MONTH
                     " GROUP BY name, class, reason, provider"
                     " ORDER BY total DESC, name, failures DESC, class, reason",
                     VALUES(INT(":today", today), INT(":limit", limit)), func, data, error);
}

bool
store_report_failure(Store *store, gint64 failure_id, StoreRowFunc func, gpointer data,
                     GError **error)
{
  return store_query(store,
                     "SELECT recipient, rule, coalesce(diagnostic, notice) AS reply FROM failure"
                     " WHERE failure_id = :failure_id",
                     VALUES(INT(":failure_id", failure_id)), func, data, error);
}

bool
store_report_recipients(Store *store, gint64 today, StoreRowFunc func, gpointer data,
                        GError **error)
{
  return store_query(store,
                     "WITH recent AS (SELECT * FROM failure"
                     "   WHERE failed_at BETWEEN (:today - 29) * 86400 AND (:today + 1) * 86400 - 1"
                     "   ORDER BY failed_at DESC LIMIT :limit)"
                     " SELECT reason, provider, count(DISTINCT address) AS recipients,"
                     "   (SELECT count(*) FROM recent) = :limit AS cut"
                     " FROM recent GROUP BY reason, provider",
                     VALUES(INT(":today", today), INT(":limit", STORE_REPORT_RECENT)), func, data,
                     error);
}

bool
store_report_unknown(Store *store, gint64 today, gint64 limit, StoreRowFunc func, gpointer data,
                     GError **error)
{
  return store_query(store,
                     "SELECT masked AS reply, count(*) AS failures,"
                     "   count(DISTINCT recipient_domain) AS domains, min(day) AS first_day,"
                     "   max(day) AS last_day, max(failure_id) AS failure_id"
                     " FROM failure INDEXED BY failure_text"
                     " WHERE masked IS NOT NULL AND day BETWEEN :today - 89 AND :today"
                     " GROUP BY masked ORDER BY failures DESC, masked LIMIT :limit",
                     VALUES(INT(":today", today), INT(":limit", limit)), func, data, error);
}

bool
store_report_list(Store *store, gint64 today, StoreRowFunc func, gpointer data, GError **error)
{
  return store_query(
      store,
      "SELECT day, sum(suppressed) AS suppressed, sum(held) AS held, sum(lifted) AS lifted FROM"
      " (SELECT day, added AS suppressed, held, 0 AS lifted FROM tally WHERE source = ''"
      "  UNION ALL"
      "  SELECT at / 86400, 0, 0, 1 FROM change"
      "  WHERE seq > (SELECT max(seq) FROM change) - 100000 AND op = 'remove')"
      " WHERE" MONTH " GROUP BY day HAVING suppressed + held + lifted > 0 ORDER BY day DESC",
      VALUES(INT(":today", today)), func, data, error);
}

bool
store_report_complaints(Store *store, gint64 today, StoreRowFunc func, gpointer data,
                        GError **error)
{
  return store_query(
      store,
      "SELECT provider, count(*) FILTER (WHERE day > :today - 7) AS week, count(*) AS month,"
      "   max(day) AS last_day"
      " FROM (SELECT provider, complained_at / 86400 AS day FROM complaint"
      "       WHERE complaint_id > (SELECT max(complaint_id) FROM complaint) - 100000)"
      " WHERE" MONTH " GROUP BY provider ORDER BY month DESC, provider",
      VALUES(INT(":today", today)), func, data, error);
}

bool
store_report_messages(Store *store, gint64 today, StoreRowFunc func, gpointer data, GError **error)
{
  return store_query(
      store,
      "SELECT kind, count(*) FILTER (WHERE day > :today - 7) AS week, count(*) AS month,"
      "   count(kept) AS kept"
      " FROM (SELECT kind, kept, received_at / 86400 AS day FROM message"
      "       WHERE message_id > (SELECT max(message_id) FROM message) - 100000)"
      " WHERE" MONTH " GROUP BY kind ORDER BY month DESC, kind",
      VALUES(INT(":today", today)), func, data, error);
}

bool
store_report_entries(Store *store, gint64 limit, StoreRowFunc func, gpointer data, GError **error)
{
  return store_query(store,
                     "SELECT entry.recipient AS recipient, entry.reason AS reason, provider,"
                     "   entry.since / 86400 AS day"
                     " FROM (SELECT address, max(seq) AS seq FROM"
                     "         (SELECT address, seq FROM change WHERE op = 'add'"
                     "          AND seq > (SELECT max(seq) FROM change) - 1000"
                     "          ORDER BY seq DESC LIMIT :limit)"
                     "       GROUP BY address)"
                     " JOIN entry USING (address) WHERE state = 'active' ORDER BY seq DESC",
                     VALUES(INT(":limit", limit)), func, data, error);
}
