#include "config.h"

#include "base/lines.h"

#include <glib.h>
#include <string.h>

size_t
line_length(const char *text)
{
  return strcspn(text, "\n");
}

const char *
line_next(const char *text)
{
  text += line_length(text);
  return *text == '\n' ? text + 1 : text;
}

bool
line_is_blank(const char *text, size_t length)
{
  for (size_t i = 0; i < length && text[i] != '\0'; i++)
    if (!g_ascii_isspace(text[i]))
      return false;
  return true;
}

const char *
line_find(const char *text, size_t length, const char *word)
{
  enum { CASE = 0x20 }; /* the bit by which a letter differs from its capital */
  size_t n = strlen(word);
  const char *end = text + strnlen(text, length);
  for (const char *p = text; p + n <= end; p++)
    if ((*p | CASE) == (*word | CASE) && g_ascii_strncasecmp(p, word, n) == 0)
      return p;
  return NULL;
}

bool
line_has_any(const char *text, size_t length, const char *const *words)
{
  for (; *words != NULL; words++)
    if (line_find(text, length, *words) != NULL)
      return true;
  return false;
}
