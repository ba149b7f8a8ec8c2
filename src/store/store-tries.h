/* Deliveries that were given up through no fault of the message, and will be tried again. */
#pragma once

#include "mail/digest.h"
#include "store/store.h"

/* Notes a try of the message with this digest, and forgets those of more than a day before now
 * (Unix seconds). *tries: how many are left, this one included. Commits. */
bool store_note_try(Store *store, const guint8 digest[DIGEST_SIZE], gint64 now, gint64 *tries,
                    GError **error);
