/* How much the quarantine may hold. */
#pragma once

#include "mail/bounce.h"
#include "store/store.h"

/* Makes room for size more octets in the Maildir, which may hold total (0 = any number) in its new:
 * removes the oldest messages of the kind other, then of the kind challenge, and notes in the
 * database that they are no longer kept. Messages that could not be read stay. If that is not
 * enough, *room is false, and an unreadable message is an error (TEMPFAIL).
 *
 * To be called in the transaction that records the message. Moving messages out of new makes room
 * too. */
bool keep_make_room(Store *store, const char *folder, gint64 total, Kind kind, gint64 size,
                    bool *room, GError **error);
