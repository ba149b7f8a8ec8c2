/* The rule format, bouncedb-rules(5), read into Rules.
 *
 * What is wrong becomes a line "file:line: message" in the list of problems, and reading goes on,
 * so that an author sees everything at once. Nothing is copied (see rules-private.h): that is what
 * keeps the start of a delivery short. */
#include "rules-private.h"

#include "fold.h"

typedef struct {
  Rules *rules;
  GPtrArray *problems; /* (element-type utf8) */
  bool samples;        /* keep the samples */
  int file;
  int line;           /* of the entry being read */
  int next_line;      /* of the one after it */
  Rule *rule;         /* the open section: a rule, or */
  Provider *provider; /* a provider, or neither */
} Parser;

typedef struct {
  const char *name;
  void (*read)(Parser *parser, Span value);
} Key;

#define problem(parser, ...)                                                                       \
  rules_problem((parser)->rules, (parser)->file, (parser)->line, (parser)->problems, __VA_ARGS__)

static inline bool
is_blank(char c)
{
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static Span
trim(Span span)
{
  while (span.length > 0 && is_blank(*span.at)) {
    span.at++;
    span.length--;
  }
  while (span.length > 0 && is_blank(span.at[span.length - 1]))
    span.length--;
  return span;
}

Span
span_word(Span *rest)
{
  *rest = trim(*rest);
  Span word = {rest->length > 0 ? rest->at : NULL, 0};
  while (word.length < rest->length && !is_blank(rest->at[word.length]))
    word.length++;
  rest->at += word.length;
  rest->length -= word.length;
  return word;
}

/* Patterns */

/* Is it folded already? Most patterns are, and need not be copied. */
static bool
is_plain(Span span)
{
  for (guint i = 0; i < span.length; i++) {
    char c = span.at[i];
    if (c < ' ' || c > '~' || g_ascii_isupper(c) || (c == ' ' && span.at[i + 1] == ' '))
      return false;
  }
  return true;
}

static Span
folded(const Rules *rules, Span span)
{
  if (is_plain(span))
    return span;
  g_autofree char *text = fold(rules_string(rules, span));
  guint length = (guint)strlen(text);
  return (Span){g_string_chunk_insert_len(rules->strings, text, length), length};
}

static void
add_fragment(Parser *parser, Span span)
{
  Fragment fragment = {.word_before = false};
  span = trim(span);
  if (span.length > 1 && span.at[0] == '~') {
    fragment.word_before = true;
    span.at++;
    span.length--;
  }
  if (span.length > 1 && span.at[span.length - 1] == '~') {
    fragment.word_after = true;
    span.length--;
  }
  if (span.length == 0 || span.length > G_MAXUINT16) {
    problem(parser, "pattern with an empty part");
    return;
  }
  fragment.at = span.at;
  fragment.length = (guint16)span.length;
  rules_fragment_grams(&fragment);
  g_array_append_val(parser->rules->fragments, fragment);
}

static void
add_pattern(Parser *parser, Span span, bool negated)
{
  Rules *rules = parser->rules;
  Pattern pattern = {.first = rules->fragments->len, .negated = negated};
  span = folded(rules, span);
  if (span.length > 0 && span.at[0] == '^') {
    pattern.at_start = true;
    span.at++;
    span.length--;
  }
  if (span.length > 0 && span.at[span.length - 1] == '$') {
    pattern.at_end = true;
    span.length--;
  }
  for (;;) {
    const char *star = g_strstr_len(span.at, span.length, " * ");
    guint length = star != NULL ? (guint)(star - span.at) : span.length;
    add_fragment(parser, (Span){span.at, length});
    if (star == NULL)
      break;
    span.at += length + 3;
    span.length -= length + 3;
  }
  pattern.n = rules->fragments->len - pattern.first;
  g_array_append_val(rules->patterns, pattern);
}

/* Keys of a rule */

static void
set_once(Parser *parser, Span *field, Span value)
{
  if (field->at != NULL)
    problem(parser, "key given twice in one section");
  *field = value;
}

static void
read_text(Parser *parser, Span value)
{
  add_pattern(parser, value, false);
  parser->rule->patterns.n++;
  parser->rule->n_texts++;
}

static void
read_not(Parser *parser, Span value)
{
  add_pattern(parser, value, true);
  parser->rule->patterns.n++;
}

static void
read_sample(Parser *parser, Span value)
{
  parser->rule->n_samples++;
  if (!parser->samples)
    return;
  Sample sample = {value, parser->rules->rules->len - 1, parser->file, parser->line};
  g_array_append_val(parser->rules->samples, sample);
}

static void
read_cause(Parser *parser, Span value)
{
  set_once(parser, &parser->rule->cause, value);
}

static void
read_remedy(Parser *parser, Span value)
{
  set_once(parser, &parser->rule->remedy, value);
}

static void
read_source(Parser *parser, Span value)
{
  set_once(parser, &parser->rule->source, value);
}

static void
read_mta(Parser *parser, Span value)
{
  set_once(parser, &parser->rule->mta, value);
}

static void
read_provider(Parser *parser, Span value)
{
  set_once(parser, &parser->rule->provider_id, value);
}

static void
read_reason(Parser *parser, Span value)
{
  if (parser->rule->reason != REASON_NONE)
    problem(parser, "key given twice in one section");
  for (int i = REASON_NONE + 1; i < N_REASONS; i++) {
    const char *name = reason_info((Reason)i)->name;
    if (name[0] == value.at[0] && span_is(value, name)) {
      parser->rule->reason = (Reason)i;
      return;
    }
  }
  problem(parser, "unknown reason \"%.*s\"", (int)value.length, value.at);
}

/* One number of a status pattern; -1 for "x". Returns the octets used, 0 on error. */
static guint
read_part(Span span, short *out)
{
  if (span.length > 0 && span.at[0] == 'x') {
    *out = -1;
    return 1;
  }
  guint n = 0;
  short value = 0;
  while (n < span.length && n < 3 && g_ascii_isdigit(span.at[n]))
    value = (short)(value * 10 + (span.at[n++] - '0'));
  *out = value;
  return n;
}

static void
skip(Span *span, guint n)
{
  span->at += n;
  span->length -= n;
}

/* "5.7.606" or, with *last the greater, "5.7.606-649". */
static bool
parse_status(Span word, Status *out, short *last)
{
  short parts[3];
  for (int i = 0; i < 3; i++) {
    guint n = read_part(word, &parts[i]);
    if (n == 0 || (i < 2 && (n == word.length || word.at[n] != '.')))
      return false;
    skip(&word, n + (i < 2));
  }
  *out = (Status){parts[0], parts[1], parts[2]};
  *last = parts[2];
  if (word.length > 0) {
    if (word.at[0] != '-' || parts[2] < 0)
      return false;
    skip(&word, 1);
    if (read_part(word, last) != word.length || *last <= parts[2])
      return false;
  }
  return parts[0] == -1 || parts[0] == 4 || parts[0] == 5;
}

static void
read_status(Parser *parser, Span value)
{
  Slice *slice = &parser->rule->statuses;
  if (slice->n > 0)
    problem(parser, "key given twice in one section");
  for (Span word; (word = span_word(&value)).at != NULL;) {
    Status status;
    short last;
    if (!parse_status(word, &status, &last)) {
      problem(parser, "\"%.*s\" is no status such as 5.1.1, x.1.x or 5.7.606-649", (int)word.length,
              word.at);
      continue;
    }
    for (; status.detail <= last; status.detail++, slice->n++)
      g_array_append_val(parser->rules->statuses, status);
  }
}

static bool
parse_reply_range(Span word, ReplyRange *out)
{
  if (word.length != 3 || (word.at[0] != '4' && word.at[0] != '5'))
    return false;
  out->low = out->high = 0;
  for (guint i = 0; i < 3; i++) {
    bool any = word.at[i] == 'x';
    if (!any && (!g_ascii_isdigit(word.at[i]) || (i == 2 && word.at[1] == 'x')))
      return false;
    out->low = out->low * 10 + (any ? 0 : word.at[i] - '0');
    out->high = out->high * 10 + (any ? 9 : word.at[i] - '0');
  }
  return true;
}

static void
read_reply(Parser *parser, Span value)
{
  Slice *slice = &parser->rule->replies;
  if (slice->n > 0)
    problem(parser, "key given twice in one section");
  for (Span word; (word = span_word(&value)).at != NULL;) {
    ReplyRange range;
    if (!parse_reply_range(word, &range)) {
      problem(parser, "\"%.*s\" is no reply code such as 550 or 5xx", (int)word.length, word.at);
      continue;
    }
    g_array_append_val(parser->rules->replies, range);
    slice->n++;
  }
}

static void
read_stage(Parser *parser, Span value)
{
  for (Span word; (word = span_word(&value)).at != NULL;) {
    g_autofree char *name = g_strndup(word.at, word.length);
    Stage stage;
    if (stage_from_name(name, &stage))
      parser->rule->stages |= 1U << stage;
    else
      problem(parser, "unknown stage \"%s\"", name);
  }
}

static void
read_action(Parser *parser, Span value)
{
  for (Span word; (word = span_word(&value)).at != NULL;) {
    if (span_is(word, "failed"))
      parser->rule->actions |= 1U << ACTION_FAILED;
    else if (span_is(word, "delayed"))
      parser->rule->actions |= 1U << ACTION_DELAYED;
    else
      problem(parser, "unknown action \"%.*s\"", (int)word.length, word.at);
  }
}

/* The most frequent first. */
static const Key rule_keys[] = {
    {"sample", read_sample}, {"text", read_text},
    {"reason", read_reason}, {"cause", read_cause},
    {"remedy", read_remedy}, {"source", read_source},
    {"not", read_not},       {"provider", read_provider},
    {"status", read_status}, {"reply", read_reply},
    {"stage", read_stage},   {"action", read_action},
    {"mta", read_mta},       {NULL, NULL},
};

/* Keys of a provider */

static void
read_name(Parser *parser, Span value)
{
  if (parser->provider->info.name != NULL)
    problem(parser, "key given twice in one section");
  parser->provider->info.name = rules_string(parser->rules, value);
}

static void
read_provider_mta(Parser *parser, Span value)
{
  set_once(parser, &parser->provider->mta, value);
}

static void
read_mark(Parser *parser, Span value)
{
  add_pattern(parser, value, false);
  parser->provider->marks.n++;
}

static const Key provider_keys[] = {
    {"name", read_name},
    {"mta", read_provider_mta},
    {"mark", read_mark},
    {NULL, NULL},
};

/* Sections */

static bool
is_id(Span id, bool dotted)
{
  bool dot = false;
  for (guint i = 0; i < id.length; i++) {
    char c = id.at[i];
    if (c == '.' && i > 0 && i + 1 < id.length)
      dot = true;
    else if (!g_ascii_islower(c) && !g_ascii_isdigit(c) && (c != '-' || i == 0))
      return false;
  }
  return id.length > 0 && dot == dotted;
}

static void
open_provider(Parser *parser, Span id)
{
  if (!is_id(id, false))
    problem(parser, "a provider's id consists of lower case, digits and hyphens");
  Provider provider = {
      .info.id = rules_string(parser->rules, id),
      .marks = {parser->rules->patterns->len, 0},
      .file = parser->file,
      .line = parser->line,
  };
  g_array_append_val(parser->rules->providers, provider);
  parser->provider =
      &g_array_index(parser->rules->providers, Provider, parser->rules->providers->len - 1);
}

static void
open_rule(Parser *parser, Span id)
{
  if (!is_id(id, true) && !span_is(id, RULE_UNDEFINED))
    problem(parser, "a rule's id has the form topic.slug: lower case, digits and hyphens");
  Rules *rules = parser->rules;
  Rule rule = {
      .id = id,
      .file = parser->file,
      .line = parser->line,
      .provider = -1,
      .patterns = {rules->patterns->len, 0},
      .statuses = {rules->statuses->len, 0},
      .replies = {rules->replies->len, 0},
  };
  g_array_append_val(rules->rules, rule);
  parser->rule = &g_array_index(rules->rules, Rule, rules->rules->len - 1);
}

static void
open_section(Parser *parser, Span entry)
{
  static const char word[] = "provider ";
  const guint length = sizeof word - 1;
  parser->rule = NULL;
  parser->provider = NULL;
  if (entry.at[entry.length - 1] != ']') {
    problem(parser, "a section has the form [provider NAME] or [RULE-ID]");
    return;
  }
  Span id = {entry.at + 1, entry.length - 2};
  if (id.length > length && memcmp(id.at, word, length) == 0)
    open_provider(parser, trim((Span){id.at + length, id.length - length}));
  else
    open_rule(parser, id);
}

static void
read_key(Parser *parser, Span entry)
{
  const char *colon = memchr(entry.at, ':', entry.length);
  if (colon == NULL) {
    problem(parser, "neither a section, nor \"key: value\", nor a comment");
    return;
  }
  Span name = {entry.at, (guint)(colon - entry.at)};
  Span value = trim((Span){colon + 1, entry.length - name.length - 1});
  const Key *key = parser->rule != NULL       ? rule_keys
                   : parser->provider != NULL ? provider_keys
                                              : NULL;
  if (key == NULL) {
    problem(parser, "a key before the first section");
    return;
  }
  while (key->name != NULL && !span_is(name, key->name))
    key++;
  if (key->name == NULL)
    problem(parser, "unknown key \"%.*s\"", (int)name.length, name.at);
  else if (value.length == 0)
    problem(parser, "\"%s\" has no value", key->name);
  else
    key->read(parser, value);
}

/* Files */

/* The next line with the indented ones that continue it; false at the end. */
static bool
next_entry(Parser *parser, const char **cursor, Span *out)
{
  const char *start = *cursor, *end = start;
  if (*start == '\0')
    return false;
  parser->line = parser->next_line;
  do {
    end = strchr(end, '\n');
    end = end != NULL ? end + 1 : start + strlen(start);
    parser->next_line++;
  } while (*end == ' ' || *end == '\t');
  *cursor = end;
  *out = trim((Span){start, (guint)(end - start)});
  return true;
}

void
rules_parse_file(Rules *rules, RuleFile file, bool samples, GPtrArray *problems)
{
  Parser parser = {
      .rules = rules,
      .problems = problems,
      .samples = samples,
      .file = (int)rules->files->len,
      .next_line = 1,
  };
  g_array_append_val(rules->files, file);
  const char *cursor = file.text;
  for (Span entry; next_entry(&parser, &cursor, &entry);) {
    if (entry.length == 0 || *entry.at == '#')
      continue;
    if (*entry.at == '[')
      open_section(&parser, entry);
    else
      read_key(&parser, entry);
  }
}
