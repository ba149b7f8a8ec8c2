/* Points in time as people write and read them, in UTC. */
#pragma once

#include <glib.h>
#include <stdbool.h>

enum { SECONDS_PER_DAY = 86400 };

/* Parses "1767225600" (Unix seconds), "2026-01-01" (its first second), and "12h", "7d" or "2w"
 * (that long before now). false for anything else. */
bool date_parse(const char *text, gint64 now, gint64 *out);

enum { DATE_BUFFER = 40 };
const char *date_minute(gint64 at, char buffer[DATE_BUFFER]);  /* "2026-01-01 12:00" */
const char *date_day(gint64 at, char buffer[DATE_BUFFER]);     /* "2026-01-01" */
const char *date_rfc3339(gint64 at, char buffer[DATE_BUFFER]); /* "2026-01-01T12:00:00Z" */
const char *date_rfc2822(gint64 at,
                         char buffer[DATE_BUFFER]); /* "Thu, 01 Jan 2026 12:00:00 +0000" */
