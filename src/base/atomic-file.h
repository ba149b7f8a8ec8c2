/* Files that are replaced as a whole. */
#pragma once

#include <stdio.h>

#include "base/error.h"

/* Makes the entry of path in its folder durable: after a create, a rename, an unlink. */
bool atomic_file_sync_folder(const char *path, GError **error);

/* What is going to be path: a file beside it, which nobody else writes meanwhile (TEMPFAIL), with
 * the mode and group of the one that is there; a new one is for nobody else's eyes. One that a
 * killed run left behind is used again. */
typedef struct AtomicFile AtomicFile;
AtomicFile *atomic_file_new(const char *path, GError **error);
FILE *atomic_file_stream(const AtomicFile *draft);     /* borrowed */
const char *atomic_file_name(const AtomicFile *draft); /* where it is now; borrowed */

/* Takes the place of path, on disk before this returns. stamp: nanoseconds of the time of
 * modification, by which to know the file again; negative = as it comes. */
bool atomic_file_publish(AtomicFile *draft, gint64 stamp, GError **error);

/* Writes behind what is in path; publish and free as above: what was not published is cut off. */
AtomicFile *atomic_file_append(const char *path, gint64 *octets, GError **error);

/* A draft that was not published is removed. */
void atomic_file_free(AtomicFile *draft);

/* name.ext and "2" give name-2.ext. (transfer full) */
char *atomic_file_variant(const char *path, const char *suffix);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(AtomicFile, atomic_file_free)
