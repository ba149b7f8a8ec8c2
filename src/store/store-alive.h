/* Signs of life of addresses that have failed or are suppressed: their host accepted a message, or
 * a message came from them. They never remove anybody from the suppression list. */
#pragma once

#include "store/store-row.h"
#include "store/store.h"

/* The host of the address accepted a message at this time (Unix seconds). In a transaction; the
 * order of the calls does not matter much, and neither do repetitions. */
bool store_accepted(Store *store, const char *address, gint64 at, GError **error);

/* Removes what is older than the window in which failures are counted, unless the address is
 * suppressed. In a transaction. */
bool store_alive_prune(Store *store, gint64 now, GError **error);

/* A row (accepted_at, wrote_at), either of which may be NULL, if there is anything. */
bool store_alive(Store *store, const char *address, StoreRowFunc func, gpointer data,
                 GError **error);

/* Rows (recipient, since, accepted_at, wrote_at): suppressed addresses that have shown a sign of
 * life since; what came before is NULL. */
bool store_alive_suppressed(Store *store, StoreRowFunc func, gpointer data, GError **error);
