#include "config.h"

#include "mail/converters.h"

#include "mail/gmime.h"

enum { GUESSED = 8 }; /* the first ones of the table, which charset.c guesses */

/* In lower case, as messages label their text and as charset.c corrects that. The order gives the
 * bits. */
static const char *const names[] = {
    "windows-1252",
    "gb18030",
    "cp950",
    "cp932",
    "euc-jp",
    "uhc",
    "koi8-r",
    "windows-1251",
    /* what charset.c reads from escapes and NULs */
    "iso-2022-jp",
    "iso-2022-kr",
    "iso-2022-cn",
    "utf-7",
    "utf-16",
    "utf-16be",
    "utf-16le",
    /* what only labels say */
    "iso-8859-1",
    "iso-8859-2",
    "iso-8859-3",
    "iso-8859-4",
    "iso-8859-5",
    "iso-8859-6",
    "iso-8859-7",
    "iso-8859-8",
    "iso-8859-9",
    "iso-8859-10",
    "iso-8859-11",
    "iso-8859-13",
    "iso-8859-14",
    "iso-8859-15",
    "iso-8859-16",
    "windows-1250",
    "windows-1253",
    "windows-1254",
    "windows-1255",
    "windows-1256",
    "windows-1257",
    "windows-1258",
    "koi8-u",
    "tis-620",
    "big5",
    "big5-hkscs",
    "gb2312",
    "gbk",
    "shift_jis",
    "euc-kr",
    "euc-tw",
    "iso-2022-jp-1",
    "iso-2022-jp-2",
    "iso-2022-jp-3",
    "iso-2022-cn-ext",
    "cp437",
    "cp850",
    "cp852",
    "cp866",
    "macintosh",
    "viscii",
    "tcvn",
    "utf-32",
    "utf-32be",
    "utf-32le",
    "windows-874",
    "iso-8859-8-i",
    "ks_c_5601-1987",
};
G_STATIC_ASSERT(G_N_ELEMENTS(names) <= 64);

static GIConv kept[G_N_ELEMENTS(names)]; /* NULL: not opened yet */
static bool confined;
static ConverterSet missed;

/* -1: not in the table. */
static int
find(const char *charset)
{
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
    if (g_ascii_strcasecmp(names[i], charset) == 0)
      return (int)i;
  return -1;
}

/* An open converter keeps its library loaded, and opening another one then needs no file. GMime has
 * names of its own for some charsets, and so perhaps another library. */
static void
open_for_good(gsize i)
{
  kept[i] = g_iconv_open("UTF-8", names[i]);
  gmime.g_mime_iconv_open("UTF-8", names[i]);
}

void
converters_confine(ConverterSet set)
{
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
    if ((set & G_GUINT64_CONSTANT(1) << i) != 0)
      open_for_good(i);
  confined = true;
}

ConverterSet
converters_missed(void)
{
  ConverterSet set = missed;
  missed = 0;
  return set;
}

void
converters_expect(const char *label)
{
  int i = find(label);
  if (confined && i >= 0 && kept[i] == NULL)
    missed |= G_GUINT64_CONSTANT(1) << i;
}

/* A hostile message can ask for thousands of guesses, so the converters for them stay open; those
 * of other charsets may have a state that does not survive from text to text. */
GIConv
converter_open(const char *charset)
{
  int i = find(charset);
  converters_expect(charset);
  if (i >= 0 && kept[i] == NULL && confined)
    return (GIConv)-1;
  if (i < 0 || i >= GUESSED)
    return g_iconv_open("UTF-8", charset);
  if (kept[i] == NULL)
    kept[i] = g_iconv_open("UTF-8", charset);
  return kept[i];
}

void
converter_close(GIConv converter, const char *charset)
{
  int i = find(charset);
  if (i < 0 || i >= GUESSED)
    g_iconv_close(converter);
}
