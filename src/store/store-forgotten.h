/* Recognising an address that was forgotten while it was suppressed. */
#pragma once

#include "store/store-row.h"
#include "store/store.h"

/* The row (reason, since) of the address, if it is one. */
bool store_forgotten(Store *store, const char *address, StoreRowFunc func, gpointer data,
                     GError **error);

/* *can: such addresses can be recognised, because there are none, or because their key can be read.
 * A copy of the database has no key. *why (nullable, transfer full): why not. */
bool store_can_tell_forgotten(Store *store, bool *can, char **why, GError **error);

/* Whether there is any such address. */
bool store_any_forgotten(Store *store, bool *any, GError **error);
