/* Recognises the provider by its hosts, or by marks in the text. */
#include "config.h"

#include <string.h>

#include "judge/rules-private.h"

static bool
host_below(const char *host, Span name)
{
  size_t length = strlen(host);
  return length >= name.length && memcmp(host + length - name.length, name.at, name.length) == 0 &&
         (length == name.length || host[length - name.length - 1] == '.');
}

bool
rules_host_in(const char *host, const char *names)
{
  Span rest = {names, (guint)strlen(names)};
  for (Span name; (name = span_word(&rest)).at != NULL;)
    if (host_below(host, name))
      return true;
  return false;
}

typedef struct {
  const Book *book;
  const Provider *provider; /* NULL = not recognised */
  const Fragment *mark;     /* by which it was recognised; NULL = by the host */
} Found;

static Found
provider_of_host(const Rules *rules, const char *host)
{
  for (guint i = 0; host != NULL && i < rules->n_books; i++) {
    const Book *book = rules->books[i];
    for (guint j = 0; j < book->n_providers; j++)
      if (rules_host_in(host, book->names + book->providers[j].mta))
        return (Found){book, &book->providers[j], NULL};
  }
  return (Found){0};
}

static Found
provider_of_text(const Rules *rules, const char *folded)
{
  RulesText text;
  rules_text_init(&text, folded != NULL ? folded : "");
  for (guint i = 0; folded != NULL && i < rules->n_books; i++) {
    const Book *book = rules->books[i];
    for (guint j = 0; j < book->n_providers; j++) {
      const Fragment *mark =
          rules_find_pattern(book, book->providers[j].marks, false, &text, NULL, NULL);
      if (mark != NULL)
        return (Found){book, &book->providers[j], mark};
    }
  }
  return (Found){0};
}

const ProviderInfo *
rules_provider(const Rules *rules, const RuleInput *input, char **by)
{
  const char *host = input->remote_mta;
  Found found = provider_of_host(rules, host);
  if (found.provider == NULL)
    found = provider_of_text(rules, input->text);
  if (found.provider == NULL && host == NULL) {
    host = input->reporting_mta;
    found = provider_of_host(rules, host);
  }
  if (found.provider == NULL)
    return NULL;
  if (by != NULL)
    *by = found.mark != NULL ? rules_pattern_words(found.book, found.mark) : g_strdup(host);
  return rules_provider_info(rules, found.book, found.provider);
}
