/* Rows that a query returns: each is passed to a function, as an array of named cells. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Borrowed: valid during the call. */
typedef struct {
  const char *name; /* of the column */
  const char *text; /* NULL = absent; numbers as text too */
  bool number;
  gint64 value;
} StoreCell;

/* Returning false, with *error set, ends the query. */
typedef bool (*StoreRowFunc)(const StoreCell *cells, guint n, gpointer data, GError **error);

const char *store_cell(const StoreCell *cells, guint n, const char *name); /* NULL = absent */
gint64 store_cell_int(const StoreCell *cells, guint n, const char *name);  /* 0 = absent */
