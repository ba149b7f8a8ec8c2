/* What was told is soon forgotten, so it is among the settings (told/NAME) and has no table. */
#include "config.h"

#include "store/store-trends.h"

#include "store/store-private.h"

/* Days, and what is not summed up yet. Nothing is grouped or sorted. */
static const char day_counts[] =
    "SELECT day, reason, provider, list_id, failures FROM list_sum"
    " WHERE days = 1 AND day BETWEEN :first AND :last"
    " UNION ALL SELECT day, reason, coalesce(provider, ''), coalesce(list_id, ''), 1"
    " FROM failure JOIN message USING (message_id)"
    " WHERE failure_id > (SELECT summed_to FROM guard) AND day BETWEEN :first AND :last";

bool
store_trend_counts(Store *store, gint64 first, gint64 last, StoreTrendFunc func, gpointer data,
                   GError **error)
{
  bool found;
  g_autoptr(sqlite3_stmt) s =
      store_prepare(store, day_counts, VALUES(INT(":first", first), INT(":last", last)), error);
  for (;;) {
    if (s == NULL || !store_step(store, s, &found, error))
      return false;
    if (!found)
      return true;
    const StoreTrendCount count = {.day = sqlite3_column_int64(s, 0),
                                   .reason = store_column_text(s, 1),
                                   .provider = store_column_text(s, 2),
                                   .list_id = store_column_text(s, 3),
                                   .failures = sqlite3_column_int64(s, 4)};
    func(&count, data);
  }
}

bool
store_trend_failures(Store *store, const char *reasons, gint64 since, gint64 until,
                     StoreRowFunc func, gpointer data, GError **error)
{
  return store_query(
      store,
      "SELECT failure_id, failed_at AS at, reason, coalesce(provider, '') AS provider,"
      "   coalesce(list_id, '') AS list_id, recipient_domain AS domain"
      " FROM failure INDEXED BY failure_failed_at CROSS JOIN message"
      "   USING (message_id)"
      " WHERE failed_at BETWEEN :since AND :until"
      "   AND instr(:reasons, ',' || reason || ',') ORDER BY failed_at LIMIT :limit",
      VALUES(TEXT(":reasons", reasons), INT(":since", since), INT(":until", until),
             INT(":limit", STORE_TREND_RECENT)),
      func, data, error);
}

bool
store_trend_held(Store *store, const char *provider, gint64 since, gint64 *held, GError **error)
{
  return store_get_int(store,
                       "SELECT count(*) FROM entry"
                       " WHERE state = 'held' AND source = :provider AND since >= :since",
                       VALUES(TEXT(":provider", provider), INT(":since", since)), held, error);
}

bool
store_told(Store *store, StoreRowFunc func, gpointer data, GError **error)
{
  return store_query(store,
                     "SELECT substr(name, 6) AS name, CAST(value AS INTEGER) AS day FROM setting"
                     " WHERE name GLOB 'told/*'",
                     NULL, func, data, error);
}

bool
store_tell(Store *store, const char *name, gint64 day, GError **error)
{
  return store_run(store,
                   "INSERT INTO setting (name, value) VALUES ('told/' || :name, :day)"
                   " ON CONFLICT DO UPDATE SET value = excluded.value",
                   VALUES(TEXT(":name", name), INT(":day", day)), error);
}

bool
store_forget_told(Store *store, gint64 oldest, GError **error)
{
  return store_run(store,
                   "DELETE FROM setting WHERE name GLOB 'told/?*'"
                   " AND CAST(value AS INTEGER) < :oldest",
                   VALUES(INT(":oldest", oldest)), error);
}
