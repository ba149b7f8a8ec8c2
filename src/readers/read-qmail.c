/* qmail and its forks: QSBMF, "The qmail-send Bounce Message Format" (D. J. Bernstein, 1998).
 *
 * The text consists of paragraphs. The first begins "Hi. This is the". A paragraph whose first line
 * is an address in angle brackets and a colon says what happened to that address. A paragraph that
 * begins with a hyphen ends the list, and the returned message follows. */
#include "config.h"

#include <string.h>

#include "base/lines.h"
#include "mail/reply.h"
#include "readers/filter-note.h"
#include "readers/ordinary.h"
#include "readers/outcome.h"
#include "readers/readers.h"
#include "readers/recipients.h"

enum { GREETING_MAX = 200 }; /* octets that contain the greeting */

/* "<ann@example.net>:" at the end of a line. Forks add comments and blanks. */
static bool
is_recipient_line(const char *line, size_t length)
{
  const char *close = length > 0 && *line == '<' ? memchr(line, '>', length) : NULL;
  if (close == NULL || memchr(line, '@', (size_t)(close - line)) == NULL)
    return false;
  const char *rest = close + 1;
  size_t left = length - (size_t)(rest - line);
  return left > 0 && *rest == ':' && line_is_blank(rest + 1, left - 1);
}

static const char *
find_recipient_line(const char *text)
{
  for (const char *line = text; *line != '\0'; line = line_next(line))
    if (is_recipient_line(line, line_length(line)))
      return line;
  return NULL;
}

static Probe
probe(const Letter *letter)
{
  if (!letter->automatic || find_recipient_line(letter->notice) == NULL || ordinary_is(letter))
    return PROBE_NO;
  if (line_find(letter->notice, GREETING_MAX, "Hi. This is ") != NULL)
    return PROBE_YES;
  return filter_note_is(letter) ? PROBE_NO : PROBE_MAYBE;
}

/* The paragraph after a recipient's line, as one line. */
static char *
read_paragraph(const char *text)
{
  GString *out = g_string_new(NULL);
  for (const char *line = text; *line != '\0'; line = line_next(line)) {
    size_t length = line_length(line);
    if (line_is_blank(line, length) || is_recipient_line(line, length) ||
        out->len > BOUNCE_DIAGNOSTIC_MAX)
      break;
    g_autofree char *copy = g_strstrip(g_strndup(line, length));
    g_string_append_printf(out, "%s%s", out->len > 0 ? " " : "", copy);
  }
  return g_string_free(out, FALSE);
}

static bool
read_qmail(const Letter *letter, Report *report)
{
  for (const char *line = find_recipient_line(letter->notice); line != NULL;
       line = find_recipient_line(line_next(line))) {
    g_autofree char *address = g_strndup(line, line_length(line));
    g_autofree char *paragraph = read_paragraph(line_next(line));
    int code = reply_code_at(paragraph);
    if (code < 200 || code >= 300) /* filters name those that they discarded the message for */
      recipients_add_failed(report, address, paragraph);
  }
  Action action = outcome_of(letter);
  for (guint i = 0; i < report->recipients->len && action == ACTION_DELAYED; i++)
    report_recipient(report, i)->action = action;
  report->kind = outcome_kind(report);
  return report->recipients->len > 0;
}

const Reader reader_qmail = {"qmail", probe, read_qmail};
