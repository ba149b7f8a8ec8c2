/* The rule format, bouncedb-rules(5), read into Rules.
 *
 * What is wrong becomes a line "file:line: message" in the list of problems, and reading goes on,
 * so that an author sees everything at once; rules_load fails with the first of them. Nothing is
 * copied (see rules-private.h): that is what keeps the start of a delivery short. */
#include "rules-private.h"

#include <stddef.h>

#include "embedded.h"
#include "error.h"
#include "fold.h"

enum { FILE_MAX = 8 << 20 }; /* octets of a user's rule file */

typedef struct {
  Rules *rules;
  GPtrArray *problems; /* (element-type utf8) */
  bool samples;        /* keep the samples */
  int file;
  int line;       /* of the entry being read */
  int next_line;  /* of the one after it */
  Rule *rule;     /* the open section: a rule, or */
  Provider *provider; /* a provider, or neither */
} Parser;

typedef struct {
  const char *name;
  void (*read)(Parser *parser, Span value);
} Key;

static void G_GNUC_PRINTF(2, 3)
problem(Parser *parser, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_autofree char *message = g_strdup_vprintf(format, args);
  va_end(args);
  const RuleFile *file = &g_array_index(parser->rules->files, RuleFile, parser->file);
  g_ptr_array_add(parser->problems,
                  g_strdup_printf("%s:%d: %s", file->name, parser->line, message));
}

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

static bool
span_is(Span span, const char *text)
{
  return strncmp(span.at, text, span.length) == 0 && text[span.length] == '\0';
}

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

static bool
parse_status(Span word, Status *out)
{
  short parts[3];
  for (int i = 0; i < 3; i++) {
    guint n = read_part(word, &parts[i]);
    bool last = i == 2;
    if (n == 0 || (last ? n != word.length : n >= word.length || word.at[n] != '.'))
      return false;
    word.at += n + !last;
    word.length -= n + !last;
  }
  *out = (Status){parts[0], parts[1], parts[2]};
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
    if (!parse_status(word, &status)) {
      problem(parser, "\"%.*s\" is no status such as 5.1.1 or x.1.x", (int)word.length, word.at);
      continue;
    }
    g_array_append_val(parser->rules->statuses, status);
    slice->n++;
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
    {"sample", read_sample}, {"text", read_text},         {"reason", read_reason},
    {"cause", read_cause},   {"remedy", read_remedy},     {"source", read_source},
    {"not", read_not},       {"provider", read_provider}, {"status", read_status},
    {"reply", read_reply},   {"stage", read_stage},       {"action", read_action},
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

static void
parse_file(Parser *parser, RuleFile file)
{
  g_array_append_val(parser->rules->files, file);
  parser->file = (int)parser->rules->files->len - 1;
  parser->next_line = 1;
  parser->rule = NULL;
  parser->provider = NULL;
  const char *cursor = file.text;
  for (Span entry; next_entry(parser, &cursor, &entry);) {
    if (entry.length == 0 || *entry.at == '#')
      continue;
    if (*entry.at == '[')
      open_section(parser, entry);
    else
      read_key(parser, entry);
  }
}

static bool
read_user_file(const char *path, RuleFile *out, GError **error)
{
  g_autofree char *text = NULL;
  gsize length;
  g_autofree char *name = g_filename_display_name(path);
  g_autoptr(GError) cause = NULL;
  if (!g_file_get_contents(path, &text, &length, &cause))
    return throw(error, BOUNCEDB_ERROR_CONFIG, "cannot read the rules: %s", cause->message);
  if (length > FILE_MAX)
    return throw(error, BOUNCEDB_ERROR_CONFIG, "%s: longer than 8 MiB", name);
  if (!g_utf8_validate(text, (gssize)length, NULL))
    return throw(error, BOUNCEDB_ERROR_CONFIG, "%s: not UTF-8", name);
  *out = (RuleFile){g_steal_pointer(&text), g_steal_pointer(&name), true};
  return true;
}

/* A rule may name a provider that a later file describes, so this waits for the end. Rules of one
 * provider stand together: the last one found is tried first. */
static void
resolve_providers(Parser *parser)
{
  Rules *rules = parser->rules;
  int last = -1;
  for (guint i = 0; i < rules->rules->len; i++) {
    Rule *rule = &g_array_index(rules->rules, Rule, i);
    if (rule->provider_id.at == NULL)
      continue;
    if (last < 0 || !span_is(rule->provider_id, rules_provider_at(rules, last)->info.id))
      last = rules_provider_index(rules, rule->provider_id);
    rule->provider = last;
    if (last >= 0)
      continue;
    parser->file = rule->file;
    parser->line = rule->line;
    problem(parser, "unknown provider \"%.*s\"", (int)rule->provider_id.length,
            rule->provider_id.at);
  }
}

/* Which phase asks a rule. One that a provider's code decides alone is asked among the texts: for
 * that provider the code outranks what general rules read into its words. */
static void
sort_into_phases(Parser *parser)
{
  Rules *rules = parser->rules;
  for (guint i = 0; i < rules->rules->len; i++) {
    const Rule *rule = &g_array_index(rules->rules, Rule, i);
    bool conditions = rule->provider_id.at != NULL || rule->patterns.n > 0 ||
                      rule->statuses.n > 0 || rule->replies.n > 0 || rule->stages != 0 ||
                      rule->actions != 0 || rule->mta.at != NULL;
    parser->file = rule->file;
    parser->line = rule->line;
    if (rule->reason == REASON_NONE)
      problem(parser, "a rule without a reason");
    if (conditions)
      g_array_append_val(rules->phases[rule_phase(rule)], i);
    else if (!span_is(rule->id, RULE_UNDEFINED))
      problem(parser, "a rule without a condition");
  }
}

static Rules *
rules_new(void)
{
  Rules *rules = g_new0(Rules, 1);
  rules->files = g_array_new(FALSE, FALSE, sizeof(RuleFile));
  rules->rules = g_array_sized_new(FALSE, FALSE, sizeof(Rule), 2048);
  rules->providers = g_array_new(FALSE, FALSE, sizeof(Provider));
  rules->patterns = g_array_sized_new(FALSE, FALSE, sizeof(Pattern), 4096);
  rules->fragments = g_array_sized_new(FALSE, FALSE, sizeof(Fragment), 4096);
  rules->statuses = g_array_new(FALSE, FALSE, sizeof(Status));
  rules->replies = g_array_new(FALSE, FALSE, sizeof(ReplyRange));
  rules->samples = g_array_new(FALSE, FALSE, sizeof(Sample));
  for (guint i = 0; i < G_N_ELEMENTS(rules->phases); i++)
    rules->phases[i] = g_array_sized_new(FALSE, FALSE, sizeof(guint), 1024);
  rules->strings = g_string_chunk_new(4096);
  return rules;
}

void
rules_free(Rules *rules)
{
  if (rules == NULL)
    return;
  for (guint i = 0; i < rules->files->len; i++) {
    RuleFile *file = &g_array_index(rules->files, RuleFile, i);
    if (file->owned) {
      g_free((char *)file->text);
      g_free((char *)file->name);
    }
  }
  g_array_unref(rules->files);
  g_array_unref(rules->rules);
  g_array_unref(rules->providers);
  g_array_unref(rules->patterns);
  g_array_unref(rules->fragments);
  g_array_unref(rules->statuses);
  g_array_unref(rules->replies);
  g_array_unref(rules->samples);
  for (guint i = 0; i < G_N_ELEMENTS(rules->phases); i++)
    g_array_unref(rules->phases[i]);
  g_string_chunk_free(rules->strings);
  g_free(rules);
}

static Rules *
load(const char *user_file, bool samples, GPtrArray *problems, GError **error)
{
  g_autoptr(Rules) rules = rules_new();
  Parser parser = {.rules = rules, .problems = problems, .samples = samples};
  RuleFile file;
  if (user_file != NULL) {
    if (!read_user_file(user_file, &file, error))
      return NULL;
    parse_file(&parser, file);
  }
  for (const EmbeddedFile *shipped = embedded_rules; shipped->name != NULL; shipped++)
    parse_file(&parser, (RuleFile){shipped->text, shipped->name, false});
  resolve_providers(&parser);
  sort_into_phases(&parser);
  return g_steal_pointer(&rules);
}

Rules *
rules_load(const char *user_file, GError **error)
{
  g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(Rules) rules = load(user_file, false, problems, error);
  if (rules != NULL && problems->len > 0) {
    throw(error, BOUNCEDB_ERROR_CONFIG, "%s", (const char *)g_ptr_array_index(problems, 0));
    return NULL;
  }
  return g_steal_pointer(&rules);
}

Rules *
rules_load_with_samples(const char *user_file, GPtrArray *problems, GError **error)
{
  return load(user_file, true, problems, error);
}
