#include "config.h"

#include "mail/address.h"

#include <glib.h>
#include <string.h>

#include "base/escape.h"
#include "mail/address-private.h"
#include "mail/bounce.h"

enum { INPUT_MAX = 4096 }; /* octets of a value that are read */

bool
address_is_local(char c)
{
  return (guchar)c > 0x20 && c != 0x7f && strchr("<>()[]:;@,\"\\", c) == NULL;
}

bool
address_is_domain(char c)
{
  return g_ascii_isalnum(c) || c == '-' || c == '.' || c == '_' || (guchar)c >= 0x80;
}

/* The length of the quoted string at text, with its quotes; 0 if it is not closed. */
static size_t
quoted_length(const char *text)
{
  for (size_t i = 1; i < ADDRESS_LOCAL_MAX && text[i] != '\0'; i++) {
    if (text[i] == '\\' && text[i + 1] != '\0')
      i++;
    else if (text[i] == '"')
      return i + 1;
  }
  return 0;
}

/* An address literal (RFC 5321 section 4.1.3): printable ASCII in brackets. */
static size_t
literal_length(const char *text)
{
  size_t n = 1;
  while (g_ascii_isgraph(text[n]) && strchr("[\\]<>@", text[n]) == NULL)
    n++;
  return text[n] == ']' ? n + 1 : 0;
}

size_t
address_domain_length(const char *text)
{
  if (*text == '[')
    return literal_length(text);
  size_t n = 0;
  while (address_is_domain(text[n]))
    n++;
  while (n > 0 && (text[n - 1] == '.' || text[n - 1] == '-'))
    n--;
  return n > 0 && text[0] != '.' ? n : 0;
}

static bool
is_printable_ascii(const char *text, size_t length)
{
  for (size_t i = 0; i < length; i++)
    if ((guchar)text[i] < 0x20 || (guchar)text[i] >= 0x7f)
      return false;
  return true;
}

/* Whether the octets are UTF-8 without anything that a terminal obeys or that reorders what a
 * person reads. RFC 5321 allows no controls, not even within quotes. */
static bool
is_clean(const char *text, size_t length)
{
  if (is_printable_ascii(text, length))
    return true;
  if (!g_utf8_validate(text, (gssize)length, NULL))
    return false;
  for (const char *p = text; p < text + length; p = g_utf8_next_char(p))
    if (escape_is_dangerous(g_utf8_get_char(p)))
      return false;
  return true;
}

static void
append_lower(GString *out, const char *domain, size_t n)
{
  g_autofree char *lower = is_printable_ascii(domain, n) ? NULL : g_utf8_strdown(domain, (gssize)n);
  if (lower != NULL)
    g_string_append(out, lower);
  for (size_t i = 0; lower == NULL && i < n; i++)
    g_string_append_c(out, g_ascii_tolower(domain[i]));
}

/* local@domain; NULL if it breaks a limit of RFC 5321 or is not clean. (transfer full) (nullable)
 */
static char *
join(const char *local, size_t local_length, const char *domain, size_t n)
{
  if (local_length == 0 || local_length > ADDRESS_LOCAL_MAX || n > 255 ||
      local_length + 1 + n > BOUNCE_ADDRESS_MAX)
    return NULL;
  if (!is_clean(domain, n) || !is_clean(local, local_length))
    return NULL;
  GString *address = g_string_sized_new(local_length + 1 + n);
  g_string_append_len(address, local, (gssize)local_length);
  g_string_append_c(address, '@');
  append_lower(address, domain, n);
  return g_string_free(address, FALSE);
}

/* Without its quotes, a local part that does not need them is the same mailbox (RFC 5321 section
 * 4.1.2). An apostrophe at its beginning would be read as a quote around the address. */
static bool
needs_quotes(const char *inner, size_t length)
{
  if (*inner == '\'')
    return true;
  for (size_t i = 0; i < length; i++)
    if (!address_is_local(inner[i]) || (inner[i] == '.' && (i == 0 || i + 1 == length)))
      return true;
  return length == 0;
}

char *
address_read_mailbox(const char *text, size_t *used)
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
    while (address_is_local(text[length]))
      length++;
    *used = length;
    if (length == 0 || text[length] != '@')
      return NULL;
  }
  const char *domain = text + *used + 1;
  size_t n = address_domain_length(domain);
  *used += 1 + n;
  return n > 0 ? join(local, length, domain, n) : NULL;
}

char *
address_read_blanks(const char *text, size_t *used)
{
  size_t n = 0;
  bool blank = false;
  for (; address_is_local(text[n]) || (text[n] == ' ' && n > 0); n++)
    blank |= text[n] == ' ';
  if (!blank || n + 2 > ADDRESS_LOCAL_MAX || text[n] != '@' || text[n - 1] == ' ')
    return NULL;
  size_t length = address_domain_length(text + n + 1);
  *used = n + 1 + length;
  g_autofree char *quoted = g_strdup_printf("\"%.*s\"", (int)n, text);
  return length > 0 ? join(quoted, n + 2, text + n + 1, length) : NULL;
}

/* Skips the address type of RFC 3464 section 2.1.2: "rfc822;", "utf-8 ;", "rfc/822;". */
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

/* Decodes \x{HEX}, an encoded character outside printable ASCII (RFC 6533 section 3). */
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

/* The text after an opening angle bracket that an @ follows, or text itself. */
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

/* Skips the route of "@relay,@relay:a@b" (RFC 5321 appendix C). */
static const char *
skip_route(const char *text)
{
  if (*text != '@')
    return text;
  size_t n = 0;
  while (address_is_domain(text[n]) || text[n] == '@' || text[n] == ',' || text[n] == ' ')
    n++;
  return text[n] == ':' ? text + n + 1 : text;
}

static const char *
skip_opening(const char *text)
{
  return text + strspn(text, " \t\n<'");
}

/* The value without its type, decoded; *begin is where the address begins. (transfer full) */
static char *
open_value(const char *text, const char **begin)
{
  text += strspn(text, " \t\n");
  text = skip_type(text);
  char *decoded = decode_unitext(text);
  const char *p = skip_opening(inside_brackets(decoded));
  if (g_ascii_strncasecmp(p, "mailto:", 7) == 0)
    p = skip_opening(p + 7);
  *begin = skip_opening(skip_route(p));
  return decoded;
}

char *
address_parse(const char *text, bool bare_ok)
{
  if (text == NULL)
    return NULL;
  const char *p;
  g_autofree char *decoded = open_value(text, &p);
  size_t used = 0;
  char *address = address_read_mailbox(p, &used);
  if (address != NULL || !bare_ok)
    return address;
  size_t n = 0;
  while (address_is_local(p[n]))
    n++;
  if (n == 0 || n > 64 || p[n] == '@' || !is_clean(p, n))
    return NULL;
  return g_strndup(p, n);
}

/* What may follow the address in a field: the closing bracket, and a comment. */
static bool
ends_value(const char *rest)
{
  rest += strspn(rest, "> \t\n");
  return *rest == '\0' || *rest == '(';
}

char *
address_parse_field(const char *text, bool bare_ok)
{
  char *address = address_parse(text, false);
  if (address != NULL || text == NULL)
    return address;
  const char *p;
  g_autofree char *decoded = open_value(text, &p);
  size_t used = 0;
  g_autofree char *quoted = address_read_blanks(p, &used);
  if (quoted != NULL)
    return ends_value(p + used) ? g_steal_pointer(&quoted) : NULL;
  address = bare_ok ? address_parse(text, true) : NULL;
  if (address != NULL && !ends_value(p + strlen(address)))
    g_clear_pointer(&address, g_free);
  return address;
}

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
