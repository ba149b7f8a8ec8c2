/* Recorded failures judged anew (the rest of the store is in store.h). */
#pragma once

#include "store/store-decisions.h"

/* failure has the evidence as it was recorded, and the verdict that stands. It may be altered; what
 * of it is to be kept has to be taken. */
typedef bool (*StoreFailureFunc)(gint64 failure_id, StoreFailure *failure, gpointer data,
                                 GError **error);

/* Every failure not before since (Unix seconds; 0 = all), in the order of their numbers, without
 * those whose evidence was erased. Reads piece by piece, so that it does not keep a writer's log
 * from being cleared, however long func takes. */
bool store_each_failure(Store *store, gint64 since, StoreFailureFunc func, gpointer data,
                        GError **error);

/* verdict takes the place of was; the suppression list follows. *changed: false where it is not was
 * that stands there by now. In a transaction. */
bool store_judge(Store *store, gint64 failure_id, const Verdict *was, const Verdict *verdict,
                 bool *changed, GError **error);

/* The line of the audit: so many entries of the list came, went or changed. In a transaction. */
bool store_judged(Store *store, gint64 since, const Decision *decision, gint64 entries,
                  GError **error);

/* The first rows of the view unknown_reply. */
bool store_unknown(Store *store, gint64 limit, StoreRowFunc func, gpointer data, GError **error);
