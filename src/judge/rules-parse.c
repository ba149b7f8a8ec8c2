/* Parses the rule format, bouncedb-rules(5), into a book.
 *
 * Errors are added to a list of problems as "file:line: message", and parsing goes on, so that an
 * author sees all of them at once. */
#include "config.h"

#include <string.h>

#include "judge/rules-keys.h"

/* Whether id consists of lower-case letters, digits and hyphens, with dots if dotted is set and
 * without otherwise. */
static bool
is_id(Span id, bool dotted)
{
  if (id.length == 0 || !g_ascii_isalnum(*id.at) || id.at[id.length - 1] == '.')
    return false;
  for (guint i = 0; i < id.length; i++) {
    char c = id.at[i];
    if (!g_ascii_islower(c) && !g_ascii_isdigit(c) && c != '-' && c != '.')
      return false;
  }
  return dotted == (memchr(id.at, '.', id.length) != NULL);
}

static guint32
section_at(const RulesParser *parser)
{
  return (guint32)(parser->entry - parser->builder->text->str);
}

static void
open_provider(RulesParser *parser, Span id)
{
  if (!is_id(id, false))
    parse_problem(parser, "a provider's id consists of lower-case letters, digits and hyphens");
  GArray *providers = parser->builder->providers;
  Provider provider = {
      .section = section_at(parser),
      .id = rules_add_name(parser, id),
      .marks = {parser->builder->fragments->len, 0},
  };
  g_array_append_val(providers, provider);
  parser->provider = &g_array_index(providers, Provider, providers->len - 1);
}

static void
open_rule(RulesParser *parser, Span id)
{
  if (!is_id(id, true) && !span_is(id, RULE_UNDEFINED))
    parse_problem(parser,
                  "a rule's id has the form topic.slug: lower-case letters, digits and hyphens");
  const BookBuilder *builder = parser->builder;
  Rule rule = {
      .section = section_at(parser),
      .id = rules_add_name(parser, id),
      .provider = ANY_PROVIDER,
      .fragments = {builder->fragments->len, 0},
      .statuses = {builder->statuses->len, 0},
      .replies = {builder->replies->len, 0},
      .sayings = {builder->sayings->len, 0},
  };
  g_array_append_val(builder->rules, rule);
  parser->rule = &g_array_index(builder->rules, Rule, builder->rules->len - 1);
}

/* What follows word in the section's name; at = NULL where it does not begin so. */
static Span
after_word(Span name, const char *word)
{
  guint length = (guint)strlen(word);
  bool begins = name.length > length && memcmp(name.at, word, length) == 0;
  return begins ? (Span){name.at + length, name.length - length} : (Span){NULL, 0};
}

static void
open_words(RulesParser *parser, Span id)
{
  if (!is_id(id, false))
    parse_problem(parser, "a language's id consists of lower case, digits and hyphens");
  if (parser->builder->n_languages >= LANGUAGES_MAX)
    parse_problem(parser, "more than %d languages", LANGUAGES_MAX);
  parser->builder->n_languages++;
  parser->words = true;
}

static void
open_contradictions(RulesParser *parser)
{
  parser->builder->against.section = section_at(parser);
  parser->contradictions = true;
}

static void
open_section(RulesParser *parser, Span entry)
{
  parser->rule = NULL;
  parser->provider = NULL;
  parser->words = parser->contradictions = parser->subjects = false;
  parser->seen = 0;
  if (entry.at[entry.length - 1] != ']') {
    parse_problem(parser, "a section has the form [provider NAME], [words LANGUAGE] or [RULE-ID]");
    return;
  }
  Span id = {entry.at + 1, entry.length - 2};
  Span provider = after_word(id, "provider "), language = after_word(id, "words ");
  if (provider.at != NULL)
    open_provider(parser, provider);
  else if (language.at != NULL)
    open_words(parser, language);
  else if (span_is(id, "contradictions"))
    open_contradictions(parser);
  else if (span_is(id, "subjects"))
    parser->subjects = true;
  else
    open_rule(parser, id);
}

static void
tell_unknown(RulesParser *parser, Span name, Span value)
{
  if (value.at == NULL)
    parse_problem(parser, "neither a section nor \"key: value\" nor a comment");
  else if (parser->rule == NULL && parser->provider == NULL)
    parse_problem(parser, "a key before the first section, such as [topic.slug]");
  else
    parse_problem(parser, "unknown key \"%.*s\"", (int)name.length, name.at);
}

static void
read_key(RulesParser *parser, Span entry)
{
  Span value, name = entry_key(entry, &value);
  if (parser->words) {
    rules_read_words(parser, name, value);
    return;
  }
  if (parser->contradictions && rules_read_contradiction(parser, name, value))
    return;
  if (parser->subjects && rules_read_subjects(parser, name, value))
    return;
  const RulesKey *key = value.at != NULL ? rules_find_key(parser, name) : NULL;
  if (key == NULL) {
    tell_unknown(parser, name, value);
    return;
  }
  if (value.length == 0)
    parse_problem(parser, "\"%s\" has no value", key->name);
  if (parser->seen & key->seen)
    parse_problem(parser, "\"%s\" occurs twice in one section", key->name);
  parser->seen |= key->seen;
  if (key->read != NULL && value.length > 0)
    key->read(parser, value);
}

void
book_builder_read(BookBuilder *builder, const char *name, const char *text, bool folding,
                  GPtrArray *problems)
{
  RuleFile file = {book_builder_name(builder, name), (guint32)builder->text->len};
  g_string_append_len(builder->text, text, (gssize)strlen(text) + 1);
  g_array_append_val(builder->files, file);
  RulesParser parser = {
      .builder = builder,
      .problems = problems,
      .file = name,
      .start = file.text,
      .folding = folding,
  };
  Scanner scanner = {builder->text->str + file.text};
  for (Span entry; scanner_next(&scanner, &entry);) {
    parser.entry = entry.at;
    if (*entry.at == '[')
      open_section(&parser, entry);
    else
      read_key(&parser, entry);
  }
}
