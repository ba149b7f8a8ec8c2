/* Cursors: how far an importing program has read the changes of the list. */
#pragma once

#include "store/store.h"

typedef struct {
  gint64 seq; /* number of the last change that was read; -1 = there is no such cursor */
  gint64 at;  /* when it was moved, Unix seconds */
  char *format, *filter;
  gint64 rows;        /* in the export that moved it; only written */
  const char *sha256; /* of that export; only written */
} StoreCursor;

bool store_cursor(Store *store, const char *name, StoreCursor *out, GError **error);
bool store_cursor_move(Store *store, const char *name, const StoreCursor *to, GError **error);
void store_cursor_clear(StoreCursor *cursor);

/* Lets one export with a cursor run at a time, until *lock is closed. */
bool store_cursor_lock(Store *store, int *lock, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(StoreCursor, store_cursor_clear)
