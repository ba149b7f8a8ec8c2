/* Erasing what the database knows about a person. */
#pragma once

#include "store/decision.h"
#include "store/store-row.h"
#include "store/store.h"

/* Whether there is anything to erase: rows about the address, or a decision or a list entry that
 * names it. The hash by which a forgotten address stays suppressed is not counted. */
bool store_knows_address(Store *store, const char *address, bool *known, GError **error);

/* Before the transaction: finds the texts that name one of these (element-type Named), so that it
 * takes less time. Without this, store_forget() reads them all. */
bool store_forget_search(Store *store, const GPtrArray *named, GError **error);

/* Erases an address: its rows, and every text in other rows that names it (verp/named.h). If the
 * address was suppressed, it stays so by a keyed hash. *found: something was known about it. In a
 * transaction. */
bool store_forget(Store *store, const char *address, const Decision *decision, bool *found,
                  GError **error);

/* After the commit: empties the log, and rewrites the database if anything is left in free pages of
 * these (element-type Named; NULL = it is rewritten in any case). */
bool store_forget_finish(Store *store, const GPtrArray *named, GError **error);

/* Rows (message_id, kept): the messages whose raw text is kept in a file. */
bool store_kept(Store *store, StoreRowFunc func, gpointer data, GError **error);

/* For a message whose file was deleted. In a transaction. */
bool store_forget_kept(Store *store, gint64 message_id, GError **error);
