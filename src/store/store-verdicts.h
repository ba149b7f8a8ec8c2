/* Judging recorded failures again. */
#pragma once

#include "store/store-decisions.h"
#include "store/store-failure.h"
#include "store/store-row.h"

/* failure holds the evidence as recorded and the current verdict. It is freed after the call;
 * members may be stolen. */
typedef bool (*StoreFailureFunc)(gint64 failure_id, StoreFailure *failure, gpointer data,
                                 GError **error);

/* Every failure in the span (only its times matter) in the order of their numbers, except those
 * whose evidence was erased. Reads in batches, so that a slow func does not keep writers from
 * resetting the log. */
bool store_each_failure(Store *store, const Span *span, StoreFailureFunc func, gpointer data,
                        GError **error);

/* Replaces the verdict was by verdict; the suppression list follows. *changed: false if the verdict
 * in the database is no longer was. In a transaction. */
bool store_judge(Store *store, gint64 failure_id, const Verdict *was, const Verdict *verdict,
                 bool *changed, GError **error);

/* Adds the line of the audit. entries: how many entries of the list were added, removed or changed.
 * In a transaction. */
bool store_judged(Store *store, const Span *span, const Decision *decision, gint64 entries,
                  GError **error);

/* The first rows of the view unknown_reply. */
bool store_unknown(Store *store, gint64 limit, StoreRowFunc func, gpointer data, GError **error);
