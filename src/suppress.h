/* The suppression list alongside the database: a plain file, one address a line.
 *
 * It is derived from the table suppression and can be made anew at any time. It is replaced as a
 * whole (written, synced, renamed), under the same ticket as the transactions, and only where the
 * table has changed since: the file's time of modification carries the table's revision in its
 * nanoseconds, so that a run sees without reading it whether a crash or a hand has left it behind.
 */
#pragma once

#include "store.h"

/* Whether an address can stand in a line of its own and be taken for nothing else: no control,
 * blank, quote, comma or angle bracket, valid UTF-8, not beginning with '#', at most
 * BOUNCE_ADDRESS_MAX octets, exactly one '@' with something on both sides. */
bool suppress_is_listable(const char *address);

/* Brings the list at path up to date; does nothing where it is. The store must be open for
 * writing. After a false return the old list is as it was. */
bool suppress_update(Store *store, const char *path, GError **error);
