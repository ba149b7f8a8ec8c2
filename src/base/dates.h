/* Points in time as people write and read them: in local time (TZ), unless they name a zone. What
 * programs read is in UTC. */
#pragma once

#include <glib.h>
#include <stdbool.h>

enum { SECONDS_PER_DAY = 86400 };

/* What the two functions take, for error messages. */
#define DATE_EXPECTS                                                                               \
  "a time (now, today, yesterday, 12h, 7d, 3w, 1m, 1y, 2026-11-30, 2026-11-30T12:00, "             \
  "2026-11-30T12:00Z, or Unix seconds)"

/* Parses "now", "today" and "yesterday" (their first second), "12h", "7d", "3w", "1m" and "1y"
 * (that long before now), "2026-11-30" and "20261130" (the first second of that day),
 * "2026-11-30T12:00" with or without seconds and a zone (ISO 8601), and Unix seconds. false for
 * anything else. */
bool date_parse(const char *text, gint64 now, gint64 *out);

/* The same for the end of a period: the last second of a day, if text names one. */
bool date_parse_end(const char *text, gint64 now, gint64 *out);

enum { DATE_BUFFER = 40 };
const char *date_minute(gint64 at, char buffer[DATE_BUFFER]);  /* "2026-01-01 13:00", local time */
const char *date_day(gint64 at, char buffer[DATE_BUFFER]);     /* "2026-01-01", local time */
const char *date_day_utc(gint64 at, char buffer[DATE_BUFFER]); /* "2026-01-01" */
const char *date_rfc3339(gint64 at, char buffer[DATE_BUFFER]); /* "2026-01-01T12:00:00Z" */
const char *date_rfc2822(gint64 at,
                         char buffer[DATE_BUFFER]); /* "Thu, 01 Jan 2026 12:00:00 +0000" */
