/* Addresses in running text. */
#include "config.h"

#include <glib.h>
#include <string.h>

#include "mail/address-private.h"
#include "mail/reply.h"

/* A character beyond ASCII that may belong to an address in running text. Chinese and Japanese have
 * no blanks around an address, and their punctuation is beyond ASCII too, so characters of these
 * scripts count only in angle brackets. */
static bool
is_foreign_letter(gunichar c)
{
  return c >= 0x80 && c < 0x2e80 && g_unichar_isalnum(c);
}

/* The octets of the character before p if it may be part of a local part; 0 otherwise. */
static size_t
local_before(const char *begin, const char *p, bool bracketed)
{
  if (p == begin || !address_is_local(p[-1]))
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

/* Skips quotation marks and ornaments, which in running text are not part of a mailbox, and the
 * names in "SMTP=a@b" and "to=a@b", as X.400 addresses, links and logs write them. */
static const char *
skip_ornaments(const char *p, const char *at)
{
  static const char *const names[] = {"smtp=", "to=", "rcpt=", "email=", "address=", "recipient="};
  if (g_str_has_prefix(p, "=?") && at - p > 4 && strncmp(at - 2, "?=", 2) == 0)
    return p; /* an encoded word that was mailed as it is */
  while (p < at && strchr("'`*.|=#&!", *p) != NULL)
    p++;
  for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
    size_t n = strlen(names[i]);
    if ((size_t)(at - p) > n && g_ascii_strncasecmp(p, names[i], n) == 0)
      return p + n;
  }
  return p;
}

/* The beginning of the local part that ends at at; not before begin. */
static const char *
local_begin(const char *begin, const char *at, bool bracketed)
{
  if (at > begin && at[-1] == '"') {
    for (const char *p = at - 2; p >= begin && at - p <= ADDRESS_LOCAL_MAX; p--)
      if (*p == '"' && (p == begin || p[-1] != '\\'))
        return p;
    return at;
  }
  const char *p = at;
  for (size_t n; at - p < ADDRESS_LOCAL_MAX && (n = local_before(begin, p, bracketed)) > 0;)
    p -= n;
  return skip_ornaments(p, at);
}

/* The length of the domain at text, up to the first character that may not belong to it. */
static size_t
domain_in_text(const char *text, bool bracketed)
{
  size_t n = address_domain_length(text);
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

/* Whether at is in "<local@domain>". Everything between the brackets then belongs to the address.
 */
static bool
is_bracketed(const char *begin, const char *at)
{
  const char *p = at;
  for (size_t n; at - p < ADDRESS_LOCAL_MAX && (n = local_before(begin, p, true)) > 0;)
    p -= n;
  return p > begin && p[-1] == '<' && at[1 + address_domain_length(at + 1)] == '>';
}

/* The beginning of the local part in "<front desk@example.net>", a mailbox with blanks that lacks
 * its quotes; NULL if the brackets hold anything else, or stand in the middle of other words. */
static const char *
blanks_begin(const char *begin, const char *at)
{
  const char *p = at;
  bool blank = false;
  while (p > begin && at - p < ADDRESS_LOCAL_MAX && (p[-1] == ' ' || address_is_local(p[-1]))) {
    p--;
    blank |= *p == ' ';
  }
  size_t n = address_domain_length(at + 1);
  if (!blank || p == begin || p[-1] != '<' || *p == ' ' || reply_code_at(p) != 0 || n == 0 ||
      at[1 + n] != '>')
    return NULL;
  const char *rest = at + 2 + n;
  return *rest == '\0' || strchr(":,;.\r\n", *rest) != NULL ? p : NULL;
}

/* Whether the @ is within quotes that are part of a local part: "\"a@b\"@c". */
static bool
is_quoted(const char *at, size_t domain_length)
{
  return strncmp(at + 1 + domain_length, "\"@", 2) == 0;
}

/* The address around at, whose local part begins at *local. (transfer full) (nullable) */
static char *
read_around(const char *text, const char *at, const char **local, size_t *length)
{
  size_t used = 0;
  *local = blanks_begin(text, at);
  if (*local != NULL) {
    char *address = address_read_blanks(*local, &used);
    *length = used - (size_t)(at + 1 - *local);
    return address;
  }
  bool bracketed = is_bracketed(text, at);
  *local = local_begin(text, at, bracketed);
  *length = domain_in_text(at + 1, bracketed);
  if (*local == at || *length == 0 || is_quoted(at, *length))
    return NULL;
  /* In running text, "a@b" without a dot or brackets is not an address. */
  if (!bracketed && at[1] != '[' && memchr(at + 1, '.', *length) == NULL)
    return NULL;
  g_autofree char *piece = g_strndup(*local, (size_t)(at - *local) + 1 + *length);
  return address_read_mailbox(piece, &used);
}

char *
address_next(const char **cursor, const char **begin)
{
  const char *text = *cursor;
  for (const char *at = strchr(text, '@'); at != NULL; at = strchr(at + 1, '@')) {
    const char *local;
    size_t n;
    char *address = read_around(text, at, &local, &n);
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
