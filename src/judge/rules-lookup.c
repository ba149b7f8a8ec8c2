/* Look-ups in loaded rules. */
#include "config.h"

#include <string.h>

#include "judge/rules-private.h"

/* FNV-1a. Comparing sums saves comparing the strings of hundreds of ids. */
guint32
rules_id_sum(const char *id)
{
  guint32 sum = 2166136261U;
  for (; *id != '\0'; id++)
    sum = (sum ^ (guchar)*id) * 16777619U;
  return sum;
}

/* NULL = no such rule. */
static const Rule *
book_rule(const Book *book, const char *id)
{
  guint32 sum = rules_id_sum(id);
  for (guint i = 0; i < book->n_rules; i++)
    if (book->id_sums[i] == sum && strcmp(book->names + book->rules[i].id, id) == 0)
      return &book->rules[i];
  return NULL;
}

const Provider *
book_provider(const Book *book, const char *id)
{
  for (guint i = 0; i < book->n_providers; i++)
    if (strcmp(book->names + book->providers[i].id, id) == 0)
      return &book->providers[i];
  return NULL;
}

/* The next value of that key in the section; the scanner moves past it. */
static bool
next_value(Scanner *scanner, const char *key, Span *out)
{
  for (Span entry; scanner_next(scanner, &entry) && *entry.at != '[';)
    if (span_is(entry_key(entry, out), key))
      return true;
  return false;
}

static Scanner
scan_rule(const Book *book, const Rule *rule)
{
  Scanner scanner = {book->text + rule->section};
  Span heading;
  scanner_next(&scanner, &heading);
  return scanner;
}

Span
book_value(const Book *book, const Rule *rule, const char *key)
{
  Scanner scanner = scan_rule(book, rule);
  Span value;
  return next_value(&scanner, key, &value) ? value : (Span){NULL, 0};
}

/* Takes ownership of string. */
static const char *
keep(const Rules *rules, char *string)
{
  const char *kept = string != NULL ? g_string_chunk_insert(rules->strings, string) : NULL;
  g_free(string);
  return kept;
}

/* What callers have asked about a rule. */
typedef struct {
  RuleInfo info;
  RuleAdvice advice; /* origin == NULL: not looked up yet */
  const Book *book;
  const Rule *rule;
} RuleEntry;

static bool
is_users(const Rules *rules, const Book *book)
{
  return rules->own != NULL && book == &rules->own->book;
}

const RuleInfo *
rules_info(const Rules *rules, const Book *book, const Rule *rule)
{
  RuleEntry *entry = g_hash_table_lookup(rules->infos, rule);
  if (entry != NULL)
    return &entry->info;
  entry = g_new(RuleEntry, 1);
  *entry = (RuleEntry){
      .info = {book_name(book, rule->id), book_wanted(book, rule), (Reason)rule->reason,
               is_users(rules, book)},
      .book = book,
      .rule = rule,
  };
  g_hash_table_insert(rules->infos, (gpointer)rule, entry);
  return &entry->info;
}

static const char *
find_value(const Rules *rules, const RuleEntry *entry, const char *key)
{
  return keep(rules, span_string(book_value(entry->book, entry->rule, key)));
}

const RuleAdvice *
rules_advice(const Rules *rules, const RuleInfo *rule)
{
  RuleEntry *entry = (RuleEntry *)rule; /* its first member */
  if (entry->advice.origin == NULL)
    entry->advice = (RuleAdvice){
        .cause = find_value(rules, entry, "cause"),
        .remedy = find_value(rules, entry, "remedy"),
        .source = find_value(rules, entry, "source"),
        .origin = keep(rules, book_origin(entry->book, entry->rule->section)),
    };
  return &entry->advice;
}

const ProviderInfo *
rules_provider_info(const Rules *rules, const Book *book, const Provider *provider)
{
  ProviderInfo *info = g_hash_table_lookup(rules->infos, provider);
  if (info != NULL)
    return info;
  info = g_new(ProviderInfo, 1);
  *info = (ProviderInfo){book_name(book, provider->id), book_name(book, provider->name)};
  g_hash_table_insert(rules->infos, (gpointer)provider, info);
  return info;
}

const RuleInfo *
rules_find(const Rules *rules, const char *id)
{
  for (guint i = 0; i < rules->n_books; i++) {
    const Rule *rule = book_rule(rules->books[i], id);
    if (rule != NULL)
      return rules_info(rules, rules->books[i], rule);
  }
  return NULL;
}

const ProviderInfo *
rules_find_provider(const Rules *rules, const char *id)
{
  for (guint i = 0; i < rules->n_books; i++) {
    const Provider *provider = book_provider(rules->books[i], id);
    if (provider != NULL)
      return rules_provider_info(rules, rules->books[i], provider);
  }
  return NULL;
}

GPtrArray *
rules_providers(const Rules *rules)
{
  GPtrArray *providers = g_ptr_array_new();
  for (guint i = 0; i < rules->n_books; i++) {
    const Book *book = rules->books[i];
    for (guint j = 0; j < book->n_providers; j++)
      g_ptr_array_add(providers, (gpointer)rules_provider_info(rules, book, &book->providers[j]));
  }
  return providers;
}

bool
rules_knows(const Rules *rules, const char *id)
{
  for (guint i = 0; i < rules->n_books; i++)
    if (book_rule(rules->books[i], id) != NULL)
      return true;
  return false;
}

bool
rules_knows_provider(const Rules *rules, const char *id)
{
  return rules_find_provider(rules, id) != NULL;
}

const RuleInfo *
rules_undefined(const Rules *rules)
{
  return rules_find(rules, RULE_UNDEFINED);
}

guint
rules_count(const Rules *rules)
{
  guint n = 0;
  for (guint i = 0; i < rules->n_books; i++)
    n += rules->books[i]->n_rules;
  return n;
}

const RuleInfo *
rules_nth(const Rules *rules, guint index)
{
  const Book *const *book = rules->books;
  for (; index >= (*book)->n_rules; book++)
    index -= (*book)->n_rules;
  return rules_info(rules, *book, &(*book)->rules[index]);
}

static void
add_samples(const Rules *rules, const Book *book, GArray *samples)
{
  for (guint i = 0; i < book->n_rules; i++) {
    const Rule *rule = &book->rules[i];
    Scanner scanner = scan_rule(book, rule);
    for (Span value; next_value(&scanner, "sample", &value);) {
      RuleSample sample = {
          .text = keep(rules, span_string(value)),
          .rule = book_name(book, rule->id),
          .origin = keep(rules, book_origin(book, (guint32)(value.at - book->text))),
          .user = is_users(rules, book),
      };
      g_array_append_val(samples, sample);
    }
  }
}

GArray *
rules_samples(const Rules *rules)
{
  GArray *samples = g_array_new(FALSE, FALSE, sizeof(RuleSample));
  for (guint i = 0; i < rules->n_books; i++)
    add_samples(rules, rules->books[i], samples);
  return samples;
}
