#include "config.h"

#include "mail/status.h"

#include <glib.h>
#include <string.h>

/* Reads one to three digits at text. Returns how many; 0 if there are none, or more than three. */
static size_t
read_number(const char *text, size_t length, short *out)
{
  size_t n = 0;
  short value = 0;
  while (n < length && g_ascii_isdigit(text[n])) {
    if (n == 3)
      return 0;
    value = (short)(value * 10 + (text[n++] - '0'));
  }
  *out = value;
  return n;
}

static size_t
parse_one(const char *text, size_t length, Status *out)
{
  if (length < 5 || (text[0] != '2' && text[0] != '4' && text[0] != '5') || text[1] != '.')
    return 0;
  Status status = {.klass = (short)(text[0] - '0')};
  size_t at = 2;
  size_t n = read_number(text + at, length - at, &status.subject);
  if (n == 0 || at + n >= length || text[at + n] != '.')
    return 0;
  at += n + 1;
  n = read_number(text + at, length - at, &status.detail);
  if (n == 0)
    return 0;
  at += n;
  if (at < length && (g_ascii_isalnum(text[at]) ||
                      (text[at] == '.' && at + 1 < length && g_ascii_isdigit(text[at + 1]))))
    return 0;
  *out = status;
  return at;
}

/* Octets of a status at text, which is followed at once by itself, as in "5.7.15.7.1": somebody
 * joined the lines of a reply without a blank between them. 0 if it is not. */
static size_t
doubled(const char *text, size_t length)
{
  size_t run = 0;
  while (run < length && (g_ascii_isdigit(text[run]) || text[run] == '.'))
    run++;
  if (run < length && g_ascii_isalpha(text[run]))
    return 0;
  return run % 2 == 0 && memcmp(text, text + run / 2, run / 2) == 0 ? run / 2 : 0;
}

size_t
status_parse(const char *text, size_t length, Status *out)
{
  size_t half = doubled(text, length);
  if (half > 0)
    return parse_one(text, half, out) > 0 ? 2 * half : 0;
  return parse_one(text, length, out);
}

bool
status_find(const char *text, Status *out)
{
  size_t length = strlen(text);
  for (size_t i = 0; i < length; i++) {
    bool free_before = i == 0 || !(g_ascii_isalnum(text[i - 1]) || text[i - 1] == '.');
    if (free_before && status_parse(text + i, length - i, out) > 0)
      return true;
  }
  return false;
}

const char *
status_format(Status status, char buffer[STATUS_BUFFER])
{
  if (status_present(status))
    g_snprintf(buffer, STATUS_BUFFER, "%d.%d.%d", status.klass, status.subject, status.detail);
  else
    buffer[0] = '\0';
  return buffer;
}
