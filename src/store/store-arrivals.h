/* What has come in recently, whatever it reports. Only the last 100,000 messages are looked at. */
#pragma once

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

/* A row (messages, others): all messages since then, and those of the kind other. */
bool store_arrivals_since(Store *store, gint64 since, StoreRowFunc func, gpointer data,
                          GError **error);
