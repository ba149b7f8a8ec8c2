#include "excerpt.h"

#include <string.h>

#include "address.h"
#include "bounce.h"
#include "reply.h"
#include "text.h"

enum { EXCERPT_LINES_MAX = 40 };

/* --- the lines about an address ----------------------------------------------------------------
 */

/* Does the line stand for an address, as the heading of what is said about it? */
static bool
is_heading(const char *line, size_t length)
{
  size_t skip = 0;
  while (skip < length && strchr(" \t<'\"*-(", line[skip]) != NULL)
    skip++;
  const char *end = line + skip;
  while (end < line + length && !g_ascii_isspace(*end))
    end++;
  return memchr(line + skip, '@', (size_t)(end - line) - skip) != NULL;
}

static bool
ends_address(char c)
{
  return !(g_ascii_isalnum(c) || c == '-' || c == '_' || (guchar)c >= 0x80);
}

/* The address in text, standing free; NULL where it is not there. */
static const char *
find_address(const char *text, const char *address)
{
  size_t n = strlen(address);
  for (const char *p = text; (p = text_find(p, SIZE_MAX, address)) != NULL; p++)
    if ((p == text || ends_address(p[-1])) && ends_address(p[n]) &&
        !(p[n] == '.' && g_ascii_isalnum(p[n + 1])))
      return p;
  return NULL;
}

static const char *
line_begin(const char *text, const char *p)
{
  while (p > text && p[-1] != '\n')
    p--;
  return p;
}

/* The place where the address heads its own lines, else the first place where it is named. */
static const char *
find_place(const char *notice, const char *address)
{
  const char *first = NULL;
  for (const char *p = notice; (p = find_address(p, address)) != NULL; p++) {
    const char *line = line_begin(notice, p);
    if (is_heading(line, (size_t)(p - line) + strlen(address)))
      return p;
    if (first == NULL)
      first = p;
  }
  return first;
}

static size_t
indent(const char *line)
{
  return strspn(line, " \t");
}

static void
append_line(GString *out, const char *line, size_t length)
{
  g_autofree char *copy = g_strstrip(g_strndup(line, length));
  if (*copy == '\0' || out->len > BOUNCE_DIAGNOSTIC_MAX)
    return;
  if (out->len > 0)
    g_string_append_c(out, ' ');
  g_string_append(out, copy);
}

/* The lines behind the one with the address: up to an empty line, or one that heads another. An
 * empty line right behind the address is only distance. */
static void
append_following(GString *out, const char *line, size_t heading_indent)
{
  bool started = out->len > 0;
  for (int n = 0; *line != '\0' && n < EXCERPT_LINES_MAX; n++, line = text_next_line(line)) {
    size_t length = text_line_length(line);
    if (text_is_blank(line, length)) {
      if (started)
        return;
      continue;
    }
    if (is_heading(line, length) && indent(line) <= heading_indent)
      return;
    append_line(out, line, length);
    started = true;
  }
}

char *
excerpt_about(const char *notice, const char *address)
{
  const char *place = find_place(notice, address);
  if (place == NULL)
    return NULL;
  const char *line = line_begin(notice, place);
  size_t length = text_line_length(line);
  GString *out = g_string_new(NULL);
  const char *rest = place + strlen(address);
  if (is_heading(line, (size_t)(rest - line)))
    rest += strspn(rest, ">'\")*: \t,;");
  else
    rest = line;
  append_line(out, rest, length - (size_t)(rest - line));
  append_following(out, text_next_line(line), indent(line));
  if (out->len == 0) {
    g_string_free(out, TRUE);
    return NULL;
  }
  return g_string_free(out, FALSE);
}

/* --- whole replies -----------------------------------------------------------------------------
 */

/* "<<< 550-text": the reply line at line, behind the marks of a transcript. */
static const char *
skip_marks(const char *line)
{
  return line + strspn(line, " \t<>");
}

char *
excerpt_complete(const char *notice, const char *diagnostic)
{
  enum { COMPARE = 40 };
  const char *first = diagnostic != NULL ? strpbrk(diagnostic, "245") : NULL;
  int code = first != NULL ? reply_code_at(first) : 0;
  if (code == 0 || first[3] != '-')
    return NULL;
  g_autofree char *begin = g_strndup(first, MIN(strlen(first), COMPARE));
  const char *place = text_find(notice, SIZE_MAX, begin);
  if (place == NULL)
    return NULL;
  const char *line = line_begin(notice, place);
  g_autoptr(GString) out = g_string_new(NULL);
  for (int n = 0; *line != '\0' && n < EXCERPT_LINES_MAX; n++) {
    const char *reply = skip_marks(n == 0 ? place : line);
    if (reply_code_at(reply) != code)
      break;
    append_line(out, reply, text_line_length(reply));
    if (reply[3] != '-')
      break;
    line = text_next_line(line);
  }
  /* Where the text is folded, its first line is less than the field. */
  return out->len > strlen(first) ? g_strdup(out->str) : NULL;
}
