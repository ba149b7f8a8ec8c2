#include "config.h"

#include "verp/verp-plain.h"

#include <string.h>

#include "mail/address.h"

/* The parsed address, if its domain looks like one that receives mail. */
static char *
recipient_of(const char *local, size_t local_length, const char *domain, size_t domain_length)
{
  if (local_length == 0 || domain_length == 0 || memchr(domain, '.', domain_length) == NULL)
    return NULL;
  g_autofree char *text =
      g_strdup_printf("%.*s@%.*s", (int)local_length, local, (int)domain_length, domain);
  g_autofree char *address = address_parse(text, false);
  return address != NULL && strlen(address) == strlen(text) ? g_steal_pointer(&address) : NULL;
}

/* "ann==a==example.net==list"; more may follow. */
static char *
read_sympa(const char *text)
{
  const char *at = strstr(text, "==a==");
  if (at == NULL)
    return NULL;
  const char *domain = at + strlen("==a==");
  const char *end = strstr(domain, "==");
  size_t length = end != NULL ? (size_t)(end - domain) : strlen(domain);
  return recipient_of(text, (size_t)(at - text), domain, length);
}

static char *
read_equals(const char *text)
{
  const char *equals = strrchr(text, '=');
  if (equals == NULL)
    return NULL;
  return recipient_of(text, (size_t)(equals - text), equals + 1, strlen(equals + 1));
}

/* The local part after base and a delimiter; NULL if the address is not made from base. */
static const char *
after_base(const char *local, const char *domain, const char *base)
{
  size_t length = strcspn(base, "@");
  if (g_ascii_strncasecmp(local, base, length) != 0 || local[length] == '\0' ||
      strchr("+-", local[length]) == NULL || g_ascii_strcasecmp(domain, address_domain(base)) != 0)
    return NULL;
  return local + length + 1;
}

/* Without a base: the local part after the first "+", or after a word for bounces and its "-", as
 * in "list-bounces-ann=example.net"; a "-" alone may be part of a name. */
static const char *
after_delimiter(const char *local)
{
  static const char *const words[] = {"bounces-", "bounce-", "return-", "owner-"};
  const char *plus = strchr(local, '+');
  if (plus != NULL)
    return plus + 1;
  for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
    g_autofree char *lower = g_ascii_strdown(local, -1);
    const char *word = strstr(lower, words[i]);
    if (word != NULL && (word == lower || word[-1] == '-'))
      return local + (word - lower) + strlen(words[i]);
  }
  return NULL;
}

char *
verp_plain_recipient(const char *address, const char *base)
{
  const char *domain = address_domain(address);
  if (*domain == '\0')
    return NULL;
  g_autofree char *local = g_strndup(address, (gsize)(domain - 1 - address));
  const char *text = base != NULL ? after_base(local, domain, base) : after_delimiter(local);
  if (text == NULL)
    return NULL;
  return strstr(text, "==") != NULL ? read_sympa(text) : read_equals(text);
}
