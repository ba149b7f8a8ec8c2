#include "config.h"

#include "store/store-report.h"

#include "store/store-private.h"

#define MONTH " day BETWEEN :today - 29 AND :today"

bool
store_begin_reading(Store *store, GError **error)
{
  return store_exec(store, "BEGIN", error);
}

/* Days, weeks that end before them, the days of a week that is cut off, and what is not summed up
 * yet. Nothing is grouped or sorted. */
static const char list_sums[] =
    "SELECT day, class, reason, provider, list_id, failures, last_id FROM list_sum"
    " WHERE days = 1 AND day BETWEEN :daily AND :today"
    " UNION ALL SELECT day, class, reason, provider, list_id, failures, last_id FROM list_sum"
    " WHERE days = 7 AND day >= " WEEK_OF(
        "(:first + 6)") " AND day < :daily"
                        " UNION ALL SELECT day, class, reason, provider, list_id, failures, "
                        "last_id FROM list_sum"
                        " WHERE days = 1 AND day >= :first AND day < " WEEK_OF(
                            "(:first + 6)") " UNION ALL SELECT day, class, reason, "
                                            "coalesce(provider, ''), coalesce(list_id, ''), 1,"
                                            "  failure_id FROM failure JOIN message USING "
                                            "(message_id)"
                                            " WHERE failure_id > (SELECT summed_to FROM guard) AND "
                                            "day BETWEEN :first AND :today";

bool
store_list_sums_each(Store *store, gint64 first, gint64 daily, gint64 today, StoreListSumFunc func,
                     gpointer data, GError **error)
{
  bool found = false, ok;
  g_autoptr(sqlite3_stmt) s = store_prepare(
      store, list_sums, VALUES(INT(":first", first), INT(":daily", daily), INT(":today", today)),
      error);
  while ((ok = s != NULL && store_step(store, s, &found, error)) && found) {
    const StoreListSum row = {.day = sqlite3_column_int64(s, 0),
                              .klass = store_column_text(s, 1),
                              .reason = store_column_text(s, 2),
                              .provider = store_column_text(s, 3),
                              .list_id = store_column_text(s, 4),
                              .failures = sqlite3_column_int64(s, 5),
                              .last_id = sqlite3_column_int64(s, 6)};
    func(&row, data);
  }
  return ok;
}

static const char times[] =
    "SELECT day, class, provider, seconds, failures FROM time_sum"
    " WHERE day BETWEEN :first AND :today"
    " UNION ALL SELECT day, class, coalesce(provider, ''), " TIME_TO_BOUNCE ", 1"
    " FROM failure JOIN message USING (message_id) WHERE sent_at IS NOT NULL"
    "  AND failure_id > (SELECT summed_to FROM guard) AND day BETWEEN :first AND :today";

bool
store_times_each(Store *store, gint64 first, gint64 today, StoreTimeFunc func, gpointer data,
                 GError **error)
{
  bool found = false, ok;
  g_autoptr(sqlite3_stmt) s =
      store_prepare(store, times, VALUES(INT(":first", first), INT(":today", today)), error);
  while ((ok = s != NULL && store_step(store, s, &found, error)) && found) {
    const StoreTime row = {.day = sqlite3_column_int64(s, 0),
                           .klass = store_column_text(s, 1),
                           .provider = store_column_text(s, 2),
                           .seconds = sqlite3_column_int64(s, 3),
                           .failures = sqlite3_column_int64(s, 4)};
    func(&row, data);
  }
  return ok;
}

bool
store_report_times(Store *store, StoreRowFunc func, gpointer data, GError **error)
{
  return store_query(store,
                     "SELECT seconds, sum(failures) AS failures, sum(total) AS total FROM"
                     " (SELECT seconds, failures, total FROM time_sum WHERE day = -1"
                     "  UNION ALL SELECT " TIME_TO_BOUNCE ", 1, failed_at - sent_at"
                     "  FROM failure JOIN message USING (message_id) WHERE sent_at IS NOT NULL"
                     "   AND failure_id > (SELECT summed_to FROM guard))"
                     " GROUP BY seconds ORDER BY seconds",
                     NULL, func, data, error);
}

/* Grouping them takes SQLite longer than reading them. */
bool
store_domains_each(Store *store, gint64 first, gint64 today, StoreDomainFunc func, gpointer data,
                   GError **error)
{
  bool found = false, ok;
  g_autoptr(sqlite3_stmt) s = store_prepare(
      store, "SELECT recipient_domain, failures FROM daily WHERE day BETWEEN :first AND :today",
      VALUES(INT(":first", first), INT(":today", today)), error);
  while ((ok = s != NULL && store_step(store, s, &found, error)) && found)
    func(store_column_text(s, 0), sqlite3_column_int64(s, 1), data);
  return ok;
}

bool
store_domain_days(Store *store, const char *domain, gint64 first, gint64 today, StoreRowFunc func,
                  gpointer data, GError **error)
{
  return store_query(store,
                     "SELECT day, class, reason, nullif(provider, '') AS provider,"
                     "  sum(failures) AS failures FROM daily INDEXED BY daily_domain"
                     " WHERE recipient_domain = :domain AND day BETWEEN :first AND :today"
                     " GROUP BY day, class, reason, provider",
                     VALUES(TEXT(":domain", domain), INT(":first", first), INT(":today", today)),
                     func, data, error);
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
store_report_failure(Store *store, gint64 failure_id, StoreRowFunc func, gpointer data,
                     GError **error)
{
  return store_query(store,
                     "SELECT recipient, rule, coalesce(diagnostic, notice) AS reply, failed_at,"
                     "  envelope_recipient AS return_path, list_id"
                     " FROM failure JOIN message USING (message_id)"
                     " WHERE failure_id = :failure_id",
                     VALUES(INT(":failure_id", failure_id)), func, data, error);
}

bool
store_report_first(Store *store, const char *reason, const char *provider, gint64 since, gint64 *at,
                   GError **error)
{
  return store_get_int(
      store,
      "SELECT failed_at FROM failure INDEXED BY failure_failed_at"
      " WHERE failed_at >= :since AND reason = :reason"
      "  AND coalesce(provider, '') = :provider ORDER BY failed_at LIMIT 1",
      VALUES(INT(":since", since), TEXT(":reason", reason), TEXT(":provider", provider)), at,
      error);
}

/* The latest rows are next to one another, so that no index is read. */
static const char recent_failures[] =
    "SELECT class, reason, coalesce(provider, ''), address, feedback_id, envelope_recipient"
    " FROM (SELECT class, reason, provider, address, message_id, day FROM failure"
    "       WHERE failure_id <= (SELECT max(failure_id) FROM failure)"
    "       ORDER BY failure_id DESC LIMIT :limit)"
    " JOIN message USING (message_id) WHERE day BETWEEN :today - 29 AND :today";

bool
store_recent_each(Store *store, gint64 today, gint64 limit, StoreRecentFunc func, gpointer data,
                  gint64 *rows, GError **error)
{
  bool found;
  g_autoptr(sqlite3_stmt) s = store_prepare(
      store, recent_failures, VALUES(INT(":today", today), INT(":limit", limit)), error);
  for (*rows = 0;; ++*rows) {
    if (s == NULL || !store_step(store, s, &found, error))
      return false;
    if (!found)
      return true;
    const StoreRecentRow row = {.klass = store_column_text(s, 0),
                                .reason = store_column_text(s, 1),
                                .provider = store_column_text(s, 2),
                                .address = store_column_text(s, 3),
                                .feedback_id = store_column_text(s, 4),
                                .sender = store_column_text(s, 5)};
    func(&row, data);
  }
}

/* One text after the other, so that only the days asked for are read of each. */
static const char unknown_replies[] =
    MASKED_TEXTS " SELECT text.masked AS reply, count(*) AS failures,"
                 "   count(DISTINCT recipient_domain) AS domains, min(day) AS first_day,"
                 "   max(day) AS last_day, max(failure_id) AS failure_id"
                 " FROM text CROSS JOIN failure INDEXED BY failure_text"
                 "   ON failure.masked = text.masked AND day BETWEEN :today - 89 AND :today"
                 " GROUP BY text.masked ORDER BY failures DESC, reply LIMIT :limit";

bool
store_report_unknown(Store *store, gint64 today, gint64 limit, StoreRowFunc func, gpointer data,
                     GError **error)
{
  return store_query(store, unknown_replies, VALUES(INT(":today", today), INT(":limit", limit)),
                     func, data, error);
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
      "       WHERE message_id > (SELECT max(message_id) FROM message) - 20000)"
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
