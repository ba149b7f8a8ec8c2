/* The database as a file: whether it is sound, and how to copy it. */
#pragma once

#include "store/store.h"

/* Looks for damage, dangling references, entries without a reason, and anything that is about to
 * stop deliveries. Appends a line to findings (element-type char*) for each. */
bool store_check(Store *store, GPtrArray *findings, GError **error);

/* Copies the current state into a file without a log beside it, while others may write. Replaces an
 * existing file; the mode follows the umask. The store must be open for writing, because SQLite
 * 3.40 cannot otherwise copy tables that have generated columns. */
bool store_snapshot(Store *store, const char *path, GError **error);

/* Counts all failures again, in several transactions, so that a delivery need not wait for all of
 * them. Not in a transaction. */
bool store_recount_all(Store *store, GError **error);
