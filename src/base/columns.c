#include "config.h"

#include "base/columns.h"

#include <string.h>

static int
width_of(gunichar c)
{
  return g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
}

int
columns_width(const char *text, gsize length)
{
  int columns = 0;
  for (const char *p = text; p < text + length; p = g_utf8_next_char(p))
    columns += width_of(g_utf8_get_char(p));
  return columns;
}

char *
columns_cut(const char *text, int max)
{
  int columns = 0;
  gsize kept = 0;
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
    columns += width_of(g_utf8_get_char(p));
    if (columns > max)
      return g_strdup_printf("%.*s...", (int)kept, text);
    if (columns <= max - 3)
      kept = (gsize)(g_utf8_next_char(p) - text);
  }
  return g_strdup(text);
}

/* Marks that must not begin a line: it may not be broken before them (Unicode TR 14, class CL). */
static bool
closes(gunichar c)
{
  static const gunichar marks[] = {0x3001, 0x3002, 0xff0c, 0xff0e, 0xff1a, 0xff1b, 0xff01,
                                   0xff1f, 0x300d, 0x300f, 0x3011, 0xff09, 0x300b, 0x30fc};
  for (gsize i = 0; i < G_N_ELEMENTS(marks); i++)
    if (marks[i] == c)
      return true;
  return width_of(c) == 0;
}

/* The length of the piece at the beginning of text that stays on one line. */
static gsize
piece(const char *text)
{
  const char *p = text;
  bool wide = g_unichar_iswide(g_utf8_get_char(p));
  do {
    p = g_utf8_next_char(p);
    gunichar c = g_utf8_get_char(p);
    if (*p == '\0' || *p == ' ' || ((wide || g_unichar_iswide(c)) && !closes(c)))
      break;
    wide = wide && width_of(c) == 0;
  } while (true);
  return (gsize)(p - text);
}

void
columns_wrap(GString *out, const char *text, int indent, int width)
{
  int column = indent;
  bool blank = false;
  while (*text != '\0') {
    gsize length = *text == ' ' ? 0 : piece(text);
    int columns = columns_width(text, length);
    if (length > 0 && column > indent && column + blank + columns > width) {
      g_string_append_printf(out, "\n%*s", indent, "");
      column = indent;
      blank = false;
    }
    if (length > 0 && blank && column > indent) {
      g_string_append_c(out, ' ');
      column++;
    }
    g_string_append_len(out, text, (gssize)length);
    column += columns;
    text += length;
    blank = *text == ' ';
    text += strspn(text, " ");
  }
  g_string_append_c(out, '\n');
}
