/* What the database knows about an address or a message. Addresses and domains are
 * compared without case. Columns not named here are those of the table or view
 * (bouncedb-schema(7)). */
#pragma once

#include "store/store-row.h"
#include "store/store.h"

/* Rows of the views event and standing for an address. */
bool store_address_events(Store *store, const char *address, StoreRowFunc func, gpointer data,
                          GError **error);
bool store_address_standing(Store *store, const char *address, StoreRowFunc func, gpointer data,
                            GError **error);

/* Rows (recipient), distinct: the recipients whose failures name address as their final or original
 * recipient. Reads the whole history. */
bool store_named_for(Store *store, const char *address, StoreRowFunc func, gpointer data,
                     GError **error);

/* The entry of an address, or else of its whole domain ("@domain"), in the view suppression, unless
 * it has ended by now (Unix seconds), or in the view held, with the diagnostic and the rule of the
 * failure that decided. No row if there is no such entry. */
bool store_suppression(Store *store, const char *address, gint64 now, StoreRowFunc func,
                       gpointer data, GError **error);
bool store_held_entry(Store *store, const char *address, StoreRowFunc func, gpointer data,
                      GError **error);

/* The row of the table override for an address, and its rows in the table audit. */
bool store_address_override(Store *store, const char *address, StoreRowFunc func, gpointer data,
                            GError **error);
bool store_address_audit(Store *store, const char *address, StoreRowFunc func, gpointer data,
                         GError **error);

/* The message that reported a failure; 0 if there is no such failure. */
bool store_message_of(Store *store, gint64 failure_id, gint64 *message_id, GError **error);

/* The row of the table message (digest in hexadecimal), and its rows in the view event. */
bool store_message(Store *store, gint64 message_id, StoreRowFunc func, gpointer data,
                   GError **error);
bool store_message_events(Store *store, gint64 message_id, StoreRowFunc func, gpointer data,
                          GError **error);

/* Rows (day, source, provider, entries): held entries by day and source, which is a provider or a
 * recipient's domain. */
bool store_held(Store *store, StoreRowFunc func, gpointer data, GError **error);

/* Rows (recipient, at): allowed addresses that have complained, and when they last did. */
bool store_allowed_complaints(Store *store, StoreRowFunc func, gpointer data, GError **error);

/* Rows (reply, failures, domains, first_at, last_at): masked texts whose failures do not count
 * because they came for many domains at once, the latest first; of the days since then (Unix
 * seconds). */
bool store_waves(Store *store, gint64 since, StoreRowFunc func, gpointer data, GError **error);
