/* What bouncedb report shows. Days are UTC, since 1970; today is the last one that is read. No
 * function reads the whole history: failures are counted in the table daily, and of other tables
 * only the latest rows are read. */
#pragma once

#include "store/store-row.h"
#include "store/store.h"

enum { STORE_REPORT_RECENT = 50000 }; /* failures whose recipients are told apart */

/* All that is read from now on is of one moment. Ends when the store is closed. */
bool store_begin_reading(Store *store, GError **error);

/* Failures of a day that have all of these in common. Borrowed: valid during the call. */
typedef struct {
  gint64 day;
  const char *klass, *reason;
  const char *provider, *list_id; /* "" = unknown */
  gint64 failures;
  gint64 last_id; /* of the last failure */
} StoreDailyRow;

/* The days since first, in that order. */
typedef void (*StoreDailyFunc)(const StoreDailyRow *row, gpointer data);
bool store_daily_each(Store *store, gint64 first, gint64 today, StoreDailyFunc func, gpointer data,
                      GError **error);

/* Rows (class, reason, provider, failures), by provider: all failures that were ever recorded, as
 * they were judged when they came. "" = unknown. */
bool store_report_counters(Store *store, StoreRowFunc func, gpointer data, GError **error);

/* Rows (domain, class, reason, provider, failures) of the last 30 days: the recipient domains with
 * the most failures, at most limit of them, the most first, each with its most frequent row first.
 * NULL = unknown. */
bool store_report_domains(Store *store, gint64 today, gint64 limit, StoreRowFunc func,
                          gpointer data, GError **error);

/* A row (recipient, rule, reply): one failure; no row if it has been erased. */
bool store_report_failure(Store *store, gint64 failure_id, StoreRowFunc func, gpointer data,
                          GError **error);

/* Rows (reason, provider, recipients, cut): how many different addresses failed in the last 30
 * days, counted in the last STORE_REPORT_RECENT failures; cut: there are more. */
bool store_report_recipients(Store *store, gint64 today, StoreRowFunc func, gpointer data,
                             GError **error);

/* Rows (reply, failures, domains, first_day, last_day, failure_id): what no rule knows, in the last
 * 90 days, by masked text, the most frequent first. */
bool store_report_unknown(Store *store, gint64 today, gint64 limit, StoreRowFunc func,
                          gpointer data, GError **error);

/* Rows (day, suppressed, held, lifted) of the last 30 days on which the list has changed, the
 * latest first. suppressed and held are entries that are still there; removed entries are looked
 * for in the last 100,000 changes. */
bool store_report_list(Store *store, gint64 today, StoreRowFunc func, gpointer data,
                       GError **error);

/* Rows (provider, week, month, last_day): complaints of the last 7 and 30 days, among the last
 * 100,000. */
bool store_report_complaints(Store *store, gint64 today, StoreRowFunc func, gpointer data,
                             GError **error);

/* Rows (kind, week, month, kept): messages of the last 7 and 30 days, among the last 100,000, and
 * how many of the latter were kept. */
bool store_report_messages(Store *store, gint64 today, StoreRowFunc func, gpointer data,
                           GError **error);

/* Rows (recipient, reason, provider, day): the addresses that came on the list last, among the last
 * 1,000 changes. */
bool store_report_entries(Store *store, gint64 limit, StoreRowFunc func, gpointer data,
                          GError **error);
