/* The suppression list as it leaves the database: all of it, or what changed. Changes are numbered
 * in the order of their commits. */
#pragma once

#include "store/entry.h"
#include "store/store.h"

/* The row is valid during the call, and may be modified. */
typedef bool (*StoreEntryFunc)(Entry *row, gpointer data, GError **error);

typedef struct {
  gint64 after; /* only addresses that changed after this change; -1 = the whole list */
  gint64 now; /* leaves out what has ended by then (Unix seconds); 0 = nothing, and so do changes */
  bool list_id;    /* fill in list_id */
  bool detail;     /* fill in everything */
  bool exceptions; /* of the whole list: afterwards, allowed addresses in domains that are on it */
} StoreExport;

/* Rows in the order of their addresses. *seq: the number of the last change that they reflect. */
bool store_export(Store *store, const StoreExport *what, gint64 *seq, StoreEntryFunc func,
                  gpointer data, GError **error);

/* The number of the last change; 0 = none. */
bool store_sequence(Store *store, gint64 *seq, GError **error);

/* How the list has changed after this change: addresses added and removed, and those that the guard
 * holds now. */
typedef struct {
  gint64 added, removed, held;
} StoreChanges;

bool store_changes(Store *store, gint64 after, StoreChanges *out, GError **error);

/* The number of the last change before a time (Unix seconds). */
bool store_sequence_before(Store *store, gint64 at, gint64 *out, GError **error);

/* Whether all changes after this one added addresses, and none a whole domain, which may have
 * exceptions. */
bool store_only_additions(Store *store, gint64 after, bool *out, GError **error);

/* How many addresses were forgotten after this change, and may have to be erased elsewhere too. */
bool store_erasures(Store *store, gint64 after, gint64 *out, GError **error);

/* A random name that tells this database from every other. (transfer full); NULL on error. */
char *store_identity(Store *store, GError **error);
