/* Which addresses a format takes. */
#include "config.h"

#include <string.h>

#include "base/escape.h"
#include "mail/bounce.h"
#include "export/formats.h"

/* Characters that mean something to some program that reads lines, and that real mailboxes do not
 * have: quotes and spaces occur only in quoted local parts. */
static const char special[] = "\",;:<>()[]\\";

#define ORDINARY "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_+"

static bool
is_text(const char *address)
{
  if (strlen(address) > BOUNCE_ADDRESS_MAX || *address == '\0' ||
      !g_utf8_validate(address, -1, NULL))
    return false;
  for (const char *c = address; *c != '\0'; c = g_utf8_next_char(c))
    if (g_unichar_iscntrl(g_utf8_get_char(c)))
      return false;
  return true;
}

/* Recognises nearly all addresses, quickly. */
static bool
is_ordinary(const char *address)
{
  size_t local = strspn(address, ORDINARY);
  size_t domain = address[local] == '@' ? strspn(address + local + 1, ORDINARY) : 0;
  return local > 0 && domain > 0 && address[local + 1 + domain] == '\0' &&
         local + 1 + domain <= BOUNCE_ADDRESS_MAX;
}

bool
format_is_plain(const char *address)
{
  if (is_ordinary(address))
    return true;
  const char *at = strchr(address, '@');
  if (!is_text(address) || *address == '#' || at == NULL || at == address || at[1] == '\0' ||
      strchr(at + 1, '@') != NULL || strpbrk(address, special) != NULL)
    return false;
  for (const char *c = address; *c != '\0'; c = g_utf8_next_char(c)) {
    gunichar character = g_utf8_get_char(c);
    if (g_unichar_isspace(character) || g_unichar_type(character) == G_UNICODE_FORMAT)
      return false;
  }
  return true;
}

/* "@domain", the entry of a whole domain, reads like an address there. */
static bool
is_plain_entry(const char *entry)
{
  g_autofree char *anyone = *entry == '@' ? g_strconcat("x", entry, NULL) : NULL;
  return format_is_plain(anyone != NULL ? anyone : entry);
}

bool
format_takes(const Format *format, const char *address)
{
  bool any = (format->flags & FORMAT_ANY_ADDRESS) != 0;
  if (any ? !is_text(address) : !is_plain_entry(address))
    return false;
  if (*address == '@' && !any && format->domain == NULL)
    return false;
  if ((format->flags & FORMAT_ASCII) != 0 && !g_str_is_ascii(address))
    return false;
  if ((format->flags & FORMAT_NO_FORMULA) != 0 && strchr(ESCAPE_CSV_ADDRESS, *address) != NULL)
    return false;
  if (format->longest > 0 && strlen(address) > format->longest)
    return false;
  return format->refuse == NULL || strpbrk(address, format->refuse) == NULL;
}
