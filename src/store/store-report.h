/* What bouncedb report shows. Days are UTC, since 1970; today is the last one that is read. No
 * function reads the whole history: failures are counted in the table daily, and of other tables
 * only the latest rows are read. */
#pragma once

#include "store/store-row.h"
#include "store/store.h"

/* All that is read from now on is of one moment. Ends when the store is closed. */
bool store_begin_reading(Store *store, GError **error);

/* Failures of a day, or of the week that begins with it, that have all of these in common.
 * Borrowed: valid during the call. */
typedef struct {
  gint64 day;
  const char *klass, *reason;
  const char *provider, *list_id; /* "" = unknown */
  gint64 failures;
  gint64 last_id; /* of the last failure */
} StoreListSum;

/* Days since daily; before it, weeks, which begin on Monday as daily does, and days as far as the
 * week begins before first. */
typedef void (*StoreListSumFunc)(const StoreListSum *row, gpointer data);
bool store_list_sums_each(Store *store, gint64 first, gint64 daily, gint64 today,
                          StoreListSumFunc func, gpointer data, GError **error);

/* Failures of a day, a class and a provider ("" = unknown) that came at most so many seconds after
 * the message was sent, and later than the next smaller number. Rows of the same day and class
 * follow one another. Borrowed: valid during the call. */
typedef struct {
  gint64 day;
  const char *klass, *provider;
  gint64 seconds, failures;
} StoreTime;

typedef void (*StoreTimeFunc)(const StoreTime *row, gpointer data);
bool store_times_each(Store *store, gint64 first, gint64 today, StoreTimeFunc func, gpointer data,
                      GError **error);

/* Rows (seconds, failures, total), the least seconds first: the same for all failures that were
 * ever recorded, and how many seconds it was in all. */
bool store_report_times(Store *store, StoreRowFunc func, gpointer data, GError **error);

/* A recipient domain ("" = unknown), which may come again, with some of its failures. Borrowed:
 * valid during the call. */
typedef void (*StoreDomainFunc)(const char *domain, gint64 failures, gpointer data);
bool store_domains_each(Store *store, gint64 first, gint64 today, StoreDomainFunc func,
                        gpointer data, GError **error);

/* Rows (day, class, reason, provider, failures) of one domain. NULL = unknown. */
bool store_domain_days(Store *store, const char *domain, gint64 first, gint64 today,
                       StoreRowFunc func, gpointer data, GError **error);

/* Rows (class, reason, provider, failures), by provider: all failures that were ever recorded, as
 * they were judged when they came. "" = unknown. */
bool store_report_counters(Store *store, StoreRowFunc func, gpointer data, GError **error);

/* A row (recipient, rule, reply, failed_at, return_path, list_id): one failure; no row if it has
 * been erased. return_path: the address that the message came from, as far as the mail server says
 * that bounces come back to it. */
bool store_report_failure(Store *store, gint64 failure_id, StoreRowFunc func, gpointer data,
                          GError **error);

/* The time (Unix seconds) of the first failure for a reason at a provider ("" = unknown) since a
 * time; 0 = there is none. */
bool store_report_first(Store *store, const char *reason, const char *provider, gint64 since,
                        gint64 *at, GError **error);

/* Failures of the last 30 days, among the last limit that were recorded. sender: the address that
 * the message came from, as far as the mail server says that bounces come back to it. *rows: how
 * many. Borrowed: valid during the call; NULL = unknown. */
typedef struct {
  const char *klass, *reason;
  const char *provider; /* "" = unknown */
  const char *address, *feedback_id, *sender;
} StoreRecentRow;

typedef void (*StoreRecentFunc)(const StoreRecentRow *row, gpointer data);
bool store_recent_each(Store *store, gint64 today, gint64 limit, StoreRecentFunc func,
                       gpointer data, gint64 *rows, GError **error);

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

/* Rows (kind, week, month, kept): messages of the last 7 and 30 days, among the last 20,000, and
 * how many of the latter were kept. */
bool store_report_messages(Store *store, gint64 today, StoreRowFunc func, gpointer data,
                           GError **error);

/* Rows (recipient, reason, provider, day): the addresses that came on the list last, among the last
 * 1,000 changes. */
bool store_report_entries(Store *store, gint64 limit, StoreRowFunc func, gpointer data,
                          GError **error);
