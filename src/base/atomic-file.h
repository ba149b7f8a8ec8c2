/* Files that are replaced as a whole, so that no reader and no crash sees half of one. */
#pragma once

#include <stdio.h>

#include "base/error.h"

/* Whether path can be created in its folder. The error (TEMPFAIL) is about the folder, which people
 * can repair, not about a draft. */
bool atomic_file_check_folder(const char *path, GError **error);

/* Makes the entry of path in its folder durable: after a create, a rename or an unlink. */
bool atomic_file_sync_folder(const char *path, GError **error);

/* Moves a complete file, name, to path in the same folder. On disk when this returns. */
bool atomic_file_replace(const char *name, const char *path, GError **error);

/* A draft of path: a file beside it, locked against other writers (TEMPFAIL), which nobody else can
 * open. When it is published, it gets the mode and the group of the existing file; a new file is
 * for its owner only. A draft that a killed process left behind is used again. A file of another
 * user in place of path or of the draft is an error; a link in place of path is replaced. */
typedef struct AtomicFile AtomicFile;
AtomicFile *atomic_file_new(const char *path, GError **error);
FILE *atomic_file_stream(const AtomicFile *draft);     /* borrowed */
const char *atomic_file_name(const AtomicFile *draft); /* where it is now; borrowed */

/* Opens path for appending. *octets: its length. If the draft is freed unpublished, the file is
 * truncated to that length. A file of another user, or with a second name, is an error. */
AtomicFile *atomic_file_append(const char *path, gint64 *octets, GError **error);

/* Replaces path by the draft. On disk when this returns, except for the stamp: the nanoseconds of
 * the modification time, by which the file can be recognised later; negative = as they come. After
 * a power cut, a file with its stamp is complete. */
bool atomic_file_publish(AtomicFile *draft, gint64 stamp, GError **error);

/* Removes a draft that was not published. */
void atomic_file_free(AtomicFile *draft);

/* "name.ext" and "2" give "name-2.ext". (transfer full) */
char *atomic_file_variant(const char *path, const char *suffix);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(AtomicFile, atomic_file_free)
