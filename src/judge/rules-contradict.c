/* What a text must not speak of if a rule is to accuse its recipient: [contradictions]. */
#include "config.h"

#include "judge/rules-keys.h"

#define BIT(concept) (G_GUINT64_CONSTANT(1) << (concept))

guint64
rules_contradicted(const Contradictions *against, const Rule *rule, guint64 accused,
                   const Speech *speech)
{
  if (!rules_suppresses(rule) || rule->reason == REASON_SUPPRESSED)
    return 0;
  guint64 spoken = rules_spoken(speech, rules_predicates);
  if (rule->provider != ANY_PROVIDER)
    return spoken & BIT(CONCEPT_OWN);
  bool worded = rule->n_texts > 0 || rule->sayings.n > 0;
  bool agreeing = worded && rule->statuses.n > 0; /* a code that says the same */
  if (rule->reason == REASON_HOST_UNKNOWN && rules_names_ip(speech))
    accused |= BIT(CONCEPT_IP); /* "host 192.0.2.1 is unknown" */
  guint64 others = accused | (spoken & (against->words | (worded ? 0 : against->codes)));
  return others & ~against->allowed[rule->reason] & ~(agreeing ? BIT(CONCEPT_LOGIN) : 0);
}

/* "host_unknown host dns" */
static void
read_allowed(RulesParser *parser, Span value)
{
  Span word = span_word(&value);
  g_autofree char *name = word.at != NULL ? g_strndup(word.at, word.length) : NULL;
  Reason reason;
  if (name == NULL || !reason_from_name(name, &reason))
    parse_problem(parser, "unknown reason \"%s\"", name != NULL ? name : "");
  else
    parser->builder->against.allowed[reason] |= rules_read_concepts(parser, value);
}

bool
rules_read_contradiction(RulesParser *parser, Span name, Span value)
{
  Contradictions *against = &parser->builder->against;
  if (value.at == NULL)
    return false;
  if (span_is(name, "words")) {
    against->words |= rules_read_concepts(parser, value);
  } else if (span_is(name, "codes")) {
    against->codes |= rules_read_concepts(parser, value);
  } else if (span_is(name, "allowed")) {
    read_allowed(parser, value);
  } else if (span_is(name, "sample")) {
    Name sample = rules_add_name(parser, value);
    g_array_append_val(parser->builder->contradictions, sample);
  } else {
    return false;
  }
  return true;
}
