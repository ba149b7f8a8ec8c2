/* Look-ups in loaded rules. */
#include "rules-private.h"

const char *
rules_string(const Rules *rules, Span span)
{
  if (span.at == NULL)
    return NULL;
  g_autoptr(GString) joined = g_string_sized_new(span.length);
  for (Span word; (word = span_word(&span)).at != NULL;) {
    if (joined->len > 0)
      g_string_append_c(joined, ' ');
    g_string_append_len(joined, word.at, word.length);
  }
  return g_string_chunk_insert_len(rules->strings, joined->str, (gssize)joined->len);
}

const RuleInfo *
rules_info(const Rules *rules, guint index)
{
  Rule *rule = &g_array_index(rules->rules, Rule, index);
  RuleInfo *info = &rule->info;
  if (info->id != NULL)
    return info;
  const RuleFile *file = &g_array_index(rules->files, RuleFile, rule->file);
  g_autofree char *origin = g_strdup_printf("%s:%d", file->name, rule->line);
  info->origin = g_string_chunk_insert(rules->strings, origin);
  info->id = rules_string(rules, rule->id);
  info->provider = rules_string(rules, rule->provider_id);
  info->reason = rule->reason;
  info->cause = rules_string(rules, rule->cause);
  info->remedy = rules_string(rules, rule->remedy);
  info->source = rules_string(rules, rule->source);
  return info;
}

const RuleInfo *
rules_find(const Rules *rules, const char *id)
{
  Span want = {id, (guint)strlen(id)};
  for (guint i = 0; i < rules->rules->len; i++)
    if (span_equal(g_array_index(rules->rules, Rule, i).id, want))
      return rules_info(rules, i);
  return NULL;
}

const RuleInfo *
rules_undefined(const Rules *rules)
{
  return rules_find(rules, RULE_UNDEFINED);
}

guint
rules_count(const Rules *rules)
{
  return rules->rules->len;
}

const RuleInfo *
rules_nth(const Rules *rules, guint index)
{
  return rules_info(rules, index);
}

int
rules_provider_index(const Rules *rules, Span id)
{
  for (guint i = 0; i < rules->providers->len; i++)
    if (span_is(id, rules_provider_at(rules, (int)i)->info.id))
      return (int)i;
  return -1;
}

const ProviderInfo *
rules_find_provider(const Rules *rules, const char *id)
{
  int index = rules_provider_index(rules, (Span){id, (guint)strlen(id)});
  return index >= 0 ? &rules_provider_at(rules, index)->info : NULL;
}

guint
rules_n_samples(const Rules *rules)
{
  return rules->samples->len;
}

RuleSample
rules_sample(const Rules *rules, guint index)
{
  const Sample *sample = &g_array_index(rules->samples, Sample, index);
  const RuleFile *file = &g_array_index(rules->files, RuleFile, sample->file);
  g_autofree char *origin = g_strdup_printf("%s:%d", file->name, sample->line);
  return (RuleSample){
      .text = rules_string(rules, sample->text),
      .rule = rules_info(rules, sample->rule)->id,
      .origin = g_string_chunk_insert(rules->strings, origin),
  };
}
