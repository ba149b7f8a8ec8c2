/* From untrusted bytes to a window that is safe to parse.
 *
 * GMime has no limits of its own: 10 MB can cost it 9 s and 1.3 GB. So the bytes are first cut, at
 * a line end, where they exceed the first limit. The limits are on the scale of Postfix's defaults
 * (header_size_limit, mime_nesting_limit, line_length_limit). */
#pragma once

#include <glib.h>
#include <stdbool.h>

enum {
  SCAN_WINDOW_MAX = 16 << 20,        /* upper limit of the setting max-parse */
  SCAN_HEADER_BLOCK_MAX = 256 << 10, /* octets of a header block */
  SCAN_HEADER_LINES_MAX = 2000,      /* lines of a header block */
  SCAN_HEADER_FIELD_MAX = 64 << 10,  /* octets of a field */
  SCAN_CONTENT_FIELD_MAX = 4 << 10,  /* octets of a Content- field, whose parameters GMime reads */
  SCAN_ENCODED_MAX = 1000, /* RFC 2047 words, RFC 2231 values: GMime opens a converter for each */
  SCAN_CONTENT_TYPES_MAX = 200,   /* lines that begin with Content-Type: */
  SCAN_BOUNDARY_LINES_MAX = 5000, /* lines that begin with two hyphens */
};

/* The window of a message: at most max octets of raw, cut at the first limit; without a leading
 * From_ (or >From_) line and leading blank lines; line ends made LF (from CRLF, CR CR LF, or a lone
 * CR if the first 64 KiB have no LF); NUL replaced by a blank. Sets NOTE_* bits in *notes.
 * (transfer full) */
GString *scan_window(const char *raw, size_t length, size_t max, unsigned *notes);

/* Whether the line looks like the first line of a header field (RFC 5322 section 2.2): a name in
 * printable ASCII, then a colon. */
bool scan_is_field(const char *line, size_t length);
