/* What show tells, as JSON: the rows of the database, in the style of bouncedb-json(7). */
#pragma once

#include "store/store.h"

/* The object of an address. *known: whether anything is. (transfer full) NULL on error. */
char *show_address_json(Store *store, const char *address, gint64 now, bool *known, GError **error);

/* The object of a message; failure_id: only this one of its events; 0 = all. */
char *show_message_json(Store *store, gint64 message_id, gint64 failure_id, bool *known,
                        GError **error);
