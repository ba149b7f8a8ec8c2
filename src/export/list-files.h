/* List files: copies of the suppression list that every delivery that changes it brings up to date.
 *
 * They are derived from the database and can be written again from scratch at any time. If
 * addresses have only been added, these are appended, so that the cost does not grow with the
 * length of the list; otherwise the file is replaced (written, synced, renamed). Both happen under
 * the same ticket as the transactions.
 *
 * The file itself tells which state it has: the nanoseconds of its modification time are a hash of
 * the number of the last change that it contains, its length, its format and its selection. So a
 * run sees, without reading the file and without a transaction, whether a crash or a manual change
 * has left it in another state, and half an append is never taken for the whole. */
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

/* Whether there can be a list file in this format: rows can be appended. */
bool list_file_can_append(const Format *format);

/* Brings the lists (element-type ListFile) up to date, if they are not. The store must be open for
 * writing. If it returns false, the lists that could not be written are unchanged, or the next run
 * will find them out of date; the others are up to date. */
bool list_files_update(Store *store, const GPtrArray *lists, GError **error);

/* Whether a list is up to date. */
bool list_file_is_current(Store *store, const ListFile *list, bool *current, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ListFile, list_file_free)
