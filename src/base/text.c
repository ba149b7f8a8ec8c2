#include "config.h"

#include "base/text.h"

#include <string.h>

static bool
is_inside(char c)
{
  return ((unsigned char)c & 0xc0) == 0x80;
}

size_t
text_cut(const char *text, size_t max)
{
  size_t length = strnlen(text, max);
  if (length == max) /* then text[max] is part of it, or its end */
    while (length > 0 && is_inside(text[length]))
      length--;
  return length;
}

char *
text_count(guint64 n, const char *one, const char *many)
{
  return g_strdup_printf("%" G_GUINT64_FORMAT " %s", n, n == 1 ? one : many);
}
