/* The lists alongside the database: files that every delivery that changes the suppression list
 * brings up to date.
 *
 * They are derived from the database and can be made anew at any time. Where addresses have only
 * come since, they are written behind the others, so that the cost does not grow with the length of
 * the list; else the file is replaced as a whole (written, synced, renamed). Both are done under
 * the same ticket as the transactions.
 *
 * A file shows by itself which state it has: the nanoseconds of its time of modification are a hash
 * of the number of the last change that it holds, its length, its format and its selection. So a
 * run sees without reading it, and without a transaction of its own, whether a crash or a hand has
 * left it behind; and half of what was to be appended is never taken for the whole. */
#pragma once

#include "store/store.h"
#include "export/formats.h"
#include "export/selection.h"

typedef struct {
  char *path;
  const Format *format; /* one that list_file_can_append */
  Selection selection;
} ListFile;

void list_file_free(ListFile *list);

/* Whether a list of this format can be kept up to date: a row can be written behind the others. */
bool list_file_can_append(const Format *format);

/* Brings the lists (element-type ListFile) up to date; does nothing where they are. The store
 * must be open for writing. After a false return the lists that could not be written are as they
 * were, or will be found out of order by the next run; the others are up to date. */
bool list_files_update(Store *store, const GPtrArray *lists, GError **error);

/* Whether a list is up to date. */
bool list_file_is_current(Store *store, const ListFile *list, bool *current, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ListFile, list_file_free)
