/* Counts of failures by day, in the table daily (bouncedb-schema(7)). Reading them does not read
 * the history, so the time does not grow with it. Days are UTC, since 1970; today is the last day
 * that is counted. */
#pragma once

#include "store/store-row.h"
#include "store/store.h"

/* Rows (name, today, yesterday, week, month): the failures of the last day, the one before, the
 * last 7 and the last 30, by party, class, reason or provider; the most of the month first, at most
 * limit. An unknown provider is NULL. */
typedef enum {
  DAILY_PARTY,
  DAILY_CLASS,
  DAILY_REASON,
  DAILY_PROVIDER,
} DailyColumn;
bool store_daily(Store *store, DailyColumn column, gint64 today, gint64 limit, StoreRowFunc func,
                 gpointer data, GError **error);

/* Rows (day, failures) of the last 30 days, the oldest first; days without failures are left out.
 */
bool store_daily_total(Store *store, gint64 today, StoreRowFunc func, gpointer data,
                       GError **error);

/* Rows (reason, provider, party, failures, failure_id, failed_at, rule, diagnostic): what people
 * can do something about, in the last 30 days: every reason whose party is not the recipient, at
 * every provider; the most failures first, at most limit. failure_id, failed_at, rule and
 * diagnostic are those of the last one; NULL if it has been erased. */
bool store_daily_remedies(Store *store, gint64 today, gint64 limit, StoreRowFunc func,
                          gpointer data, GError **error);

/* A row (suppressed, held): addresses on the list, and addresses that the guard holds. */
bool store_list_sizes(Store *store, StoreRowFunc func, gpointer data, GError **error);
