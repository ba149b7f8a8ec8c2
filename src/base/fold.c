#include "config.h"

#include "base/fold.h"

#include <stdbool.h>
#include <string.h>

typedef struct {
  gunichar from, to;
  char text[4]; /* "" = removed */
} Mapping;

/* Sorted by code point, without overlaps. Letters that people write in two ways become one: the
 * Turkish i, the Russian yo, and the Arabic alef, kaf and yeh; Arabic vowel marks are removed. */
static const Mapping mappings[] = {
    {0x0000, 0x0020, " "},  {0x007f, 0x00a0, " "},   {0x00ab, 0x00ab, "\""}, {0x00ad, 0x00ad, ""},
    {0x00b4, 0x00b4, "'"},  {0x00bb, 0x00bb, "\""},  {0x0130, 0x0131, "i"},  {0x034f, 0x034f, ""},
    {0x0401, 0x0401, "е"},  {0x0451, 0x0451, "е"},   {0x05f3, 0x05f3, "'"},  {0x05f4, 0x05f4, "\""},
    {0x060c, 0x060c, ","},  {0x061f, 0x061f, "?"},   {0x0622, 0x0623, "ا"},  {0x0625, 0x0625, "ا"},
    {0x0640, 0x0640, ""},   {0x0643, 0x0643, "ک"},   {0x0649, 0x064a, "ی"},  {0x064b, 0x0652, ""},
    {0x06d4, 0x06d4, "."},  {0x0964, 0x0964, "."},   {0x1680, 0x1680, " "},  {0x180e, 0x180e, ""},
    {0x2000, 0x200a, " "},  {0x200b, 0x200f, ""},    {0x2010, 0x2015, "-"},  {0x2018, 0x201b, "'"},
    {0x201c, 0x201f, "\""}, {0x2026, 0x2026, "..."}, {0x2028, 0x2029, " "},  {0x202a, 0x202e, ""},
    {0x202f, 0x202f, " "},  {0x2032, 0x2032, "'"},   {0x2033, 0x2033, "\""}, {0x2039, 0x203a, "'"},
    {0x205f, 0x205f, " "},  {0x2060, 0x2064, ""},    {0x2212, 0x2212, "-"},  {0x3000, 0x3000, " "},
    {0x3001, 0x3001, ","},  {0x3002, 0x3002, "."},   {0xfe00, 0xfe0f, ""},   {0xfeff, 0xfeff, ""},
};

static const Mapping *
find_mapping(gunichar c)
{
  size_t low = 0, high = G_N_ELEMENTS(mappings);
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (c > mappings[middle].to)
      low = middle + 1;
    else if (c < mappings[middle].from)
      high = middle;
    else
      return &mappings[middle];
  }
  return NULL;
}

static void
append_folded(GString *out, gunichar c, bool *blank)
{
  const Mapping *mapping = find_mapping(c);
  if (mapping != NULL && mapping->text[0] == ' ') {
    *blank = true;
    return;
  }
  if (mapping != NULL && mapping->text[0] == '\0')
    return;
  if (*blank && out->len > 0)
    g_string_append_c(out, ' ');
  *blank = false;
  if (c >= 0xff01 && c <= 0xff5e)
    c -= 0xff01 - '!';
  if (mapping != NULL)
    g_string_append(out, mapping->text);
  else
    g_string_append_unichar(out, g_unichar_tolower(c));
}

char *
fold(const char *utf8)
{
  /* Whatever follows goes from character to character, so half of one at the end would take it over
   * the NUL. */
  g_autofree char *valid = g_utf8_validate(utf8, -1, NULL) ? NULL : g_utf8_make_valid(utf8, -1);
  GString *out = g_string_new(NULL);
  bool blank = false;
  for (const char *p = valid != NULL ? valid : utf8; *p != '\0';) {
    guchar c = (guchar)*p;
    if (c > ' ' && c < 0x7f) {
      if (blank && out->len > 0)
        g_string_append_c(out, ' ');
      blank = false;
      g_string_append_c(out, g_ascii_tolower(*p++));
      continue;
    }
    append_folded(out, g_utf8_get_char(p), &blank);
    p = g_utf8_next_char(p);
  }
  return g_string_free(out, FALSE);
}

static size_t
blanks(const char *text)
{
  size_t n = 0;
  while (text[n] != '\0' && (guchar)text[n] <= ' ')
    n++;
  return n;
}

/* Octets up to two blanks or the end. */
static size_t
piece_length(const char *text)
{
  size_t n = 0;
  while (text[n] != '\0' && blanks(text + n) < 2)
    n++;
  return n;
}

char *
fold_lines(const char *utf8)
{
  GString *out = g_string_new(NULL);
  while (*utf8 != '\0') {
    size_t n = piece_length(utf8);
    g_autofree char *piece = g_strndup(utf8, n), *folded = fold(piece);
    if (out->len > 0 && *folded != '\0')
      g_string_append_c(out, '\n');
    g_string_append(out, folded);
    utf8 += n + blanks(utf8 + n);
  }
  return g_string_free(out, FALSE);
}
