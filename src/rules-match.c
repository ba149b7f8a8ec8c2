/* Which rule matches, and whose mail server it was. */
#include "rules-private.h"

/* One of the texts, and none of the nots. *hit = the text that did it. */
static bool
texts_match(const Rules *rules, const Rule *rule, const RulesText *text, const Fragment **hit)
{
  *hit = rules_find_pattern(rules, rule->fragments, false, text);
  return (*hit != NULL || rule->n_texts == 0) &&
         rules_find_pattern(rules, rule->fragments, true, text) == NULL;
}

/* Conditions other than text */

static bool
host_below(const char *host, Span name)
{
  size_t length = strlen(host);
  return length >= name.length && memcmp(host + length - name.length, name.at, name.length) == 0 &&
         (length == name.length || host[length - name.length - 1] == '.');
}

static bool
host_in(const char *host, Span names)
{
  for (Span name; names.length > 0 && (name = span_word(&names)).at != NULL;)
    if (host_below(host, name))
      return true;
  return false;
}

static bool
mta_matches(const Rule *rule, const RuleInput *input)
{
  const char *host = input->remote_mta != NULL ? input->remote_mta : input->reporting_mta;
  return rule->mta.at == NULL || (host != NULL && host_in(host, rule->mta));
}

static bool
status_in(const Rules *rules, Slice slice, Status status)
{
  for (guint i = 0; i < slice.n; i++) {
    const Status *want = &g_array_index(rules->statuses, Status, slice.first + i);
    if ((want->klass == -1 || want->klass == status.klass) &&
        (want->subject == -1 || want->subject == status.subject) &&
        (want->detail == -1 || want->detail == status.detail))
      return true;
  }
  return false;
}

static bool
reply_in(const Rules *rules, Slice slice, int code)
{
  for (guint i = 0; i < slice.n; i++) {
    const ReplyRange *want = &g_array_index(rules->replies, ReplyRange, slice.first + i);
    if (code >= want->low && code <= want->high)
      return true;
  }
  return false;
}

static bool
codes_match(const Rules *rules, const Rule *rule, const RuleInput *input)
{
  Action action = input->action == ACTION_DELAYED ? ACTION_DELAYED : ACTION_FAILED;
  if (rule->reason == REASON_EXPIRED && action == ACTION_DELAYED)
    return false;
  if (rule->statuses.n > 0 &&
      (!status_present(input->status) || !status_in(rules, rule->statuses, input->status)))
    return false;
  if (rule->replies.n > 0 && !reply_in(rules, rule->replies, input->reply_code))
    return false;
  return (rule->stages == 0 || rule->stages & 1U << input->stage) &&
         (rule->actions == 0 || rule->actions & 1U << action);
}

/* Which rule */

/* "too many * connections" gives "too many … connections": the rule's words are the text's. */
static char *
words(const Fragment *pattern)
{
  GString *out = g_string_new(NULL);
  const Fragment *end = rules_next_pattern(pattern);
  for (const Fragment *fragment = pattern; fragment < end; fragment++) {
    if (fragment > pattern)
      g_string_append(out, " … ");
    g_string_append_len(out, fragment->at, fragment->length);
  }
  return g_string_free(out, FALSE);
}

static char *
describe(const Rule *rule, const RuleInput *input, const Fragment *hit)
{
  char buffer[STATUS_BUFFER];
  if (hit != NULL)
    return words(hit);
  if (rule->statuses.n > 0)
    return g_strdup(status_format(input->status, buffer));
  if (rule->replies.n > 0 && rule->stages != 0)
    return g_strdup_printf("%d %s", input->reply_code, stage_name(input->stage));
  if (rule->replies.n > 0)
    return g_strdup_printf("%d", input->reply_code);
  return rule->stages != 0 ? g_strdup(stage_name(input->stage)) : NULL;
}

const RuleInfo *
rules_match(const Rules *rules, RulesPhase phase, const RuleInput *input, char **matched)
{
  const GArray *order = rules->phases[phase];
  RulesText text;
  rules_text_init(&text, input->text != NULL ? input->text : "");
  int provider = -1;
  if (input->provider != NULL)
    provider = rules_provider_index(rules, (Span){input->provider, (guint)strlen(input->provider)});
  for (guint i = 0; i < order->len; i++) {
    guint index = g_array_index(order, guint, i);
    const Rule *rule = rules_at(rules, index);
    const Fragment *hit;
    if ((rule->provider >= 0 && rule->provider != provider) ||
        (rule->n_texts > 0 && input->text == NULL) || !codes_match(rules, rule, input) ||
        !texts_match(rules, rule, &text, &hit) || !mta_matches(rule, input))
      continue;
    if (matched != NULL)
      *matched = describe(rule, input, hit);
    return rules_info(rules, index);
  }
  return NULL;
}

/* Providers */

static const Provider *
provider_of_host(const Rules *rules, const char *host)
{
  for (guint i = 0; i < rules->providers->len; i++) {
    const Provider *provider = rules_provider_at(rules, (int)i);
    if (host_in(host, provider->mta))
      return provider;
  }
  return NULL;
}

static const Provider *
provider_of_text(const Rules *rules, const char *folded, const Fragment **mark)
{
  RulesText text;
  rules_text_init(&text, folded);
  for (guint i = 0; i < rules->providers->len; i++) {
    const Provider *provider = rules_provider_at(rules, (int)i);
    *mark = rules_find_pattern(rules, provider->marks, false, &text);
    if (*mark != NULL)
      return provider;
  }
  return NULL;
}

const ProviderInfo *
rules_provider(const Rules *rules, const RuleInput *input, char **by)
{
  const char *host = input->remote_mta;
  const Fragment *mark = NULL;
  const Provider *found = host != NULL ? provider_of_host(rules, host) : NULL;
  if (found == NULL && input->text != NULL) {
    found = provider_of_text(rules, input->text, &mark);
    if (found != NULL)
      host = NULL;
  }
  if (found == NULL && host == NULL && input->reporting_mta != NULL) {
    host = input->reporting_mta;
    found = provider_of_host(rules, host);
  }
  if (found == NULL)
    return NULL;
  if (by != NULL)
    *by = host != NULL ? g_strdup(host) : words(mark);
  return &found->info;
}
