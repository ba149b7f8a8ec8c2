#include "config.h"

#include "readers/listing.h"

#include <glib.h>
#include <string.h>

#include "base/lines.h"
#include "mail/reply.h"

/* "Nov 20 08:11:02 mx " or "2026-11-20 08:11:02 ", and "T" between date and time. */
static bool
is_dated(const char *p, size_t length)
{
  if (length < 20)
    return false;
  bool syslog = g_ascii_isalpha(p[0]) && g_ascii_isalpha(p[2]) && p[3] == ' ' && p[6] == ' ' &&
                g_ascii_isdigit(p[5]) && p[9] == ':' && p[12] == ':';
  bool iso = strspn(p, "0123456789") == 4 && p[4] == '-' && p[7] == '-' &&
             (p[10] == ' ' || p[10] == 'T') && p[13] == ':';
  return syslog || iso;
}

/* As syslog writes ("mx postfix/smtp[123]: "), or Exim ("1t5AbC-0004xY-2a ** ann@example.org"). */
static bool
is_logged(const char *line, size_t length)
{
  static const char *const marks[] = {"]: ", " ** ", " == ", " => ", " -> ", " <= ", NULL};
  size_t skip = MIN(strspn(line, " \t"), length);
  return is_dated(line + skip, length - skip) && line_has_any(line, length, marks);
}

/* The rest of the line after a number that is not a reply code; NULL if it does not begin with one.
 */
static const char *
skip_number(const char *line, size_t length)
{
  const char *number = line + strspn(line, " \t");
  const char *rest = number + strspn(number, "0123456789");
  size_t blanks = strspn(rest, " \t");
  if (rest == number || blanks == 0 || reply_code_at(number) >= 400 ||
      rest + blanks >= line + length)
    return NULL;
  return rest + blanks;
}

/* "   12  ann@example.org   550 5.1.1 unknown": a number, and what it counts. */
static bool
is_counted(const char *line, size_t length)
{
  const char *rest = skip_number(line, length);
  if (rest == NULL)
    return false;
  return memchr(rest, '@', strcspn(rest, " \t\n")) != NULL || reply_code_at(rest) >= 400;
}

/* "4FA12C0031*    1811 Fri Nov 20 08:11:02  news@news.example", from mailq. */
static bool
is_in_mailq(const char *line, size_t length)
{
  enum { ID_MIN = 8, ID_MAX = 20 };
  size_t id = strspn(line, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
  size_t mark = strspn(line + id, "*!");
  bool digit = false;
  for (size_t i = 0; i < id && i < ID_MAX; i++)
    digit |= g_ascii_isdigit(line[i]);
  if (id < ID_MIN || id > ID_MAX || !digit || id + mark >= length)
    return false;
  const char *rest = skip_number(line + id + mark, length - id - mark);
  return rest != NULL && line[id + mark] == ' ' &&
         memchr(rest, '@', length - (size_t)(rest - line)) != NULL;
}

/* " 25m  2.9K 1t5AbC-0004xY-2a <news@news.example>", from "exim -bp". */
static bool
is_queued(const char *line, size_t length)
{
  enum { LINE = 100 };
  size_t skip = strspn(line, " ");
  size_t age = strspn(line + skip, "0123456789");
  if (age == 0 || strchr("mhd", line[skip + age]) == NULL || line[skip + age] == '\0')
    return false;
  const char *open = memchr(line, '<', MIN(length, LINE));
  return open != NULL && open - line > 24 && open[-4] == '-';
}

/* The fields of log lines, and the headings of queue listings and of summaries of logs. */
static bool
has_known_words(const char *notice)
{
  static const char *const words[] = {"status=bounced",
                                      "status=deferred",
                                      "status=sent",
                                      " T=remote_smtp",
                                      ", stat=",
                                      ", dsn=",
                                      "-Queue ID-",
                                      "----Q-ID----",
                                      "/var/spool/mqueue",
                                      "mqueue (",
                                      "Grand Totals",
                                      "message bounce detail",
                                      "message deferral det",
                                      "message reject det",
                                      "Exim statistics from",
                                      "Errors encountered:",
                                      "Unmatched entries",
                                      "Unmatched Entries",
                                      "Logwatch",
                                      "Notification Type:",
                                      "Mail queue is empty",
                                      "deferred queue"};
  for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
    if (strstr(notice, words[i]) != NULL)
      return true;
  return false;
}

/* The row of a quarantine digest: "From: x Subject: y". */
static bool
is_digest_row(const char *line, size_t length)
{
  const char *from = line_find(line, length, "from:");
  return from != NULL && line_find(from, length - (size_t)(from - line), "subject:") != NULL;
}

bool
listing_is(const char *notice)
{
  enum { LINES = 400 };
  const char *line = notice;
  bool digest = strstr(notice, "ubject:") != NULL;
  int rows = 0;
  if (has_known_words(notice))
    return true;
  for (int n = 0; n < LINES && *line != '\0'; n++, line = line_next(line)) {
    size_t length = line_length(line);
    if (length == 0)
      continue;
    rows += (digest && is_digest_row(line, length)) || is_counted(line, length);
    if (rows > 1 || is_logged(line, length) || is_queued(line, length) || is_in_mailq(line, length))
      return true;
  }
  return false;
}
