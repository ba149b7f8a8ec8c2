/* Rows into files: header, batches, as many files as it takes, all of them replaced as a whole at
 * the end; or to standard output. Memory does not grow with the number of rows. */
#pragma once

#include "base/error.h"
#include "export/formats.h"

typedef struct {
  const Format *format; /* borrowed */
  FormatGuard guard;
  bool sum;     /* writer_sha256 will be asked */
  bool changes; /* rows tell what happened */
  guint chunk;  /* rows of a batch or a file; 0 = what the format says */
} WriterOptions;

typedef struct Writer Writer;

/* path: further files get a number, name-2.ext. NULL = standard output, and then there is one. */
Writer *writer_new(const char *path, const WriterOptions *options, GError **error);

/* Rows behind those of a file that is there, which nobody else writes meanwhile. Without a publish
 * it is cut to what it was. */
Writer *writer_new_behind(const char *path, const WriterOptions *options, GError **error);

bool writer_add(Writer *writer, const Entry *row, GError **error);

/* After the last row: all of it is written, nothing is in place yet. */
bool writer_end(Writer *writer, GError **error);
gint64 writer_octets(const Writer *writer); /* of the files as they will be */
const char *writer_sha256(Writer *writer);  /* of everything, in hexadecimal; borrowed */

/* The files take their places, on disk before this returns; files with higher numbers of an earlier
 * run are removed. stamp: see atomic_file_publish. */
bool writer_publish(Writer *writer, gint64 stamp, GError **error);
void writer_free(Writer *writer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Writer, writer_free)
