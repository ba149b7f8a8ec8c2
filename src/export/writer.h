/* Writing rows to standard output, or to files, of which there are as many as needed; they are all
 * replaced at the end. Adds headers and batches. Memory does not grow with the number of rows. */
#pragma once

#include "base/error.h"
#include "export/formats.h"

typedef struct {
  const Format *format; /* borrowed */
  FormatGuard guard;
  bool sum;     /* writer_sha256 will be called */
  bool hold;    /* write to standard output only at the end */
  bool changes; /* rows tell what has changed */
  guint chunk;  /* rows per batch or file; 0 = those of the format */
} WriterOptions;

typedef struct Writer Writer;

/* path: of the first file; further ones get a number, name-2.ext. NULL = standard output. */
Writer *writer_new(const char *path, const WriterOptions *options, GError **error);

/* Appends rows to an existing file, which no other process may write to meanwhile. If they are not
 * published, it is truncated to its old length. */
Writer *writer_new_append(const char *path, const WriterOptions *options, GError **error);

bool writer_add(Writer *writer, const Entry *row, GError **error);

/* After the last row: writes what is left, but does not replace the files yet. */
bool writer_end(Writer *writer, GError **error);
gint64 writer_octets(const Writer *writer); /* length of the files when they are published */
const char *writer_sha256(Writer *writer);  /* of all that was written, in hexadecimal; borrowed */

/* Replaces the files, durably, and removes files with higher numbers that an earlier run has left.
 * stamp: see atomic_file_publish. */
bool writer_publish(Writer *writer, gint64 stamp, GError **error);
void writer_free(Writer *writer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Writer, writer_free)
