/* The rule format, bouncedb-rules(5), read into Rules.
 *
 * What is wrong becomes a line "file:line: message" in the list of problems, and reading goes on,
 * so that an author sees everything at once. Nothing is copied (see rules-private.h): that is what
 * keeps the start of a delivery short, and why the inner loops are as bare as they are. */
#include "rules-private.h"

#include "fold.h"

typedef struct {
  Rules *rules;
  GPtrArray *problems; /* (element-type utf8) */
  int file;
  bool user;   /* the user's file: its patterns are folded here */
  bool strict; /* otherwise the file has been checked before it was shipped (make check) */
  bool told;   /* a key that tells (cause and so on) stood already in this section */
  guint seen;  /* bit mask of Seen, of this section */
  Scanner scanner;
  const char *entry;
  Rule *rule;         /* the open section: a rule, or */
  Provider *provider; /* a provider, or neither */
} Parser;

typedef struct {
  const char *name;
  guint length;
  guint seen;                               /* of Seen; 0 = need not be known */
  void (*read)(Parser *parser, Span value); /* NULL: read when somebody asks */
} Key;

#define problem(parser, ...)                                                                       \
  rules_problem((parser)->rules, (parser)->file, (parser)->entry, (parser)->problems, __VA_ARGS__)

/* Patterns */

static Span
folded(const Rules *rules, Span span)
{
  g_autofree char *text = fold(rules_string(rules, span));
  guint length = (guint)strlen(text);
  return (Span){g_string_chunk_insert_len(rules->strings, text, length), length};
}

static Fragment *
new_fragment(Rules *rules)
{
  if (rules->n_fragments == rules->fragments_size) {
    rules->fragments_size *= 2;
    rules->fragments = g_renew(Fragment, rules->fragments, rules->fragments_size);
  }
  return &rules->fragments[rules->n_fragments++];
}

static void
add_fragment(Parser *parser, Span span, guint flags)
{
  if (span.length > 1 && span.at[0] == '~') {
    flags |= FRAGMENT_WORD_BEFORE;
    span.at++;
    span.length--;
  }
  if (span.length > 1 && span.at[span.length - 1] == '~') {
    flags |= FRAGMENT_WORD_AFTER;
    span.length--;
  }
  if (span.length == 0 || span.length > G_MAXUINT16)
    problem(parser, "pattern with an empty part");
  Fragment *fragment = new_fragment(parser->rules);
  *fragment = (Fragment){.at = span.at, .length = (guint16)span.length, .flags = (guint16)flags};
  rules_fragment_grams(fragment);
}

/* The first " * " in span; its length where there is none. */
static guint
find_star(Span span)
{
  const char *star = span.at, *end = span.at + span.length;
  while ((star = memchr(star, '*', (gsize)(end - star))) != NULL) {
    if (star > span.at && star[-1] == ' ' && star + 1 < end && star[1] == ' ')
      return (guint)(star - span.at) - 1;
    star++;
  }
  return span.length;
}

/* Returns the number of fragments. */
static guint
add_pattern(Parser *parser, Span span, guint flags)
{
  guint n = 1, last = FRAGMENT_LAST;
  if (parser->user)
    span = folded(parser->rules, span);
  if (span.length > 0 && span.at[0] == '^') {
    flags |= FRAGMENT_AT_START;
    span.at++;
    span.length--;
  }
  if (span.length > 0 && span.at[span.length - 1] == '$') {
    last |= FRAGMENT_AT_END;
    span.length--;
  }
  for (guint length; (length = find_star(span)) < span.length; n++) {
    add_fragment(parser, (Span){span.at, length}, flags);
    flags &= ~(guint)FRAGMENT_AT_START;
    span.at += length + 3;
    span.length -= length + 3;
  }
  add_fragment(parser, span, flags | last);
  return n;
}

/* Keys of a rule */

static void
read_text(Parser *parser, Span value)
{
  parser->rule->fragments.n += add_pattern(parser, value, 0);
  parser->rule->n_texts++;
}

static void
read_not(Parser *parser, Span value)
{
  parser->rule->fragments.n += add_pattern(parser, value, FRAGMENT_NOT);
}

static void
read_mta(Parser *parser, Span value)
{
  parser->rule->mta = value;
}

static void
read_provider(Parser *parser, Span value)
{
  parser->rule->provider_id = value;
}

static void
read_reason(Parser *parser, Span value)
{
  for (guint8 i = REASON_NONE + 1; i < N_REASONS; i++) {
    const char *name = reason_info((Reason)i)->name;
    if (name[0] == value.at[0] && span_is(value, name)) {
      parser->rule->reason = i;
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
      parser->rule->stages |= (guint8)(1U << stage);
    else
      problem(parser, "unknown stage \"%s\"", name);
  }
}

static void
read_action(Parser *parser, Span value)
{
  for (Span word; (word = span_word(&value)).at != NULL;) {
    if (span_is(word, "failed"))
      parser->rule->actions |= (guint8)(1U << ACTION_FAILED);
    else if (span_is(word, "delayed"))
      parser->rule->actions |= (guint8)(1U << ACTION_DELAYED);
    else
      problem(parser, "unknown action \"%.*s\"", (int)word.length, word.at);
  }
}

#define KEY(name) name, sizeof name - 1

/* The most frequent first. */
static const Key rule_keys[] = {
    {KEY("text"), 0, read_text},
    {KEY("sample"), 0, NULL},
    {KEY("reason"), SEEN_REASON, read_reason},
    {KEY("cause"), SEEN_CAUSE, NULL},
    {KEY("remedy"), SEEN_REMEDY, NULL},
    {KEY("source"), SEEN_SOURCE, NULL},
    {KEY("not"), 0, read_not},
    {KEY("provider"), SEEN_PROVIDER, read_provider},
    {KEY("status"), SEEN_STATUS, read_status},
    {KEY("reply"), SEEN_REPLY, read_reply},
    {KEY("stage"), SEEN_STAGE, read_stage},
    {KEY("action"), SEEN_ACTION, read_action},
    {KEY("mta"), SEEN_MTA, read_mta},
    {NULL, 0, 0, NULL},
};

static const Key no_keys[] = {{NULL, 0, 0, NULL}};

/* Keys of a provider */

static void
read_name(Parser *parser, Span value)
{
  parser->provider->info.name = rules_string(parser->rules, value);
}

static void
read_provider_mta(Parser *parser, Span value)
{
  parser->provider->mta = value;
}

static void
read_mark(Parser *parser, Span value)
{
  parser->provider->marks.n += add_pattern(parser, value, 0);
}

static const Key provider_keys[] = {
    {KEY("name"), 0, read_name},
    {KEY("mta"), 0, read_provider_mta},
    {KEY("mark"), 0, read_mark},
    {NULL, 0, 0, NULL},
};

/* Sections */

/* Lower case, digits and hyphens, and dots between them or no dots. */
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

static void
open_provider(Parser *parser, Span id)
{
  if (!is_id(id, false))
    problem(parser, "a provider's id consists of lower case, digits and hyphens");
  Provider provider = {
      .info.id = rules_string(parser->rules, id),
      .marks = {parser->rules->n_fragments, 0},
      .file = parser->file,
      .section = parser->entry,
  };
  g_array_append_val(parser->rules->providers, provider);
  parser->provider =
      &g_array_index(parser->rules->providers, Provider, parser->rules->providers->len - 1);
}

static void
open_rule(Parser *parser, Span id)
{
  if (parser->strict && !is_id(id, true) && !span_is(id, RULE_UNDEFINED))
    problem(parser, "a rule's id has the form topic.slug: lower case, digits and hyphens");
  Rules *rules = parser->rules;
  Rule rule = {
      .section = id.at - 1,
      .id = id,
      .file = (guint8)parser->file,
      .provider = -1,
      .fragments = {rules->n_fragments, 0},
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
  parser->told = false;
  parser->seen = 0;
  if (entry.at[entry.length - 1] != ']') {
    problem(parser, "a section has the form [provider NAME] or [RULE-ID]");
    return;
  }
  Span id = {entry.at + 1, entry.length - 2};
  if (id.length > length && memcmp(id.at, word, length) == 0)
    open_provider(parser, (Span){id.at + length, id.length - length});
  else
    open_rule(parser, id);
}

/* The key that entry begins with; one without a name where there is none. */
static const Key *
find_key(const Key *keys, Span entry)
{
  while (keys->name != NULL &&
         !(*entry.at == *keys->name && entry.length > keys->length &&
           entry.at[keys->length] == ':' && memcmp(entry.at, keys->name, keys->length) == 0))
    keys++;
  return keys;
}

static void
tell_unknown(Parser *parser, Span entry)
{
  Span value, name = entry_key(entry, &value);
  if (value.at == NULL)
    problem(parser, "neither a section, nor \"key: value\", nor a comment");
  else if (parser->rule == NULL && parser->provider == NULL)
    problem(parser, "a key before the first section");
  else
    problem(parser, "unknown key \"%.*s\"", (int)name.length, name.at);
}

static void
check_key(Parser *parser, const Key *key, Span value)
{
  if (value.length == 0)
    problem(parser, "\"%s\" has no value", key->name);
  if (parser->seen & key->seen)
    problem(parser, "\"%s\" given twice in one section", key->name);
  if (parser->told && key->read != NULL && !parser->user)
    problem(parser, "\"%s\" has to stand before cause, remedy, source and sample", key->name);
  parser->seen |= key->seen;
  parser->told = key->read == NULL;
}

static void
read_key(Parser *parser, Span entry)
{
  const Key *key = find_key(parser->rule != NULL       ? rule_keys
                            : parser->provider != NULL ? provider_keys
                                                       : no_keys,
                            entry);
  Span value = span_skip(entry, key->length + 1);
  if (key->name == NULL)
    tell_unknown(parser, entry);
  else if (parser->strict)
    check_key(parser, key, value);
  else if (key->read == NULL) /* what tells stands behind what matches */
    scanner_skip_section(&parser->scanner);
  if (key->read != NULL && value.length > 0)
    key->read(parser, value);
}

void
rules_parse_file(Rules *rules, RuleFile file, bool strict, GPtrArray *problems)
{
  static const char text[] = "text: ";
  const guint length = sizeof text - 1;
  Parser parser = {
      .rules = rules,
      .problems = problems,
      .file = (int)rules->files->len,
      .user = file.owned,
      .strict = strict,
      .scanner = {.cursor = file.text},
  };
  g_array_append_val(rules->files, file);
  for (Span entry; scanner_next(&parser.scanner, &entry);) {
    parser.entry = entry.at;
    if (*entry.at == '[')
      open_section(&parser, entry);
    else if (!strict && parser.rule != NULL && entry.length > length &&
             memcmp(entry.at, text, length) == 0)
      read_text(&parser, (Span){entry.at + length, entry.length - length});
    else
      read_key(&parser, entry);
  }
}
