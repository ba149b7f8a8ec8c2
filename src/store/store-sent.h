/* What is known about the messages that were sent: their recent recipients, and the numbers that
 * stand for recipients in opaque return paths. */
#pragma once

#include "store/store.h"

/* Recipients are stored as keyed hashes; the key is in the same database. add and prune need a
 * transaction. at: Unix seconds; the latest counts. */
bool store_sent_add(Store *store, const char *address, gint64 at, GError **error);
bool store_sent_prune(Store *store, gint64 before, GError **error);
bool store_sent_knows(Store *store, const char *address, gint64 since, bool *known, GError **error);

/* The number of a recipient, always the same. A new one is on disk when this returns. Outside a
 * transaction. */
bool store_return_path(Store *store, const char *recipient, gint64 now, gint64 *id, GError **error);

/* *recipient: (transfer full); NULL = no such number. */
bool store_return_path_find(Store *store, gint64 id, char **recipient, GError **error);
