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

enum { CASE = 0x20 }; /* the bit by which a letter differs from its capital */

const char *
line_find(const char *text, size_t length, const char *word)
{
  size_t n = strlen(word);
  const char *end = text + strnlen(text, length);
  for (const char *p = text; p + n <= end; p++)
    if ((*p | CASE) == (*word | CASE) && g_ascii_strncasecmp(p, word, n) == 0)
      return p;
  return NULL;
}

/* Different for any two pairs of letters. */
static inline unsigned
pair_at(const char *text)
{
  unsigned first = (guchar)text[0] | CASE, second = (guchar)text[1] | CASE;
  return (first << 5 ^ second) % 1024;
}

LinePairs
line_pairs(const char *text, size_t length)
{
  LinePairs pairs = {{0}};
  for (size_t i = 0; i + 1 < length && text[i] != '\0'; i++) {
    unsigned pair = pair_at(text + i);
    pairs.bits[pair / 64] |= G_GUINT64_CONSTANT(1) << pair % 64;
  }
  return pairs;
}

bool
line_may_have(const LinePairs *pairs, const char *word)
{
  for (; word[0] != '\0' && word[1] != '\0'; word++) {
    unsigned pair = pair_at(word);
    if ((pairs->bits[pair / 64] >> pair % 64 & 1) == 0)
      return false;
  }
  return true;
}

bool
line_has_any(const char *text, size_t length, const char *const *words)
{
  const LinePairs pairs = line_pairs(text, length);
  for (; *words != NULL; words++)
    if (line_may_have(&pairs, *words) && line_find(text, length, *words) != NULL)
      return true;
  return false;
}
