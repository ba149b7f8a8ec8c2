#include "config.h"

#include "judge/names-known.h"

#include <string.h>

#include "base/fold.h"

static const char *
domain_of(const Known *one)
{
  return one->address + one->local + 1;
}

static bool
is_known(const NamesKnown *known, const char *folded)
{
  for (gsize i = 0; i < known->n; i++)
    if (strcmp(known->all[i].address, folded) == 0)
      return true;
  return false;
}

static bool
is_recipients_domain(const NamesKnown *known, const char *domain)
{
  for (gsize i = 0; i < known->n_recipients; i++)
    if (strcmp(domain_of(&known->all[i]), domain) == 0)
      return true;
  return false;
}

/* NULL if it is not an address, or known already. */
static Known *
add(NamesKnown *known, const char *address)
{
  g_autofree char *folded = address != NULL ? fold(address) : NULL;
  const char *at = folded != NULL ? strrchr(folded, '@') : NULL;
  if (at == NULL || at == folded || is_known(known, folded))
    return NULL;
  Known *added = &known->all[known->n++];
  *added = (Known){.length = strlen(folded), .local = (size_t)(at - folded)};
  added->address = g_steal_pointer(&folded);
  return added;
}

static void
add_senders(NamesKnown *known, const char *senders)
{
  const char *at = senders + strspn(senders, " ");
  while (*at != '\0' && known->n < known->n_recipients + KNOWN_SENDERS_MAX) {
    size_t length = strcspn(at, " ");
    g_autofree char *address = g_strndup(at, length);
    Known *added = add(known, address);
    if (added != NULL)
      added->alone = !is_recipients_domain(known, domain_of(added));
    at += length;
    at += strspn(at, " ");
  }
}

void
names_known_init(NamesKnown *known, const char *const *recipients, gsize n, const char *senders)
{
  *known = (NamesKnown){0};
  for (gsize i = 0; i < MIN(n, KNOWN_RECIPIENTS_MAX); i++)
    add(known, recipients[i]);
  known->n_recipients = known->n;
  if (senders != NULL)
    add_senders(known, senders);
}

void
names_known_clear(NamesKnown *known)
{
  for (gsize i = 0; i < known->n; i++)
    g_free(known->all[i].address);
  known->n = known->n_recipients = 0;
}

char *
names_known_named(const NamesKnown *known)
{
  GString *named = NULL;
  for (gsize i = known->n_recipients; i < known->n; i++) {
    if (!known->all[i].named)
      continue;
    if (named == NULL)
      named = g_string_new(NULL);
    else
      g_string_append_c(named, ' ');
    g_string_append(named, known->all[i].address);
  }
  return named != NULL ? g_string_free(named, FALSE) : NULL;
}

const char *
known_placeholder(NamesKnown *known, const char *at, size_t length)
{
  for (gsize i = 0; i < known->n; i++) {
    Known *one = &known->all[i];
    if (one->length != length || memcmp(one->address, at, length) != 0)
      continue;
    if (i < known->n_recipients)
      return "RECIPIENT";
    one->named = true;
    return "SENDER";
  }
  return "ADDRESS";
}

/* "example.org." ends a sentence, "example.org.uk" is another name. */
static bool
goes_on(const char *end)
{
  char c = *end == '.' ? end[1] : *end;
  return g_ascii_isalnum(c) || c == '-' || c == '_' || *end == '@' || *end == '/';
}

size_t
known_sender_domain(NamesKnown *known, const char *at)
{
  size_t longest = 0;
  for (gsize i = known->n_recipients; i < known->n; i++) {
    Known *one = &known->all[i];
    size_t length = one->length - one->local - 1;
    if (!one->alone || length == 0 || strncmp(at, domain_of(one), length) != 0 ||
        goes_on(at + length))
      continue;
    one->named = true;
    longest = MAX(longest, length);
  }
  return longest;
}
