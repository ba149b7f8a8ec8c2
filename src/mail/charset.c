/* Which charset is it? The label comes first, but mail servers quote foreign bytes under labels of
 * their own (us-ascii, iso-8859-1), so we must be able to guess without one. A guess decodes a
 * sample in every candidate charset and takes the one with the most plausible text. */
#include "config.h"

#include "mail/charset.h"

#include <errno.h>
#include <glib.h>
#include <stdbool.h>
#include <string.h>

#include "mail/charset-score.h"
#include "mail/converters.h"

enum {
  SAMPLE_MAX = 4096, /* octets that a guess reads */
  FAVOUR = 12,       /* what a label adds to the score of its charset */
  GUESSES_MAX = 100, /* per text */
  LABEL_SIZE = 40,
};

static const char *const candidates[] = {"WINDOWS-1252", "GB18030", "CP950",  "CP932",
                                         "EUC-JP",       "UHC",     "KOI8-R", "WINDOWS-1251"};

static void
blank_nuls(char *text, size_t length)
{
  for (char *nul = text; (nul = memchr(nul, '\0', length - (size_t)(nul - text))) != NULL;)
    *nul++ = ' ';
}

/* Decodes bytes. What does not fit becomes U+FFFD and is counted in *bad (octets); NUL becomes a
 * blank. NULL if iconv does not know the charset. */
static GString *
decode(const char *bytes, size_t length, const char *charset, size_t *bad)
{
  GIConv converter = converter_open(charset);
  if (converter == (GIConv)-1)
    return NULL;
  GString *out = g_string_sized_new(length + length / 2 + 16);
  char *in = (char *)bytes;
  gsize left = length;
  bool done = false;
  *bad = 0;
  while (!done) {
    char buffer[2048], *to = buffer;
    gsize room = sizeof buffer;
    bool flush = left == 0; /* also resets the converter for the next text */
    gsize result = g_iconv(converter, flush ? NULL : &in, flush ? NULL : &left, &to, &room);
    int problem = result == (gsize)-1 ? errno : 0;
    g_string_append_len(out, buffer, to - buffer);
    done = flush;
    if (problem == 0 || problem == E2BIG || flush)
      continue;
    in++;
    left--;
    (*bad)++;
    g_string_append(out, "\xef\xbf\xbd");
  }
  converter_close(converter, charset);
  blank_nuls(out->str, out->len);
  return out;
}

/* Where the sample can end without cutting a character: after the last ASCII octet. */
static size_t
sample_length(const char *bytes, size_t length)
{
  if (length <= SAMPLE_MAX)
    return length;
  for (size_t i = SAMPLE_MAX; i > SAMPLE_MAX - 256; i--)
    if ((guchar)bytes[i - 1] < 0x40)
      return i;
  return SAMPLE_MAX;
}

/* favoured (nullable) wins unless another charset is clearly better. */
static const char *
guess(const char *bytes, size_t length, const char *favoured)
{
  const char *best = candidates[0];
  int best_score = G_MININT;
  for (size_t i = 0; i < G_N_ELEMENTS(candidates); i++) {
    size_t bad = 0;
    GString *text = decode(bytes, sample_length(bytes, length), candidates[i], &bad);
    if (text == NULL)
      continue;
    int candidate = charset_score(text) + (g_strcmp0(candidates[i], favoured) == 0 ? FAVOUR : 0);
    g_string_free(text, TRUE);
    if (candidate > best_score) {
      best_score = candidate;
      best = candidates[i];
    }
  }
  return best;
}

/* ISO 2022 is seven-bit, but has escape sequences. */
static const char *
by_escapes(const char *bytes, size_t length)
{
  static const struct {
    const char *escape, *charset;
  } marks[] = {{"\x1b$B", "ISO-2022-JP"},
               {"\x1b$@", "ISO-2022-JP"},
               {"\x1b$)C", "ISO-2022-KR"},
               {"\x1b$)A", "ISO-2022-CN"},
               {"\x1b$)G", "ISO-2022-CN"}};
  if (memchr(bytes, 0x1b, length) == NULL)
    return NULL;
  for (size_t i = 0; i < G_N_ELEMENTS(marks); i++)
    if (g_strstr_len(bytes, (gssize)length, marks[i].escape) != NULL)
      return marks[i].charset;
  return NULL;
}

typedef enum {
  LABEL_NONE,      /* says nothing */
  LABEL_WEAK,      /* given without thought, and any bytes fit it */
  LABEL_STRICT,    /* right if all bytes fit */
  LABEL_SEVEN_BIT, /* its bytes look like ASCII, so it is tried before UTF-8 */
  LABEL_WIDE,      /* its text contains NUL octets */
} LabelKind;

/* Labels name the standard, but the bytes are in the superset that a vendor made of it. */
static const struct {
  const char *label;
  LabelKind kind;
  const char *charset;
} known_labels[] = {
    {"8bit", LABEL_NONE, ""},
    {"ascii", LABEL_NONE, ""},
    {"big5", LABEL_STRICT, "CP950"},
    {"binary", LABEL_NONE, ""},
    {"cp936", LABEL_STRICT, "GB18030"},
    {"euc-kr", LABEL_STRICT, "UHC"},
    {"gb2312", LABEL_STRICT, "GB18030"},
    {"gb_2312-80", LABEL_STRICT, "GB18030"},
    {"gbk", LABEL_STRICT, "GB18030"},
    {"iso-8859-1", LABEL_WEAK, "WINDOWS-1252"},
    {"iso-8859-9", LABEL_STRICT, "WINDOWS-1254"},
    {"ks_c_5601-1987", LABEL_STRICT, "UHC"},
    {"latin1", LABEL_WEAK, "WINDOWS-1252"},
    {"shift-jis", LABEL_STRICT, "CP932"},
    {"shift_jis", LABEL_STRICT, "CP932"},
    {"unicode-1-1-utf-7", LABEL_SEVEN_BIT, "UTF-7"},
    {"unknown-8bit", LABEL_NONE, ""},
    {"us-ascii", LABEL_NONE, ""},
    {"utf-16", LABEL_WIDE, "UTF-16"},
    {"utf-16be", LABEL_WIDE, "UTF-16BE"},
    {"utf-16le", LABEL_WIDE, "UTF-16LE"},
    {"utf-7", LABEL_SEVEN_BIT, "UTF-7"},
    {"utf-8", LABEL_NONE, ""},
    {"utf8", LABEL_NONE, ""},
    {"windows-1252", LABEL_WEAK, "WINDOWS-1252"},
    {"x-sjis", LABEL_STRICT, "CP932"},
    {"x-unknown", LABEL_NONE, ""},
};

/* Sets charset to the name for iconv. */
static LabelKind
read_label(const char *declared, char charset[LABEL_SIZE])
{
  size_t length = 0;
  for (const char *p = declared; p != NULL && *p != '\0' && length < LABEL_SIZE - 1; p++)
    if (g_ascii_isalnum(*p) || strchr("-_.:+", *p) != NULL)
      charset[length++] = g_ascii_tolower(*p);
  charset[length] = '\0';
  if (length == 0)
    return LABEL_NONE;
  for (size_t i = 0; i < G_N_ELEMENTS(known_labels); i++)
    if (strcmp(charset, known_labels[i].label) == 0) {
      g_strlcpy(charset, known_labels[i].charset, LABEL_SIZE);
      return known_labels[i].kind;
    }
  return g_str_has_prefix(charset, "iso-2022") ? LABEL_SEVEN_BIT : LABEL_STRICT;
}

static char *
decode_exactly(const char *bytes, size_t length, const char *charset)
{
  size_t bad = 0;
  GString *text = decode(bytes, length, charset, &bad);
  return text != NULL ? g_string_free(text, bad > 0) : NULL;
}

static char *
decode_any(const char *bytes, size_t length, const char *charset)
{
  size_t bad = 0;
  GString *text = decode(bytes, length, charset, &bad);
  return text != NULL ? g_string_free(text, FALSE) : g_utf8_make_valid(bytes, (gssize)length);
}

/* The length of the lines at the beginning that are alike: all valid UTF-8, or none of them. */
static size_t
run_of_lines(const char *bytes, size_t length, bool *valid)
{
  size_t run = 0;
  while (run < length) {
    const char *end = memchr(bytes + run, '\n', length - run);
    size_t line = end != NULL ? (size_t)(end - bytes) + 1 - run : length - run;
    bool line_valid = g_utf8_validate(bytes + run, (gssize)line, NULL);
    if (run > 0 && line_valid != *valid)
      break;
    *valid = line_valid;
    run += line;
  }
  return run;
}

/* A report about several recipients quotes several servers, each in its own charset, so each run of
 * lines gets a guess of its own. Guesses take time, so their number is limited. */
static char *
decode_by_lines(const char *bytes, size_t length, const char *favoured)
{
  GString *out = g_string_sized_new(length + length / 2);
  const char *charset = NULL;
  guint guesses = 0;
  while (length > 0) {
    bool valid = false;
    size_t run = run_of_lines(bytes, length, &valid);
    if (valid) {
      g_string_append_len(out, bytes, (gssize)run);
    } else {
      if (guesses++ < GUESSES_MAX)
        charset = guess(bytes, run, favoured);
      g_autofree char *text = decode_any(bytes, run, charset);
      g_string_append(out, text);
    }
    bytes += run;
    length -= run;
  }
  return g_string_free(out, FALSE);
}

/* For text without NUL octets. */
static char *
narrow_to_utf8(const char *bytes, size_t length, LabelKind label, const char *charset)
{
  const char *escaped = by_escapes(bytes, length);
  char *text = label == LABEL_SEVEN_BIT ? decode_exactly(bytes, length, charset) : NULL;
  if (text == NULL && escaped != NULL)
    return decode_any(bytes, length, escaped);
  if (text == NULL && g_utf8_validate(bytes, (gssize)length, NULL))
    return g_strndup(bytes, length);
  if (text == NULL && label == LABEL_STRICT)
    text = decode_exactly(bytes, length, charset);
  if (text != NULL)
    return text;
  return decode_by_lines(bytes, length, label == LABEL_WEAK ? charset : NULL);
}

char *
charset_to_utf8(const char *bytes, size_t length, const char *declared)
{
  char charset[LABEL_SIZE];
  LabelKind label = read_label(declared, charset);
  if (memchr(bytes, '\0', length) == NULL)
    return narrow_to_utf8(bytes, length, label, charset);
  if (label == LABEL_WIDE)
    return decode_any(bytes, length, charset);
  g_autofree char *copy = g_memdup2(bytes, length);
  blank_nuls(copy, length);
  return narrow_to_utf8(copy, length, label, charset);
}

/* The octet written as \ooo at text, or -1. Only 200 to 377: lower ones are the server's own text.
 */
static int
octal_octet(const char *text)
{
  if (text[0] != '\\' || text[1] < '2' || text[1] > '3')
    return -1;
  if (text[2] < '0' || text[2] > '7' || text[3] < '0' || text[3] > '7')
    return -1;
  return (text[1] - '0') << 6 | (text[2] - '0') << 3 | (text[3] - '0');
}

char *
charset_recover_reply(const char *text)
{
  g_autoptr(GString) bytes = g_string_new(NULL);
  while (*text != '\0') {
    int octet = octal_octet(text);
    g_string_append_c(bytes, octet >= 0 ? (char)octet : *text);
    text += octet >= 0 ? 4 : 1;
  }
  return charset_to_utf8(bytes->str, bytes->len, NULL);
}
