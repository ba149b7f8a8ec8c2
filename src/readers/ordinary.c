#include "config.h"

#include "readers/ordinary.h"

#include <string.h>

#include "base/fold.h"
#include "base/lines.h"
#include "mail/reply.h"
#include "readers/phrases.h"

static bool
begins_with_any(const char *text, const char *const *words)
{
  for (; *words != NULL; words++)
    if (g_str_has_prefix(text, *words))
      return true;
  return false;
}

static bool
has_any(const char *text, size_t length, const char *const *words)
{
  for (; *words != NULL; words++)
    if (line_find(text, length, *words) != NULL)
      return true;
  return false;
}

/* Whether From has the name or the address of a mail system. */
static bool
is_system(const Letter *letter)
{
  g_autofree char *from = part_header_decoded(message_part(letter->message, 0), "From");
  return letter->from_system || (from != NULL && letter_names_system(from));
}

/* --- people --- */

/* A postmaster answers and forwards mail too, so a system's name does not make a notice of that;
 * only what is marked as written by a program is one. */
static bool
is_discussion(const Letter *letter)
{
  static const char *const answers[] = {
      "re:", "aw:", "sv:", "odp:", "vs:", "ynt:", "回复:", "答复:", "回覆:", NULL};
  static const char *const forwards[] = {"fwd:", "fw:",  "wg:",     "tr:", "rv:",   "i:",    "vl:",
                                         "vb:",  "enc:", "doorst:", "pd:", "转发:", "轉寄:", NULL};
  bool system = is_system(letter);
  bool reply =
      letter_header(letter, "In-Reply-To") != NULL || letter_header(letter, "References") != NULL;
  bool written = !system || !letter->marked;
  if (written && (begins_with_any(letter->subject, forwards) ||
                  (reply && begins_with_any(letter->subject, answers))))
    return true;
  return (!system && *letter->subject == '[') ||
         (!letter->from_system && letter_is_list_mail(letter));
}

/* A person forwards a notice: the message that this one returns comes from a mail system. */
static bool
is_forwarded_notice(const Letter *letter)
{
  const char *from = letter_returned(letter, "From");
  const char *path = letter_returned(letter, "Return-Path");
  return !letter->from_system && ((from != NULL && letter_names_system(from)) ||
                                  (path != NULL && g_str_has_prefix(path, "<>")));
}

/* The notice without the lines that quote another message. (transfer full) */
static char *
drop_quotes(const char *notice)
{
  GString *own = g_string_new(NULL);
  for (const char *line = notice; *line != '\0'; line = line_next(line)) {
    size_t length = line_length(line);
    const char *p = line + strspn(line, " \t");
    if (*p != '>' || g_str_has_prefix(p, ">>>"))
      g_string_append_len(own, line, (gssize)length);
    g_string_append_c(own, '\n');
  }
  return g_string_free(own, FALSE);
}

/* Whether only the lines that the message quotes speak of a failure. */
static bool
is_quoted_notice(const Letter *letter)
{
  enum { OWN_MAX = 64 << 10 };
  if ((letter->from_system && letter->marked) || strstr(letter->notice, "\n>") == NULL)
    return false;
  g_autofree char *own = drop_quotes(letter->notice);
  g_autofree char *valid = g_utf8_make_valid(own, (gssize)strnlen(own, OWN_MAX));
  g_autofree char *folded = fold(valid);
  return !phrases_find(PHRASE_FAILURE, folded) && !phrases_find(PHRASE_DELAY, folded) &&
         !reply_is_refusal(folded);
}

/* Programs do not open with a question. */
static bool
opens_with_question(const Letter *letter)
{
  enum { OPENING = 300 };
  const char *text = letter->notice + strspn(letter->notice, " \t\n");
  const char *end = strstr(text, "\n\n");
  size_t length = MIN(end != NULL ? (size_t)(end - text) : strlen(text), OPENING);
  return !letter->from_system && !letter->marked &&
         (memchr(text, '?', length) != NULL ||
          has_any(text, length, (const char *const[]){"？", "؟", NULL}));
}

/* --- programs --- */

/* "Nov 20 08:11:02 mx postfix/smtp[123]: ", or the same after a date of ISO 8601, as syslog writes,
 * and Exim's "2026-11-20 08:11:02 1t5AbC-0004xY-2a ** ann@example.org". */
static bool
is_logged(const char *line, size_t length)
{
  static const char *const marks[] = {"]: ", " ** ", " == ", " => ", " -> ", " <= ", NULL};
  static const char *const fields[] = {
      "status=bounced", "status=deferred", "status=sent", " t=remote_smtp",
      ", stat=",        ", dsn=",          NULL};
  const char *p = line + strspn(line, " \t");
  bool syslog = g_ascii_isalpha(p[0]) && g_ascii_isalpha(p[1]) && g_ascii_isalpha(p[2]) &&
                p[3] == ' ' && (p[4] == ' ' || g_ascii_isdigit(p[4])) && g_ascii_isdigit(p[5]) &&
                p[6] == ' ' && g_ascii_isdigit(p[7]) && g_ascii_isdigit(p[8]) && p[9] == ':';
  bool iso = length > 20 + (size_t)(p - line) && strspn(p, "0123456789") == 4 && p[4] == '-' &&
             p[7] == '-' && (p[10] == ' ' || p[10] == 'T') && p[13] == ':';
  return ((syslog || iso) && has_any(line, length, marks)) || has_any(line, length, fields);
}

/* The headings of queue listings and of summaries of logs. */
static bool
is_heading(const char *line, size_t length)
{
  static const char *const headings[] = {"-queue id-",
                                         "----q-id----",
                                         "/var/spool/mqueue",
                                         "mqueue (",
                                         "grand totals",
                                         "message bounce det",
                                         "message deferral d",
                                         "message reject det",
                                         "exim statistics from",
                                         "errors encountered:",
                                         "unmatched entries",
                                         "logwatch",
                                         "notification type:",
                                         "mail queue is empty",
                                         NULL};
  enum { HEADING = 80 };
  return has_any(line, MIN(length, HEADING), headings);
}

static bool
is_listing(const char *notice)
{
  enum { LINES = 400 };
  const char *line = notice;
  for (int n = 0; n < LINES && *line != '\0'; n++, line = line_next(line)) {
    size_t length = line_length(line);
    if (length > 0 && (is_logged(line, length) || is_heading(line, length)))
      return true;
  }
  return false;
}

static bool
is_alert(const char *subject)
{
  static const char *const begins[] = {"** ",     "problem:",   "problem ", "alert:",   "[alert",
                                       "[firing", "[resolved",  "recovery", "critical", "bug#",
                                       "cron <",  "[fail2ban]", "trigger:", NULL};
  return begins_with_any(subject, begins);
}

/* "Your mailbox is full, and incoming messages were not delivered." */
static bool
is_about_mailbox(const Letter *letter, const char *folded)
{
  return letter->returned->len == 0 && !phrases_find(PHRASE_SENT, folded) &&
         (phrases_find(PHRASE_MAILBOX, letter->subject) || phrases_find(PHRASE_MAILBOX, folded));
}

/* Whether it claims to be about a message that its reader sent. */
static bool
is_claimed(const Letter *letter, const char *folded)
{
  return letter_is_headed(letter) &&
         (phrases_find(PHRASE_SENT, folded) || phrases_find(PHRASE_SENT, letter->subject));
}

bool
ordinary_is(const Letter *letter)
{
  if (letter_header(letter, "X-Failed-Recipients") != NULL)
    return false;
  if (letter->program_output || is_discussion(letter) || is_forwarded_notice(letter) ||
      is_quoted_notice(letter) || opens_with_question(letter) || is_alert(letter->subject) ||
      is_listing(letter->notice))
    return true;
  g_autofree char *folded = letter_fold_notice(letter);
  return is_about_mailbox(letter, folded) ||
         (!letter->from_system && letter->returned->len == 0 && !is_claimed(letter, folded));
}
