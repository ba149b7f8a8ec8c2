/* The suppression list as a small database of its own, for programs that look addresses up. */
#pragma once

#include "base/error.h"
#include "store/entry.h"

typedef struct StoreCopy StoreCopy;

/* path: an empty file. The rows go into its only table, suppression. The caller syncs the file. */
StoreCopy *store_copy_new(const char *path, GError **error);
bool store_copy_add(StoreCopy *copy, const Entry *row, GError **error);
bool store_copy_finish(StoreCopy *copy, GError **error);
void store_copy_free(StoreCopy *copy);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(StoreCopy, store_copy_free)
