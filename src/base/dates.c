#include "config.h"

#include "base/dates.h"

#include <string.h>

#include "base/number.h"

/* A point in time, or the whole day that it begins. */
typedef struct {
  GDateTime *at;
  bool day;
} Moment;

/* --- words and spans ---------------------------------------------------------------------------*/

static GDateTime *
midnight(GDateTime *at)
{
  return g_date_time_new_local(g_date_time_get_year(at), g_date_time_get_month(at),
                               g_date_time_get_day_of_month(at), 0, 0, 0);
}

static GDateTime *
read_word(const char *text, GDateTime *now, bool *day)
{
  *day = g_ascii_strcasecmp(text, "now") != 0;
  if (!*day)
    return g_date_time_ref(now);
  if (g_ascii_strcasecmp(text, "today") == 0)
    return midnight(now);
  if (g_ascii_strcasecmp(text, "yesterday") != 0)
    return NULL;
  g_autoptr(GDateTime) before = g_date_time_add_days(now, -1);
  return midnight(before);
}

/* Months and years are those of the calendar. */
static GDateTime *
read_span(const char *text, GDateTime *now)
{
  guint64 number;
  if (!number_read(&text, 100000, &number) || *text == '\0' || text[1] != '\0')
    return NULL;
  int n = -(int)number;
  switch (*text) {
  case 'h':
    return g_date_time_add_hours(now, n);
  case 'd':
    return g_date_time_add(now, n * G_TIME_SPAN_DAY);
  case 'w':
    return g_date_time_add(now, n * 7 * G_TIME_SPAN_DAY);
  case 'm':
    return g_date_time_add_months(now, n);
  case 'y':
    return g_date_time_add_years(now, n);
  default:
    return NULL;
  }
}

/* --- dates -------------------------------------------------------------------------------------*/

/* Whether text begins as pattern does, in which 0 stands for any digit. */
static bool
looks_like(const char *text, const char *pattern)
{
  for (; *pattern != '\0'; pattern++, text++)
    if (*pattern == '0' ? !g_ascii_isdigit(*text) : *text != *pattern)
      return false;
  return true;
}

/* As in ISO 8601, but the time may lack its seconds, and a blank may stand for the T. Without a
 * zone it is local time. */
static GDateTime *
read_date(const char *text, bool *day)
{
  bool compact = looks_like(text, "00000000") && text[8] == '\0';
  if (!compact && !looks_like(text, "0000-00-00"))
    return NULL;
  const char *rest = text + (compact ? 8 : 10), *after = rest + strlen("T12:00");
  *day = *rest == '\0';
  if (!*day && ((*rest != 'T' && *rest != ' ') || !looks_like(rest + 1, "00:00")))
    return NULL;
  g_autofree char *iso =
      *day ? g_strconcat(text, compact ? "T000000" : "T00:00:00", NULL)
           : g_strdup_printf("%.10sT%.5s%s%s", text, rest + 1, *after == ':' ? "" : ":00", after);
  g_autoptr(GTimeZone) zone = g_time_zone_new_local();
  return g_date_time_new_from_iso8601(iso, zone);
}

static bool
read_moment(const char *text, gint64 now, Moment *out)
{
  g_autoptr(GDateTime) present = g_date_time_new_from_unix_local(now);
  guint64 seconds;
  *out = (Moment){0};
  if (present == NULL)
    return false;
  out->at = read_word(text, present, &out->day);
  if (out->at == NULL)
    out->at = read_date(text, &out->day);
  if (out->at != NULL)
    return true;
  out->day = false;
  bool date = looks_like(text, "00000000") && text[8] == '\0'; /* of no day that exists */
  out->at = number_parse(text, 0, G_MAXINT32 * G_GUINT64_CONSTANT(100), &seconds) && !date
                ? g_date_time_new_from_unix_utc((gint64)seconds)
                : read_span(text, present);
  return out->at != NULL;
}

bool
date_parse(const char *text, gint64 now, gint64 *out)
{
  Moment moment;
  if (!read_moment(text, now, &moment))
    return false;
  *out = g_date_time_to_unix(moment.at);
  g_date_time_unref(moment.at);
  return true;
}

bool
date_parse_end(const char *text, gint64 now, gint64 *out)
{
  Moment moment;
  if (!read_moment(text, now, &moment))
    return false;
  g_autoptr(GDateTime) begin = moment.at;
  g_autoptr(GDateTime) end = moment.day ? g_date_time_add_days(begin, 1) : NULL;
  *out = end != NULL ? g_date_time_to_unix(end) - 1 : g_date_time_to_unix(begin);
  return true;
}

/* --- output ------------------------------------------------------------------------------------*/

/* GDateTime, for time_t may end in 2038. What is not in the years 1 to 9999 becomes "". */
static const char *
format(GDateTime *date, const char *pattern, char buffer[DATE_BUFFER])
{
  g_autofree char *text = date != NULL ? g_date_time_format(date, pattern) : NULL;
  g_strlcpy(buffer, text != NULL ? text : "", DATE_BUFFER);
  return buffer;
}

static const char *
format_local(gint64 at, const char *pattern, char buffer[DATE_BUFFER])
{
  g_autoptr(GDateTime) date = g_date_time_new_from_unix_local(at);
  return format(date, pattern, buffer);
}

static const char *
format_utc(gint64 at, const char *pattern, char buffer[DATE_BUFFER])
{
  g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(at);
  return format(date, pattern, buffer);
}

const char *
date_minute(gint64 at, char buffer[DATE_BUFFER])
{
  return format_local(at, "%Y-%m-%d %H:%M", buffer);
}

const char *
date_day(gint64 at, char buffer[DATE_BUFFER])
{
  return format_local(at, "%Y-%m-%d", buffer);
}

const char *
date_day_utc(gint64 at, char buffer[DATE_BUFFER])
{
  return format_utc(at, "%Y-%m-%d", buffer);
}

const char *
date_rfc3339(gint64 at, char buffer[DATE_BUFFER])
{
  return format_utc(at, "%Y-%m-%dT%H:%M:%SZ", buffer);
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
               format(date, "%Y %H:%M:%S +0000", rest));
  return buffer;
}
