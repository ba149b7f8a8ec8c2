/* What trends needs: counts, when a change began, and what was told. */
#pragma once

#include "store/store-row.h"
#include "store/store.h"

enum { STORE_TREND_RECENT = 100000 }; /* failures that are searched for the beginning of a change */

/* Failures of a day that have all of these in common; several calls may be about the same ones.
 * Borrowed: valid during the call. */
typedef struct {
  gint64 day;
  const char *reason, *provider, *list_id; /* "" = unknown */
  gint64 failures;
} StoreTrendCount;

/* The days from first to last (UTC, since 1970), in that order, except the last few hundred
 * failures that were recorded, which come at the end. */
typedef void (*StoreTrendFunc)(const StoreTrendCount *count, gpointer data);
bool store_trend_counts(Store *store, gint64 first, gint64 last, StoreTrendFunc func, gpointer data,
                        GError **error);

/* Rows (failure_id, at, reason, provider, list_id, domain), in the order of time: failures for one
 * of these reasons (",a,b,") from since to until (Unix seconds), at most STORE_TREND_RECENT. "" =
 * unknown. */
bool store_trend_failures(Store *store, const char *reasons, gint64 since, gint64 until,
                          StoreRowFunc func, gpointer data, GError **error);

/* How many addresses of a provider the guard has held since then (Unix seconds). */
bool store_trend_held(Store *store, const char *provider, gint64 since, gint64 *held,
                      GError **error);

/* Rows (name, day): which changes were told, and the day on which each of them began. "" is when
 * something was told last: day is a time (Unix seconds) then. */
bool store_told(Store *store, StoreRowFunc func, gpointer data, GError **error);

/* Remembers one of them; forgets all that began before oldest. Inside a transaction. */
bool store_tell(Store *store, const char *name, gint64 day, GError **error);
bool store_forget_told(Store *store, gint64 oldest, GError **error);
