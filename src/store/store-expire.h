/* Entries of the suppression list that end by themselves, a number of days after they came
 * (threshold.expires).
 *
 * An entry that has ended stays in the database until the next command that writes calls
 * store_expire(). Until then, a reader that knows the time takes it for gone. */
#pragma once

#include "store/store.h"

/* Removes the entries that have ended by now (Unix seconds), and makes the failures that they rest
 * on stop counting. If another reason suppresses the address, it gets the entry. Uses a transaction
 * of its own if there is anything to do. */
bool store_expire(Store *store, gint64 now, GError **error);

/* Whether any reason has an expiry, as the database knows it. */
bool store_any_expiry(Store *store, bool *any, GError **error);
