/* The one writer of the suppression list: which rows, in which form, into which files. */
#pragma once

#include "store/store.h"
#include "export/selection.h"
#include "export/writer.h"

/* Hashes in the place of addresses: of the address in lower case, in lower-case hexadecimal. */
typedef struct {
  GChecksumType type;
  GBytes *key; /* of an HMAC; NULL = the hash alone */
} ExportHash;

/* "md5", "sha256", or "hmac:FILE" (HMAC-SHA256; the key is what the file holds, 16 octets or more,
 * without a line's end, and nobody else may read it). */
bool export_hash_parse(const char *text, ExportHash *out, GError **error);
void export_hash_clear(ExportHash *hash);

typedef struct {
  WriterOptions options;
  const Selection *selection;
  const ExportHash *hash; /* NULL = none */
  const char *output;     /* path; NULL = standard output */
  const char *removed;    /* path for who went, one address a line; NULL = none */
  gint64 after;           /* what changed after this; -1 = the whole list */
  bool behind;            /* write behind what is in output */
  bool dry;               /* only count */
  bool strict;            /* an address that the importer would misread is an error (DATA) */
  gint64 (*stamp)(gint64 seq, gint64 octets, gconstpointer data); /* NULL = none; see files.h */
  gconstpointer stamp_data;
} Export;

typedef struct {
  gint64 added, removed;
  gint64 dropped; /* of which the importer would take none for what it is */
  gint64 seq;     /* the last change that is in it */
  char sha256[65];
} ExportCounts;

/* After a false return the files are as they were. */
bool export_run(Store *store, const Export *what, ExportCounts *counts, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ExportHash, export_hash_clear)
