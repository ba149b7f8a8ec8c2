#include "config.h"

#include "mail/address.h"

#include <string.h>

#include "mail/bounce.h"

enum {
  LOCAL_PART_MAX = 64 * 4, /* RFC 5321 4.5.3.1.1 says 64; VERP and gateways write longer ones */
  INPUT_MAX = 4096,        /* nothing longer is looked at */
};

/* --- characters --- */

/* What may stand unquoted left of the @. Laxer than RFC 5321's atext: dots anywhere, and 8-bit. */
static bool
is_local(char c)
{
  return (guchar)c > 0x20 && c != 0x7f && strchr("<>()[]:;@,\"\\", c) == NULL;
}

static bool
is_domain(char c)
{
  return g_ascii_isalnum(c) || c == '-' || c == '.' || c == '_' || (guchar)c >= 0x80;
}

/* --- pieces --- */

/* Length of the quoted string at text, its quotes included; 0 where it is not closed. */
static size_t
quoted_length(const char *text)
{
  for (size_t i = 1; text[i] != '\0' && i < LOCAL_PART_MAX; i++) {
    if (text[i] == '\\' && text[i + 1] != '\0')
      i++;
    else if (text[i] == '"')
      return i + 1;
  }
  return 0;
}

/* Length of the domain or address literal at text, without dots at its end. */
static size_t
domain_length(const char *text)
{
  if (*text == '[') {
    size_t n = strcspn(text, "] \t\n<>@");
    return text[n] == ']' ? n + 1 : 0;
  }
  size_t n = 0;
  while (is_domain(text[n]))
    n++;
  while (n > 0 && (text[n - 1] == '.' || text[n - 1] == '-'))
    n--;
  return n > 0 && text[0] != '.' ? n : 0;
}

/* local and domain made one address; NULL where it breaks a bound of RFC 5321 or is not text. */
static char *
join(const char *local, size_t local_length, const char *domain, size_t n)
{
  if (local_length == 0 || local_length > LOCAL_PART_MAX || n > 255 ||
      local_length + 1 + n > BOUNCE_ADDRESS_MAX)
    return NULL;
  g_autofree char *host = g_strndup(domain, n);
  g_autofree char *part = g_strndup(local, local_length);
  if (!g_utf8_validate(host, -1, NULL) || !g_utf8_validate(part, -1, NULL))
    return NULL;
  g_autofree char *lower = g_utf8_strdown(host, -1);
  return g_strconcat(part, "@", lower, NULL);
}

/* A quoted local part that needs no quotes is the same mailbox without them (RFC 5321 4.1.2). */
static bool
needs_quotes(const char *inner, size_t length)
{
  for (size_t i = 0; i < length; i++)
    if (!is_local(inner[i]) || (inner[i] == '.' && (i == 0 || i + 1 == length)))
      return true;
  return length == 0;
}

/* The mailbox at the very beginning of text; *used gets the octets that it takes. */
static char *
read_mailbox(const char *text, size_t *used)
{
  const char *local = text;
  size_t length = 0;
  if (*text == '"') {
    length = quoted_length(text);
    if (length == 0 || text[length] != '@')
      return NULL;
    *used = length;
    if (!needs_quotes(text + 1, length - 2)) {
      local = text + 1;
      length -= 2;
    }
  } else {
    while (is_local(text[length]))
      length++;
    *used = length;
    if (length == 0 || text[length] != '@')
      return NULL;
  }
  const char *domain = text + *used + 1;
  size_t n = domain_length(domain);
  *used += 1 + n;
  return n > 0 ? join(local, length, domain, n) : NULL;
}

/* --- whole values --- */

/* "rfc822;", "utf-8 ;", "rfc/822;": the address type of RFC 3464 2.1.2, in front of the value. */
static const char *
skip_type(const char *text)
{
  size_t n = 0;
  while (g_ascii_isalnum(text[n]) || strchr("-/_.", text[n]) != NULL) {
    if (text[n] == '\0')
      return text;
    n++;
  }
  size_t end = n + strspn(text + n, " \t");
  if (n == 0 || text[end] != ';')
    return text;
  return text + end + 1;
}

/* RFC 6533 section 3: \x{HEX} stands for a character outside of printable ASCII. */
static char *
decode_unitext(const char *text)
{
  GString *out = g_string_new(NULL);
  for (const char *p = text; *p != '\0' && p - text < INPUT_MAX;) {
    char *end = NULL;
    if (strncmp(p, "\\x{", 3) == 0 && g_ascii_isxdigit(p[3])) {
      guint64 c = g_ascii_strtoull(p + 3, &end, 16);
      if (*end == '}' && end - p <= 9 && c >= 0x20 && c <= 0x10ffff &&
          g_unichar_validate((gunichar)c)) {
        g_string_append_unichar(out, (gunichar)c);
        p = end + 1;
        continue;
      }
    }
    g_string_append_c(out, *p++);
  }
  return g_string_free(out, FALSE);
}

/* What stands between angle brackets that hold an @, else text itself. */
static const char *
inside_brackets(const char *text)
{
  bool quoted = false;
  for (const char *p = text; *p != '\0'; p++) {
    if (*p == '\\' && p[1] != '\0')
      p++;
    else if (*p == '"')
      quoted = !quoted;
    else if (*p == '<' && !quoted && strchr(p, '@') != NULL)
      return p + 1;
  }
  return text;
}

/* "@relay,@relay:a@b" (RFC 5321 appendix C): the route is dropped. */
static const char *
skip_route(const char *text)
{
  if (*text != '@')
    return text;
  size_t n = 0;
  while (is_domain(text[n]) || text[n] == '@' || text[n] == ',' || text[n] == ' ')
    n++;
  return text[n] == ':' ? text + n + 1 : text;
}

char *
address_parse(const char *text, bool bare_ok)
{
  if (text == NULL)
    return NULL;
  text += strspn(text, " \t\n");
  text = skip_type(text);
  g_autofree char *decoded = decode_unitext(text);
  const char *p = inside_brackets(decoded);
  p += strspn(p, " \t\n<'");
  if (g_ascii_strncasecmp(p, "mailto:", 7) == 0)
    p += 7;
  p = skip_route(p);
  size_t used = 0;
  char *address = read_mailbox(p, &used);
  if (address != NULL || !bare_ok)
    return address;
  size_t n = 0;
  while (is_local(p[n]))
    n++;
  if (n == 0 || n > 64 || p[n] == '@' || !g_utf8_validate(p, (gssize)n, NULL))
    return NULL;
  return g_strndup(p, n);
}

/* --- the rest --- */

char *
address_decode_xtext(const char *text)
{
  GString *out = g_string_new(NULL);
  bool quoted = *text == '"';
  for (const char *p = text; *p != '\0'; p++) {
    const char *hex = p + 1;
    if (*p == '+' && strncmp(hex, "2B", 2) == 0)
      g_string_append_c(out, '+');
    else if (*p == '+' && strncmp(hex, "3D", 2) == 0)
      g_string_append_c(out, '=');
    else if (*p == '+' && quoted && strncmp(hex, "20", 2) == 0)
      g_string_append_c(out, ' ');
    else {
      g_string_append_c(out, *p);
      continue;
    }
    p += 2;
  }
  return g_string_free(out, FALSE);
}

const char *
address_domain(const char *address)
{
  const char *at = address != NULL ? strrchr(address, '@') : NULL;
  return at != NULL ? at + 1 : "";
}

bool
address_equal(const char *a, const char *b)
{
  return a != NULL && b != NULL && g_ascii_strcasecmp(a, b) == 0;
}

/* --- addresses in running text --- */

/* A character beyond ASCII that may belong to an address in running text. Chinese and Japanese set
 * no blanks round an address, and their punctuation is beyond ASCII too, so of these scripts
 * nothing is taken but between brackets. */
static bool
is_foreign_letter(gunichar c)
{
  return c >= 0x80 && c < 0x2e80 && g_unichar_isalnum(c);
}

/* The octets of the character in front of p that may stand in a local part; 0 where it may not. */
static size_t
local_before(const char *begin, const char *p, bool bracketed)
{
  if (p == begin || !is_local(p[-1]))
    return 0;
  if ((guchar)p[-1] < 0x80)
    return 1;
  const char *previous = g_utf8_find_prev_char(begin, p);
  if (previous == NULL)
    return 0;
  gunichar c = g_utf8_get_char_validated(previous, p - previous);
  bool fits = bracketed ? c < 0x110000 : is_foreign_letter(c);
  return fits ? (size_t)(p - previous) : 0;
}

/* In running text these are quotation marks and ornaments, not part of a mailbox; and "SMTP=a@b",
 * "to=a@b" are how X.400 addresses, links and logs name another. */
static const char *
skip_ornaments(const char *p, const char *at)
{
  static const char *const names[] = {"smtp=", "to=", "rcpt=", "email=", "address=", "recipient="};
  while (p < at && strchr("'`*.|=#&!", *p) != NULL)
    p++;
  for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
    size_t n = strlen(names[i]);
    if ((size_t)(at - p) > n && g_ascii_strncasecmp(p, names[i], n) == 0)
      return p + n;
  }
  return p;
}

/* Where the local part that ends before at begins, not before begin. */
static const char *
local_begin(const char *begin, const char *at, bool bracketed)
{
  if (at > begin && at[-1] == '"') {
    for (const char *p = at - 2; p >= begin && at - p <= LOCAL_PART_MAX; p--)
      if (*p == '"' && (p == begin || p[-1] != '\\'))
        return p;
    return at;
  }
  const char *p = at;
  for (size_t n; at - p < LOCAL_PART_MAX && (n = local_before(begin, p, bracketed)) > 0;)
    p -= n;
  return skip_ornaments(p, at);
}

/* The length of the domain at text, up to the first character that may not belong to it. */
static size_t
domain_in_text(const char *text, bool bracketed)
{
  size_t n = domain_length(text);
  if (bracketed || *text == '[')
    return n;
  size_t i = 0;
  while (i < n) {
    gunichar c = g_utf8_get_char_validated(text + i, (gssize)(n - i));
    if (c >= 0x80 && !is_foreign_letter(c))
      break;
    i += (size_t)(g_utf8_next_char(text + i) - (text + i));
  }
  while (i > 0 && (text[i - 1] == '.' || text[i - 1] == '-'))
    i--;
  return i;
}

/* "<local@domain>" round at, of which everything up to the brackets is taken. */
static bool
is_bracketed(const char *begin, const char *at)
{
  const char *p = at;
  for (size_t n; at - p < LOCAL_PART_MAX && (n = local_before(begin, p, true)) > 0;)
    p -= n;
  return p > begin && p[-1] == '<' && at[1 + domain_length(at + 1)] == '>';
}

char *
address_next(const char **cursor, const char **begin)
{
  const char *text = *cursor;
  for (const char *at = strchr(text, '@'); at != NULL; at = strchr(at + 1, '@')) {
    bool bracketed = is_bracketed(text, at);
    const char *local = local_begin(text, at, bracketed);
    size_t n = domain_in_text(at + 1, bracketed);
    if (local == at || n == 0)
      continue;
    /* "a@b" without a dot or brackets is no address in running text. */
    if (!bracketed && at[1] != '[' && memchr(at + 1, '.', n) == NULL)
      continue;
    g_autofree char *piece = g_strndup(local, (size_t)(at - local) + 1 + n);
    size_t used = 0;
    char *address = read_mailbox(piece, &used);
    if (address == NULL)
      continue;
    *cursor = at + 1 + n;
    if (begin != NULL)
      *begin = local;
    return address;
  }
  *cursor = text + strlen(text);
  return NULL;
}

char *
address_only(const char *value)
{
  const char *cursor = value != NULL ? value : "";
  g_autofree char *first = address_next(&cursor, NULL);
  g_autofree char *second = first != NULL ? address_next(&cursor, NULL) : NULL;
  return second == NULL ? g_steal_pointer(&first) : NULL;
}
