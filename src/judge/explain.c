#include "config.h"

#include "judge/explain.h"

#include <string.h>

#include "base/columns.h"
#include "base/escape.h"
#include "base/json.h"
#include "judge/chain.h"

enum { LABEL = 14 };

/* Text that is being written, in lines of so many columns. */
typedef struct {
  GString *out;
  int columns;
} Page;

static const char *const class_meanings[N_CLASSES] = {
    [CLASS_NONE] = "no failure",
    [CLASS_PERMANENT] = "sending the same message again will not help",
    [CLASS_TRANSIENT] = "sending it again later may help",
    [CLASS_POLICY] = "refused because of the sender, the content, or the way it was sent",
    [CLASS_SPF] = "refused because SPF failed",
    [CLASS_QUOTA] = "the mailbox is full",
    [CLASS_AUTH] = "refused because authentication is missing or failed",
};

static const char *const party_words[N_PARTIES] = {
    [PARTY_NONE] = "nobody",
    [PARTY_RECIPIENT] = "the recipient",
    [PARTY_SENDER] = "you, the sender",
    [PARTY_MESSAGE] = "you, the sender: the problem is this message",
    [PARTY_RECEIVER] = "the receiving system, or whoever runs the network in between",
    [PARTY_UNKNOWN] = "unknown",
};

/* Omits the line if value is NULL or ""; value may be untrusted. */
static void
append_line(const Page *page, const char *label, const char *value)
{
  if (value == NULL || *value == '\0')
    return;
  g_autofree char *safe = escape_terminal(value);
  g_string_append_printf(page->out, "  %-*s", LABEL, label);
  columns_wrap(page->out, safe, LABEL + 2, page->columns);
}

static void
append_pair(const Page *page, const char *label, const char *word, const char *meaning)
{
  g_autofree char *value = g_strdup_printf("%s: %s", word, meaning);
  append_line(page, label, value);
}

/* The advice of the rule that decided; empty if there is no such rule any longer. */
static RuleAdvice
advice_of(const Rules *rules, const Verdict *verdict)
{
  const RuleInfo *rule = verdict->rule != NULL ? rules_find(rules, verdict->rule) : NULL;
  return rule != NULL ? *rules_advice(rules, rule) : (RuleAdvice){0};
}

/* For other reasons of the recipient's, the remedy says whether to go on sending. */
static const char *
who_must_act(const ReasonInfo *reason)
{
  return reason->party == PARTY_RECIPIENT && reason->suppress_days == 1
             ? "the recipient: the address itself is the problem. Until it is fixed, stop sending "
               "to it."
             : party_words[reason->party];
}

static void
append_advice(const Page *page, const Verdict *verdict, const RuleAdvice *advice)
{
  const ReasonInfo *reason = reason_info(verdict->reason);
  append_line(page, "What happened", advice->cause);
  append_line(page, "What to do", advice->remedy);
  append_line(page, "Who must act", who_must_act(reason));
  append_line(page, "Source", advice->source);
}

static void
append_chain(const Page *page, const GPtrArray *chain)
{
  for (guint i = 0; i < chain->len; i++) {
    const ChainLink *link = g_ptr_array_index(chain, i);
    append_line(page, link->step, link->detail);
  }
}

char *
explain_text(const Rules *rules, const Recipient *recipient, const GPtrArray *chain,
             const char *heading, int columns)
{
  const Verdict *verdict = &recipient->verdict;
  const RuleAdvice advice = advice_of(rules, verdict);
  const ProviderInfo *provider =
      verdict->provider != NULL ? rules_find_provider(rules, verdict->provider) : NULL;
  GString *out = g_string_new(NULL);
  const Page page = {out, columns};
  if (heading != NULL) {
    g_autofree char *safe = escape_terminal(heading);
    columns_wrap(out, safe, 0, columns);
    g_string_append_c(out, '\n');
  }
  append_pair(&page, "Class", class_name(verdict->klass), class_meanings[verdict->klass]);
  append_pair(&page, "Reason", reason_name(verdict->reason), reason_info(verdict->reason)->meaning);
  append_line(&page, "Provider", provider != NULL ? provider->name : verdict->provider);
  g_string_append_c(out, '\n');
  append_advice(&page, verdict, &advice);
  g_string_append(out, "\n  How this was judged:\n");
  append_chain(&page, chain);
  return g_string_free(out, FALSE);
}

static void
add_chain(Json *json, const GPtrArray *chain)
{
  json_open(json, "chain", '[');
  for (guint i = 0; i < chain->len; i++) {
    const ChainLink *link = g_ptr_array_index(chain, i);
    json_open(json, NULL, '{');
    json_text(json, "step", link->step);
    json_text(json, "detail", link->detail);
    json_close(json, '}');
  }
  json_close(json, ']');
}

char *
explain_json(const Rules *rules, const Recipient *recipient, const GPtrArray *chain)
{
  const Verdict *verdict = &recipient->verdict;
  const RuleAdvice advice = advice_of(rules, verdict);
  Json json = json_new();
  json_open(&json, NULL, '{');
  json_text(&json, "recipient", recipient->recipient);
  json_text(&json, "class", class_name(verdict->klass));
  json_text(&json, "reason", reason_name(verdict->reason));
  json_text(&json, "party", party_name(reason_info(verdict->reason)->party));
  json_text(&json, "provider", verdict->provider);
  json_text(&json, "rule", verdict->rule);
  json_text(&json, "matched", verdict->matched);
  json_text(&json, "cause", advice.cause);
  json_text(&json, "remedy", advice.remedy);
  json_text(&json, "source", advice.source);
  add_chain(&json, chain);
  json_close(&json, '}');
  return json_finish(&json);
}
