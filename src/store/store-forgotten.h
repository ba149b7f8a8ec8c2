/* Recognising an address that was forgotten while it was suppressed. */
#pragma once

#include "store/store-row.h"
#include "store/store.h"

/* The row (reason, since) of the address, if it is one. */
bool store_forgotten(Store *store, const char *address, StoreRowFunc func, gpointer data,
                     GError **error);

/* Whether there is any such address. */
bool store_any_forgotten(Store *store, bool *any, GError **error);
