/* A single pass over the document. An end that does not exist (a tag without ">", a comment without
 * "-->", an unpaired quote) is searched for only once and then remembered, so that a document full
 * of beginnings costs no more than one full of text. */
#include "config.h"

#include "mail/html.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

typedef struct {
  const char *at, *end;
  GString *out;
  bool blank;        /* white space is pending until text follows */
  guint pre;         /* depth of <pre> */
  bool no_tag_end;   /* no ">" ahead */
  bool no_quote_end; /* quotes ahead are not paired */
  bool no_comment_end;
  bool no_close[2]; /* no end tag of unread[i] ahead */
} Html;

static void
newline(Html *html)
{
  html->blank = false;
  if (html->out->len > 0 && html->out->str[html->out->len - 1] != '\n')
    g_string_append_c(html->out, '\n');
}

static void
put(Html *html, const char *text, size_t length)
{
  bool at_start = html->out->len == 0 || html->out->str[html->out->len - 1] == '\n';
  if (html->blank && !at_start)
    g_string_append_c(html->out, ' ');
  html->blank = false;
  g_string_append_len(html->out, text, (gssize)length);
}

/* In a numeric reference, 80 to 9F mean windows-1252 (HTML standard 13.2.5.80). */
static gunichar
reference_character(gunichar code)
{
  static const gunichar windows[] = {0x20ac, 0x81,   0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021,
                                     0x2c6,  0x2030, 0x160,  0x2039, 0x152,  0x8d,   0x17d,  0x8f,
                                     0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                     0x2dc,  0x2122, 0x161,  0x203a, 0x153,  0x9d,   0x17e,  0x178};
  if (code >= 0x80 && code <= 0x9f)
    code = windows[code - 0x80];
  return code != 0 && g_unichar_validate(code) ? code : 0xfffd;
}

static size_t
numeric_reference(const char *text, size_t length, gunichar *code)
{
  bool hex = length > 2 && (text[2] == 'x' || text[2] == 'X');
  size_t start = hex ? 3 : 2, i = start;
  gunichar value = 0;
  for (; i < length && (hex ? g_ascii_isxdigit(text[i]) : g_ascii_isdigit(text[i])); i++)
    if (value < 0x110000)
      value = value * (hex ? 16 : 10) + (gunichar)g_ascii_xdigit_value(text[i]);
  if (i == start)
    return 0;
  *code = reference_character(value);
  return i < length && text[i] == ';' ? i + 1 : i;
}

static size_t
named_reference(const char *text, size_t length, gunichar *code)
{
  static const struct {
    const char *name;
    gunichar code;
  } names[] = {
      {"amp", '&'},      {"apos", '\''},    {"copy", 0xa9},    {"gt", '>'},      {"hellip", 0x2026},
      {"laquo", 0xab},   {"ldquo", 0x201c}, {"lsquo", 0x2018}, {"lt", '<'},      {"mdash", 0x2014},
      {"middot", 0xb7},  {"nbsp", 0xa0},    {"ndash", 0x2013}, {"quot", '"'},    {"raquo", 0xbb},
      {"rdquo", 0x201d}, {"rsquo", 0x2019}, {"eacute", 0xe9},  {"egrave", 0xe8}, {"agrave", 0xe0},
      {"auml", 0xe4},    {"ouml", 0xf6},    {"uuml", 0xfc},    {"szlig", 0xdf},  {"Auml", 0xc4},
      {"Ouml", 0xd6},    {"Uuml", 0xdc},    {"ccedil", 0xe7},  {"aacute", 0xe1}, {"iacute", 0xed},
      {"oacute", 0xf3},  {"uacute", 0xfa},  {"ntilde", 0xf1},  {"atilde", 0xe3}, {"otilde", 0xf5},
      {"ecirc", 0xea},   {"acirc", 0xe2},   {"ocirc", 0xf4},   {"icirc", 0xee},  {"ucirc", 0xfb},
      {"reg", 0xae},     {"trade", 0x2122}, {"bull", 0x2022},  {"euro", 0x20ac},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
    size_t name = strlen(names[i].name);
    if (length <= name || strncmp(text + 1, names[i].name, name) != 0)
      continue;
    bool closed = length > name + 1 && text[name + 1] == ';';
    if (!closed && length > name + 1 && g_ascii_isalnum(text[name + 1]))
      continue;
    *code = names[i].code;
    return name + (closed ? 2 : 1);
  }
  return 0;
}

static void
reference(Html *html)
{
  size_t length = (size_t)(html->end - html->at);
  gunichar code = 0;
  size_t used = length > 1 && html->at[1] == '#' ? numeric_reference(html->at, length, &code)
                                                 : named_reference(html->at, length, &code);
  if (used == 0) {
    put(html, html->at++, 1);
    return;
  }
  html->at += used;
  if (code == 0xa0 || code == ' ' || code == '\t' || code == '\n' || code == '\r') {
    html->blank = true;
    return;
  }
  char utf8[6];
  put(html, utf8, (size_t)g_unichar_to_utf8(code, utf8));
}

/* The place after the ">" of the tag at html->at; NULL if there is none. A ">" in quotes does not
 * count, unless the quotes are broken. */
static const char *
tag_end(Html *html)
{
  char quote = '\0';
  if (html->no_tag_end)
    return NULL;
  for (const char *p = html->at + 1; p < html->end && !html->no_quote_end; p++) {
    if (quote != '\0')
      quote = *p == quote ? '\0' : quote;
    else if ((*p == '"' || *p == '\'') && p[-1] == '=')
      quote = *p;
    else if (*p == '>')
      return p + 1;
  }
  html->no_quote_end = true;
  const char *end = memchr(html->at, '>', (size_t)(html->end - html->at));
  html->no_tag_end = end == NULL;
  return end != NULL ? end + 1 : NULL;
}

static const char *
find_close(const char *at, const char *end, const char *name)
{
  size_t length = strlen(name);
  while ((at = memchr(at, '<', (size_t)(end - at))) != NULL) {
    if ((size_t)(end - at) > length + 2 && at[1] == '/' &&
        g_ascii_strncasecmp(at + 2, name, length) == 0)
      return at;
    at++;
  }
  return NULL;
}

static bool
is_block(const char *name)
{
  static const char *const blocks[] = {
      "address", "article", "blockquote", "body",   "br",    "center", "dd", "div",
      "dl",      "dt",      "footer",     "form",   "h1",    "h2",     "h3", "h4",
      "h5",      "h6",      "head",       "header", "hr",    "html",   "li", "ol",
      "p",       "pre",     "section",    "table",  "tbody", "title",  "tr", "ul"};
  for (size_t i = 0; i < G_N_ELEMENTS(blocks); i++)
    if (strcmp(name, blocks[i]) == 0)
      return true;
  return false;
}

/* Skips the content of elements that are not text. */
static void
skip_unread(Html *html, const char *name)
{
  static const char *const unread[] = {"script", "style"};
  for (size_t i = 0; i < G_N_ELEMENTS(unread); i++) {
    if (strcmp(name, unread[i]) != 0 || html->no_close[i])
      continue;
    const char *close = find_close(html->at, html->end, name);
    html->no_close[i] = close == NULL;
    html->at = close != NULL ? close : html->at;
  }
}

static void
element(Html *html, const char *name, bool closing)
{
  if (is_block(name))
    newline(html);
  if (strcmp(name, "td") == 0 || strcmp(name, "th") == 0)
    html->blank = true;
  else if (strcmp(name, "pre") == 0 && !closing)
    html->pre++;
  else if (strcmp(name, "pre") == 0 && html->pre > 0)
    html->pre--;
  else if (!closing)
    skip_unread(html, name);
}

static bool
comment(Html *html)
{
  if (html->no_comment_end || html->end - html->at < 7 || memcmp(html->at, "<!--", 4) != 0)
    return false;
  const char *end = g_strstr_len(html->at + 4, html->end - html->at - 4, "-->");
  html->no_comment_end = end == NULL;
  if (end != NULL)
    html->at = end + 3;
  return end != NULL;
}

static void
markup(Html *html)
{
  const char *p = html->at + 1;
  bool closing = p < html->end && *p == '/';
  bool tag = p < html->end && (g_ascii_isalpha(*p) || closing || *p == '!' || *p == '?');
  if (tag && comment(html))
    return;
  const char *end = tag ? tag_end(html) : NULL;
  if (end == NULL) {
    put(html, html->at++, 1);
    return;
  }
  char name[12];
  size_t length = 0;
  for (p += closing ? 1 : 0; p < end && g_ascii_isalnum(*p) && length < sizeof name - 1; p++)
    name[length++] = g_ascii_tolower(*p);
  name[length] = '\0';
  html->at = end;
  element(html, name, closing);
}

static void
text(Html *html)
{
  const char *start = html->at;
  while (html->at < html->end && *html->at != '<' && *html->at != '&' &&
         !g_ascii_isspace(*html->at))
    html->at++;
  put(html, start, (size_t)(html->at - start));
}

char *
html_to_text(const char *document, size_t length)
{
  Html html = {.at = document, .end = document + length, .out = g_string_sized_new(length)};
  while (html.at < html.end) {
    if (*html.at == '<')
      markup(&html);
    else if (*html.at == '&')
      reference(&html);
    else if (*html.at == '\n' && html.pre > 0 && html.at++)
      newline(&html);
    else if (g_ascii_isspace(*html.at) && html.at++)
      html.blank = true;
    else
      text(&html);
  }
  newline(&html);
  return g_string_free(html.out, FALSE);
}
