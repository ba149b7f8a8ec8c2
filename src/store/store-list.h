/* Lists of what is recorded. */
#pragma once

#include "store/store-row.h"
#include "store/store.h"

/* Unset fields match everything. Several words are separated by commas. */
typedef struct {
  const char *kind;      /* of the message (kind_name); NULL = "bounce" */
  const char *classes;   /* only for bounces and delays */
  const char *reasons;   /* the same */
  const char *domains;   /* of the recipient (address_key); only for kinds with recipients */
  const char *address;   /* of the recipient; the same */
  const char *providers; /* ids; only for bounces, delays and complaints */
  gint64 since, until;   /* Unix seconds, inclusive */
  gint64 limit;          /* only so many, the newest; 0 = all */
  bool oldest_first;     /* of these */
} StoreFilter;

/* Rows of the table that has the recipients of such messages: failure, delay, delivery or
 * complaint. Of a kind that is about no recipient, rows of the table message. The newest come
 * first. */
bool store_list(Store *store, const StoreFilter *filter, StoreRowFunc func, gpointer data,
                GError **error);

/* How many there are, whatever filter->limit says. */
bool store_list_count(Store *store, const StoreFilter *filter, gint64 *out, GError **error);
