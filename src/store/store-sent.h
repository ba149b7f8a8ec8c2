/* What is known about the messages that were sent: their recent recipients, and the numbers that
 * stand for recipients in opaque return paths. */
#pragma once

#include "store/store-row.h"
#include "store/store.h"

/* Recipients and messages are stored as keyed hashes; the key is in the same database, made if
 * there is none. Before the rest of the functions that write; all of these need a transaction. */
bool store_sent_begin(Store *store, GError **error);

/* The hash of a Message-ID, without its brackets; never 0. */
gint64 store_sent_hash(const Store *store, const char *message_id);

/* A message with this hash (0 = not known) was sent to the address. at: Unix seconds; the latest
 * counts. prune removes what is older. */
bool store_sent_add(Store *store, const char *address, gint64 message, gint64 at, GError **error);
bool store_sent_prune(Store *store, gint64 before, GError **error);

/* The hash of a Message-ID (nullable); 0 if it is NULL, or if nothing that was sent is recorded.
 * Before store_sent_knows(), which tells what was sent to the address since then: nothing,
 * something, or this message. */
typedef enum { SENT_NOTHING, SENT_SOMETHING, SENT_MESSAGE } StoreSent;
bool store_sent_find_message(Store *store, const char *message_id, gint64 *message, GError **error);
bool store_sent_knows(Store *store, const char *address, gint64 message, gint64 since,
                      StoreSent *out, GError **error);

/* When the last message of which the Message-ID is known was sent (Unix seconds); 0 = none was.
 * Reads them all. */
bool store_sent_last(Store *store, gint64 *at, GError **error);

/* Messages that were in the mail server's queue when its log ended. Rows (id, message, counts, at),
 * as in the struct. */
typedef struct {
  const char *id; /* of the mail server */
  gint64 message; /* 0 = the Message-ID is not known */
  int counts;     /* whether its sender does; -1 = not known */
  gint64 at;      /* Unix seconds */
} StoreQueued;
bool store_each_queued(Store *store, StoreRowFunc func, gpointer data, GError **error);
bool store_queued_add(Store *store, const StoreQueued *queued, GError **error);
bool store_queued_remove(Store *store, const char *id, GError **error);

/* The number of a recipient, always the same. A new one is on disk when this returns. Outside a
 * transaction. */
bool store_return_path(Store *store, const char *recipient, gint64 now, gint64 *id, GError **error);

/* *recipient: (transfer full); NULL = no such number. */
bool store_return_path_find(Store *store, gint64 id, char **recipient, GError **error);
