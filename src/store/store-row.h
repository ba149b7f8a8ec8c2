/* Rows that are read back: a query hands each of them to a function, as cells with names. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* One value of a row. Borrowed: valid while the row's function runs. */
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
