/* Writing the suppression list: which rows, in which format, to which files. */
#pragma once

#include "store/store.h"
#include "export/selection.h"
#include "export/writer.h"

/* Hashes instead of addresses: of the address in lower case, in lower-case hexadecimal. */
typedef struct {
  GChecksumType type;
  GBytes *key; /* for an HMAC; NULL = a plain hash */
} ExportHash;

/* "md5", "sha256", or "hmac:FILE": HMAC-SHA256, whose key is the contents of the file without line
 * endings. It has at least 16 octets and must not be readable by others (CONFIG). */
bool export_hash_parse(const char *text, ExportHash *out, GError **error);
void export_hash_clear(ExportHash *hash);

typedef struct {
  WriterOptions options;
  const Selection *selection;
  const ExportHash *hash; /* NULL = none */
  const char *output;     /* path; NULL = standard output */
  const char *removed;    /* path for removed addresses, one per line; NULL = none */
  gint64 now;             /* leave out what has ended by then; 0 = nothing */
  gint64 after;           /* only what has changed after this change; -1 = the whole list */
  bool append;            /* append to output */
  bool dry;               /* only count */
  void (*left_out)(const char *address); /* is told each; NULL = nobody is */
  bool strict; /* an address that the importer would misread is an error (DATA) */
  /* The stamp of the file (atomic-file.h), from its last change and its length; NULL = none. */
  gint64 (*stamp)(gint64 seq, gint64 octets, gconstpointer data);
  gconstpointer stamp_data;
} Export;

typedef struct {
  gint64 added, removed;
  gint64 dropped; /* left out, because the importer would misread them */
  gint64 seq;     /* the last change that it contains */
  char sha256[65];
} ExportCounts;

/* If it returns false, the files are unchanged. */
bool export_run(Store *store, const Export *what, ExportCounts *counts, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ExportHash, export_hash_clear)
