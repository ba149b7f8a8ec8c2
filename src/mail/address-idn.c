/* Internationalized domain names (RFC 5890). The same domain is written in Unicode (U-labels) or in
 * ASCII (A-labels), whichever the server at hand prefers, so addresses are compared in ASCII. */
#include "config.h"

#include "mail/address.h"

#include <idn2.h> /* after GLib: it defines one of GLib's macros, unless that is defined already */
#include <string.h>

#include "base/escape.h"

static bool
is_ascii(const char *text)
{
  for (; *text != '\0'; text++)
    if ((guchar)*text >= 0x80)
      return false;
  return true;
}

/* local@ and a converted domain. (transfer full) */
static char *
with_domain(const char *address, const char *domain, const char *converted)
{
  g_autofree char *local = g_strndup(address, (gsize)(domain - address));
  return g_strconcat(local, converted, NULL);
}

static const char *
domain_of(const char *address)
{
  const char *at = strrchr(address, '@');
  return at != NULL ? at + 1 : address;
}

/* Nontransitional processing (UTS 46) keeps the sharp s, as registries and browsers do. */
char *
address_ascii(const char *address)
{
  char *converted = NULL;
  const char *domain = address != NULL ? domain_of(address) : "";
  if (is_ascii(domain) ||
      idn2_to_ascii_8z(domain, &converted, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
    return NULL;
  char *result = with_domain(address, domain, converted);
  idn2_free(converted);
  return result;
}

char *
address_unicode(const char *address)
{
  char *converted = NULL;
  const char *domain = domain_of(address);
  if (idn2_to_unicode_8z8z(domain, &converted, 0) != IDN2_OK)
    return NULL;
  char *result = strcmp(converted, domain) != 0 ? with_domain(address, domain, converted) : NULL;
  idn2_free(converted);
  return result;
}

/* The blocks of scripts that are written from right to left. */
static bool
is_right_to_left(gunichar c)
{
  return (c >= 0x590 && c <= 0x8ff) || (c >= 0xfb1d && c <= 0xfdff) ||
         (c >= 0xfe70 && c <= 0xfeff) || (c >= 0x10800 && c <= 0x10fff) ||
         (c >= 0x1e800 && c <= 0x1efff);
}

/* Japanese mixes three scripts, which nobody mistakes for each other. */
static GUnicodeScript
script_of(gunichar c)
{
  GUnicodeScript script = g_unichar_get_script(c);
  bool japanese = script == G_UNICODE_SCRIPT_HIRAGANA || script == G_UNICODE_SCRIPT_KATAKANA;
  return japanese ? G_UNICODE_SCRIPT_HAN : script;
}

/* Whether each label of the domain has letters of one script only. */
static bool
is_plain_to_see(const char *domain)
{
  GUnicodeScript label = G_UNICODE_SCRIPT_COMMON;
  for (const char *p = domain; *p != '\0'; p = g_utf8_next_char(p)) {
    gunichar c = g_utf8_get_char(p);
    GUnicodeScript script = script_of(c);
    if (c == '.')
      label = G_UNICODE_SCRIPT_COMMON;
    if (is_right_to_left(c) || escape_is_dangerous(c))
      return false;
    if (script == G_UNICODE_SCRIPT_COMMON || script == G_UNICODE_SCRIPT_INHERITED)
      continue;
    if (label != G_UNICODE_SCRIPT_COMMON && label != script)
      return false;
    label = script;
  }
  return true;
}

char *
address_display(const char *address)
{
  bool encoded = strstr(domain_of(address), "xn--") != NULL;
  g_autofree char *unicode = encoded ? address_unicode(address) : NULL;
  if (unicode == NULL || !address_equal(unicode, address) || !is_plain_to_see(domain_of(unicode)))
    return g_strdup(address);
  return g_steal_pointer(&unicode);
}

char *
address_key(const char *address)
{
  g_autofree char *ascii = address_ascii(address);
  return g_ascii_strdown(ascii != NULL ? ascii : address, -1);
}

GPtrArray *
address_spellings(const char *address)
{
  GPtrArray *spellings = g_ptr_array_new_with_free_func(g_free);
  char *key = address_key(address), *unicode = address_unicode(key);
  g_autofree char *typed = g_ascii_strdown(address, -1);
  g_ptr_array_add(spellings, key);
  if (unicode != NULL)
    g_ptr_array_add(spellings, unicode);
  if (strcmp(typed, key) != 0 && g_strcmp0(typed, unicode) != 0)
    g_ptr_array_add(spellings, g_steal_pointer(&typed));
  return spellings;
}

bool
address_equal(const char *a, const char *b)
{
  if (a == NULL || b == NULL)
    return false;
  if (g_ascii_strcasecmp(a, b) == 0)
    return true;
  if (is_ascii(a) && is_ascii(b))
    return false;
  g_autofree char *key_a = address_key(a), *key_b = address_key(b);
  return strcmp(key_a, key_b) == 0;
}
