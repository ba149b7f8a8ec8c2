/* Reading comma-separated values (RFC 4180). */
#pragma once

#include <glib.h>

enum { CSV_FIELDS_MAX = 256 };

/* The fields of the record at *text, which moves past it. A field in double quotes may contain line
 * ends. Fields beyond CSV_FIELDS_MAX are dropped. An empty list at the end of the text. Never NULL.
 * (transfer full) */
char **csv_record(const char **text);
