#include "config.h"

#include "base/escape.h"

#include <string.h>

/* Controls, the line and paragraph separators, and the bidirectional marks and overrides (Unicode
 * TR 36). */
bool
escape_is_dangerous(gunichar c)
{
  return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x061c || (c >= 0x200e && c <= 0x200f) ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

static void
append_hex(GString *out, const char *bytes, size_t length)
{
  for (size_t i = 0; i < length; i++)
    g_string_append_printf(out, "\\x%02x", (guchar)bytes[i]);
}

static char *
escape(const char *text, bool backslashes)
{
  GString *out = g_string_new(NULL);
  while (*text != '\0') {
    gunichar c = g_utf8_get_char_validated(text, -1);
    bool valid = c != (gunichar)-1 && c != (gunichar)-2;
    size_t length = valid ? (size_t)(g_utf8_next_char(text) - text) : 1;
    if (!valid || escape_is_dangerous(c))
      append_hex(out, text, length);
    else if (c == '\\' && backslashes)
      g_string_append(out, "\\\\");
    else
      g_string_append_len(out, text, (gssize)length);
    text += length;
  }
  return g_string_free(out, FALSE);
}

char *
escape_terminal(const char *text)
{
  return escape(text, true);
}

char *
escape_visible(const char *text)
{
  return escape(text, false);
}

void
escape_csv(GString *out, const char *text, const char *lead)
{
  g_string_append_c(out, '"');
  if (*text != '\0' && strchr(lead, *text) != NULL)
    g_string_append_c(out, '\'');
  for (; *text != '\0'; text++) {
    if (*text == '"')
      g_string_append_c(out, '"');
    g_string_append_c(out, *text);
  }
  g_string_append_c(out, '"');
}
