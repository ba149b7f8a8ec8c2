/* Look-ups in loaded rules. */
#include "rules-private.h"

#include "embedded.h"

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

/* The section's next value of that key; the scanner stands behind it. */
static bool
next_value(Scanner *scanner, const char *name, Span *out)
{
  for (Span entry; scanner_next(scanner, &entry) && *entry.at != '[';)
    if (span_is(entry_key(entry, out), name))
      return true;
  return false;
}

static Scanner
scan_rule(const Rule *rule)
{
  Scanner scanner = {.cursor = rule->section};
  Span heading;
  scanner_next(&scanner, &heading);
  return scanner;
}

Span
rules_value(const Rule *rule, const char *name)
{
  Scanner scanner = scan_rule(rule);
  Span value;
  return next_value(&scanner, name, &value) ? value : (Span){NULL, 0};
}

static const char *
find_value(const Rules *rules, const Rule *rule, const char *name)
{
  return rules_string(rules, rules_value(rule, name));
}

static const char *
origin(const Rules *rules, int file, const char *at)
{
  const char *name = g_array_index(rules->files, RuleFile, file).name;
  g_autofree char *text = g_strdup_printf("%s:%d", name, rules_line(rules, file, at));
  return g_string_chunk_insert(rules->strings, text);
}

const RuleInfo *
rules_info(const Rules *rules, guint index)
{
  if (g_ptr_array_index(rules->infos, index) != NULL)
    return g_ptr_array_index(rules->infos, index);
  const Rule *rule = rules_at(rules, index);
  RuleInfo *info = g_new(RuleInfo, 1);
  *info = (RuleInfo){
      .id = rules_string(rules, rule->id),
      .provider = rules_string(rules, rule->provider_id),
      .reason = (Reason)rule->reason,
      .cause = find_value(rules, rule, "cause"),
      .remedy = find_value(rules, rule, "remedy"),
      .source = find_value(rules, rule, "source"),
      .origin = origin(rules, rule->file, rule->section),
  };
  g_ptr_array_index(rules->infos, index) = info;
  return info;
}

const RuleInfo *
rules_find(const Rules *rules, const char *id)
{
  Span want = {id, (guint)strlen(id)};
  for (guint i = 0; i < rules->rules->len; i++)
    if (span_equal(rules_at(rules, i)->id, want))
      return rules_info(rules, i);
  return NULL;
}

/* A shipped file has the section "[WORD ID]" or "[ID]": looked for in the text, so that nothing has
 * to be parsed for it. */
static bool
shipped_has(const char *word, const char *id)
{
  if (*id == '\0' || id[strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789.-")] != '\0')
    return false;
  g_autofree char *heading = g_strdup_printf("\n[%s%s]\n", word, id);
  for (const EmbeddedFile *shipped = embedded_rules; shipped->name != NULL; shipped++)
    if (strstr(shipped->text, heading) != NULL)
      return true;
  return false;
}

bool
rules_knows(const Rules *rules, const char *id)
{
  return rules_find(rules, id) != NULL || (!rules->complete && shipped_has("", id));
}

bool
rules_knows_provider(const Rules *rules, const char *id)
{
  return rules_find_provider(rules, id) != NULL ||
         (!rules->complete && shipped_has("provider ", id));
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

GArray *
rules_samples(const Rules *rules)
{
  GArray *samples = g_array_new(FALSE, FALSE, sizeof(RuleSample));
  for (guint i = 0; i < rules->rules->len; i++) {
    const Rule *rule = rules_at(rules, i);
    Scanner scanner = scan_rule(rule);
    for (Span value; next_value(&scanner, "sample", &value);) {
      RuleSample sample = {
          .text = rules_string(rules, value),
          .rule = rules_info(rules, i)->id,
          .origin = origin(rules, rule->file, value.at),
          .user = g_array_index(rules->files, RuleFile, rule->file).owned,
      };
      g_array_append_val(samples, sample);
    }
  }
  return samples;
}
