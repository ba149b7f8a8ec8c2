#include "config.h"

#include "base/dates.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static bool
parse_date(const char *text, gint64 *out)
{
  int year, month, day, end = 0;
  if (strlen(text) != strlen("2026-01-01") ||
      sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &end) != 3 || text[end] != '\0')
    return false;
  g_autoptr(GDateTime) date = g_date_time_new_utc(year, month, day, 0, 0, 0);
  if (date == NULL)
    return false;
  *out = g_date_time_to_unix(date);
  return true;
}

bool
date_parse(const char *text, gint64 now, gint64 *out)
{
  static const struct {
    const char *suffix;
    gint64 seconds;
  } units[] = {{"h", 3600}, {"d", SECONDS_PER_DAY}, {"w", 7 * SECONDS_PER_DAY}};
  if (parse_date(text, out))
    return true;
  char *end;
  gint64 number = g_ascii_strtoll(text, &end, 10);
  if (!g_ascii_isdigit(*text) || number > G_MAXINT32 * G_GINT64_CONSTANT(1000))
    return false;
  if (*end == '\0') {
    *out = number;
    return true;
  }
  for (gsize i = 0; i < G_N_ELEMENTS(units); i++)
    if (strcmp(end, units[i].suffix) == 0 && number <= G_MAXINT32) {
      *out = now - number * units[i].seconds;
      return true;
    }
  return false;
}

static bool
split(gint64 at, struct tm *tm)
{
  time_t seconds = (time_t)at;
  return gmtime_r(&seconds, tm) != NULL;
}

const char *
date_minute(gint64 at, char buffer[DATE_BUFFER])
{
  struct tm tm;
  if (!split(at, &tm) || strftime(buffer, DATE_BUFFER, "%Y-%m-%d %H:%M", &tm) == 0)
    buffer[0] = '\0';
  return buffer;
}

const char *
date_day(gint64 at, char buffer[DATE_BUFFER])
{
  struct tm tm;
  if (!split(at, &tm) || strftime(buffer, DATE_BUFFER, "%Y-%m-%d", &tm) == 0)
    buffer[0] = '\0';
  return buffer;
}

const char *
date_rfc3339(gint64 at, char buffer[DATE_BUFFER])
{
  struct tm tm;
  if (!split(at, &tm) || strftime(buffer, DATE_BUFFER, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
    buffer[0] = '\0';
  return buffer;
}

/* RFC 5322 3.3: the names are English in every locale. */
const char *
date_rfc2822(gint64 at, char buffer[DATE_BUFFER])
{
  static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  struct tm tm;
  char rest[DATE_BUFFER];
  buffer[0] = '\0';
  if (split(at, &tm) && strftime(rest, sizeof rest, "%Y %H:%M:%S +0000", &tm) > 0)
    g_snprintf(buffer, DATE_BUFFER, "%s, %02d %s %s", days[tm.tm_wday], tm.tm_mday,
               months[tm.tm_mon], rest);
  return buffer;
}
