/* What has come in recently, whatever it reports. Only the last 100,000 messages are looked at. */
#pragma once

#include "store/store-decisions.h"
#include "store/store-row.h"
#include "store/store.h"

/* When the last message was recorded (Unix seconds); 0 = never. */
bool store_last_arrival(Store *store, gint64 *at, GError **error);

/* When a delivery last found no message on its standard input, and nothing that looks like a mail
 * server had run it (Unix seconds); 0 = never. store_note_empty() uses a transaction of its own. */
bool store_note_empty(Store *store, gint64 at, GError **error);
bool store_last_empty(Store *store, gint64 *at, GError **error);

/* Rows (kind, kept, received_at, notes): messages that were kept since then (Unix seconds), and the
 * paths under which they were kept. */
bool store_kept_since(Store *store, gint64 since, StoreRowFunc func, gpointer data, GError **error);

/* Rows (message_id, kept): messages that may be removed where they are kept, in that order: those
 * of the kind other, then challenge, the oldest first. */
bool store_oldest_kept(Store *store, StoreRowFunc func, gpointer data, GError **error);

/* Rows (message_id, digest in hexadecimal, kept, envelope_sender, envelope_recipient, size,
 * received_at): messages in the span (only its times matter) that were kept because they could not
 * be read, in the order of their numbers. An mbox is not among them. Reads the whole table. */
bool store_each_unread(Store *store, const Span *span, StoreRowFunc func, gpointer data,
                       GError **error);

/* Whether it still is one of these. */
bool store_is_unread(Store *store, gint64 message_id, const char *kept, bool *unread,
                     GError **error);

/* Adds a line to the audit: a message was read again, and so many entries of the list were added,
 * removed or changed. In a transaction. */
bool store_note_reread(Store *store, const Decision *decision, gint64 entries, GError **error);

/* Rows (message_id, kept): messages that could not be read when they were kept, but have been
 * since.
 */
bool store_needless_copies(Store *store, StoreRowFunc func, gpointer data, GError **error);

/* The message is no longer kept. */
bool store_unkeep(Store *store, gint64 message_id, GError **error);

/* How many octets are kept, as far as is known. */
bool store_kept_octets(Store *store, gint64 *octets, GError **error);
bool store_set_kept_octets(Store *store, gint64 octets, GError **error);

/* Octets of the database and its log, without what is free in them. */
bool store_size(Store *store, gint64 *octets, GError **error);

/* False with *error (TEMPFAIL) if it has reached max octets; 0 = no limit. */
bool store_has_room(Store *store, gint64 max, GError **error);

/* A row (messages, others): all messages since then, and those of the kind other. */
bool store_arrivals_since(Store *store, gint64 since, StoreRowFunc func, gpointer data,
                          GError **error);
