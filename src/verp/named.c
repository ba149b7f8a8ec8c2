#include "config.h"

#include "verp/named.h"

#include <string.h>

#include "base/lines.h"
#include "mail/address.h"
#include "verp/verp-plain.h"

enum {
  QUOTED_MAX = 256, /* octets of a quoted local part */
  URL_MAX = 2048,   /* octets of a link before an address in it */
};

struct Named {
  GPtrArray *spellings; /* the key first */
  size_t local;         /* octets before the @ */
  char *word;           /* a piece of the local part that every text has; NULL = none */
};

static const char *
key_of(const Named *named)
{
  return g_ptr_array_index(named->spellings, 0);
}

/* Texts without it need not be searched. */
static char *
find_word(const char *local, size_t length)
{
  size_t n = 0;
  while (n < length && g_ascii_isalnum(local[n]))
    n++;
  return n > 0 ? g_strndup(local, n) : NULL;
}

Named *
named_new(const char *address)
{
  Named *named = g_new0(Named, 1);
  named->spellings = address_spellings(address);
  const char *key = key_of(named), *at = strrchr(key, '@');
  named->local = at != NULL ? (size_t)(at - key) : strlen(key);
  named->word = find_word(key, named->local);
  return named;
}

void
named_free(Named *named)
{
  if (named == NULL)
    return;
  g_ptr_array_unref(named->spellings);
  g_free(named->word);
  g_free(named);
}

const GPtrArray *
named_spellings(const Named *named)
{
  return named->spellings;
}

const char *
named_word(const Named *named)
{
  return named->word;
}

/* "1", three characters for the day, sixteen for the tag, and a hyphen (verp.h). */
static const char *
skip_signature(const char *text)
{
  enum { SIGNATURE = 20 };
  static const char base32[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  bool is_signed =
      *text == '1' && strspn(text + 1, base32) >= SIGNATURE - 1 && text[SIGNATURE] == '-';
  return is_signed ? text + SIGNATURE + 1 : text;
}

/* The address itself, or a return path made for it. */
static bool
stands_for(const Named *named, const char *address)
{
  const char *key = key_of(named);
  if (address_equal(key, address))
    return true;
  g_autofree char *recipient = verp_plain_recipient(address, NULL);
  return recipient != NULL &&
         (address_equal(key, recipient) || address_equal(key, skip_signature(recipient)));
}

/* --- quoted local parts ------------------------------------------------------------------------*/

/* The octet after the closing quote; NULL if what is quoted is not a local part. */
static char *
quoted_end(char *quote)
{
  for (char *p = quote + 1; *p != '\0' && *p != '\n' && p - quote < QUOTED_MAX; p++) {
    if (*p == '\\' && p[1] != '\0')
      p++;
    else if (*p == '"')
      return p[1] == '@' ? p + 1 : NULL;
  }
  return NULL;
}

/* Blanks out all mailboxes with a quoted local part, which may contain anything, an address too:
 * "\"ann@example.net\"@host". Whether one of them is meant. */
static bool
take_quoted(const Named *named, char *text)
{
  for (char *p = strchr(text, '"'); p != NULL; p = strchr(p + 1, '"')) {
    char *end = quoted_end(p);
    if (end == NULL)
      continue;
    end += strcspn(end, " \t\r\n<>,;\"");
    g_autofree char *piece = g_strndup(p, (gsize)(end - p)), *address = address_parse(piece, false);
    if (address != NULL && stands_for(named, address))
      return true;
    memset(p, ' ', (size_t)(end - p));
    p = end - 1;
  }
  return false;
}

/* --- other addresses ---------------------------------------------------------------------------*/

/* In a link, characters that a local part may contain separate its pieces. */
static bool
begins_in_link(const char *text, const char *p)
{
  if (strchr("/?&=#", p[-1]) == NULL)
    return false;
  for (const char *q = p - 1; q - 2 >= text && p - q < URL_MAX; q--) {
    if (g_ascii_isspace(*q) || strchr("<>\"", *q) != NULL)
      return false;
    if (strncmp(q - 2, "://", 3) == 0)
      return true;
  }
  return false;
}

static bool
ends_domain(const char *rest)
{
  rest += strspn(rest, ".-");
  return *rest == '\0' || !address_is_domain(*rest);
}

/* Whether the spelling stands around this @, and nothing that would belong to the address stands
 * before or after it. */
static bool
stands_at(const char *text, const char *at, const char *spelling, size_t local)
{
  size_t length = strlen(spelling);
  if ((size_t)(at - text) < local || g_ascii_strncasecmp(at - local, spelling, length) != 0)
    return false;
  const char *begin = at - local;
  return (begin == text || !address_is_local(begin[-1]) || begins_in_link(text, begin)) &&
         ends_domain(begin + length);
}

static bool
search(const Named *named, const char *text)
{
  g_autofree char *copy = strstr(text, "\"@") != NULL ? g_strdup(text) : NULL;
  if (copy != NULL && take_quoted(named, copy))
    return true;
  if (copy != NULL)
    text = copy;
  for (const char *at = strchr(text, '@'); at != NULL; at = strchr(at + 1, '@'))
    for (guint i = 0; i < named->spellings->len; i++)
      if (stands_at(text, at, g_ptr_array_index(named->spellings, i), named->local))
        return true;
  const char *cursor = text;
  for (char *address; (address = address_next(&cursor, NULL)) != NULL; g_free(address))
    if (stands_for(named, address)) {
      g_free(address);
      return true;
    }
  return false;
}

/* --- local parts alone -------------------------------------------------------------------------*/

static bool
search_local(const Named *named, const char *text)
{
  g_autofree char *whole = address_parse_field(text, true);
  if (address_equal(whole, key_of(named)))
    return true;
  for (const char *p = strchr(text, '<'); p != NULL; p = strchr(p + 1, '<'))
    if (g_ascii_strncasecmp(p + 1, key_of(named), named->local) == 0 && p[1 + named->local] == '>')
      return true;
  return false;
}

/* "%40" in a link stands for the @. */
static char *
decode_at(const char *text)
{
  g_auto(GStrv) pieces = g_strsplit(text, "%40", -1);
  return g_strjoinv("@", pieces);
}

bool
named_in(const Named *named, const char *text)
{
  if (named->word != NULL && line_find(text, SIZE_MAX, named->word) == NULL)
    return false;
  if (key_of(named)[named->local] == '\0')
    return search_local(named, text);
  if (search(named, text))
    return true;
  g_autofree char *xtext = strchr(text, '+') != NULL ? address_decode_xtext(text) : NULL;
  g_autofree char *link = strstr(text, "%40") != NULL ? decode_at(text) : NULL;
  return (xtext != NULL && search(named, xtext)) || (link != NULL && search(named, link));
}
