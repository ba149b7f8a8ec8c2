#include "config.h"

#include "base/dates.h"

#include <stdio.h>
#include <string.h>

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

/* GDateTime, for time_t may end in 2038. What is not in the years 1 to 9999 becomes "". */
static const char *
format(gint64 at, const char *pattern, char buffer[DATE_BUFFER])
{
  g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(at);
  g_autofree char *text = date != NULL ? g_date_time_format(date, pattern) : NULL;
  g_strlcpy(buffer, text != NULL ? text : "", DATE_BUFFER);
  return buffer;
}

const char *
date_minute(gint64 at, char buffer[DATE_BUFFER])
{
  return format(at, "%Y-%m-%d %H:%M", buffer);
}

const char *
date_day(gint64 at, char buffer[DATE_BUFFER])
{
  return format(at, "%Y-%m-%d", buffer);
}

const char *
date_rfc3339(gint64 at, char buffer[DATE_BUFFER])
{
  return format(at, "%Y-%m-%dT%H:%M:%SZ", buffer);
}

/* RFC 5322 3.3: the names are English in every locale. */
const char *
date_rfc2822(gint64 at, char buffer[DATE_BUFFER])
{
  static const char days[][4] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  char rest[DATE_BUFFER];
  g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(at);
  buffer[0] = '\0';
  if (date != NULL)
    g_snprintf(buffer, DATE_BUFFER, "%s, %02d %s %s", days[g_date_time_get_day_of_week(date) - 1],
               g_date_time_get_day_of_month(date), months[g_date_time_get_month(date) - 1],
               format(at, "%Y %H:%M:%S +0000", rest));
  return buffer;
}
