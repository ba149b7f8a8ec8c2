/* The keys of a rule file and the meaning of their values: bouncedb-rules(5). */
#include "config.h"

#include <string.h>

#include "judge/names.h"
#include "judge/rules-keys.h"
#include "judge/spelling.h"

/* Keys that may occur only once in a section. */
typedef enum {
  SEEN_REASON = 1 << 0,
  SEEN_CAUSE = 1 << 1,
  SEEN_REMEDY = 1 << 2,
  SEEN_SOURCE = 1 << 3,
  SEEN_STATUS = 1 << 4,
  SEEN_REPLY = 1 << 5,
  SEEN_STAGE = 1 << 6,
  SEEN_ACTION = 1 << 7,
  SEEN_MTA = 1 << 8,
  SEEN_PROVIDER = 1 << 9,
} Seen;

Name
rules_add_name(RulesParser *parser, Span value)
{
  g_autofree char *string = span_string(value);
  return book_builder_name(parser->builder, string);
}

/* --- patterns --- */

static void
skip(Span *span, guint n)
{
  span->at += n;
  span->length -= n;
}

static void
add_fragment(RulesParser *parser, Span span, guint flags)
{
  if (span.length > 1 && span.at[0] == '~') {
    flags |= FRAGMENT_WORD_BEFORE;
    skip(&span, 1);
  }
  if (span.length > 1 && span.at[span.length - 1] == '~') {
    flags |= FRAGMENT_WORD_AFTER;
    span.length--;
  }
  if (span.length == 0 || span.length > G_MAXUINT16)
    parse_problem(parser, "the pattern has an empty part");
  book_builder_fragment(parser->builder, span, flags);
}

/* The first " * " or " ** " in span, *gap octets long; its length where there is none. */
static guint
find_gap(Span span, guint *gap)
{
  const char *star = span.at, *end = span.at + span.length;
  while ((star = memchr(star, '*', (gsize)(end - star))) != NULL) {
    const char *after = star + 1 < end && star[1] == '*' ? star + 2 : star + 1;
    *gap = (guint)(after - star) + 2;
    if (star > span.at && star[-1] == ' ' && after < end && *after == ' ')
      return (guint)(star - span.at) - 1;
    star = after;
  }
  return span.length;
}

static void
add_parts(RulesParser *parser, Span span, guint flags)
{
  guint last = FRAGMENT_LAST;
  if (span.length > 1 && span.at[0] == '@') {
    flags |= FRAGMENT_NAMED;
    skip(&span, 1);
  }
  if (span.length > 0 && span.at[0] == '^') {
    flags |= FRAGMENT_AT_START;
    skip(&span, 1);
  }
  if (span.length > 0 && span.at[span.length - 1] == '$') {
    last |= FRAGMENT_AT_END;
    span.length--;
  }
  for (guint length, gap; (length = find_gap(span, &gap)) < span.length;) {
    add_fragment(parser, (Span){span.at, length}, flags);
    flags &= ~(guint)(FRAGMENT_AT_START | FRAGMENT_NAMED | FRAGMENT_FAR);
    flags |= gap > 3 ? FRAGMENT_FAR : 0;
    skip(&span, length + gap);
  }
  add_fragment(parser, span, flags | last);
}

/* Takes ownership of text. (transfer full) */
static char *
correct(char *text)
{
  char *corrected = spelling_correct(text);
  if (corrected == NULL)
    return text;
  g_free(text);
  return corrected;
}

static char *
fold_span(const RulesParser *parser, Span span)
{
  if (!parser->folding)
    return g_strndup(span.at, span.length);
  g_autofree char *string = span_string(span);
  return names_fold(string);
}

/* Takes ownership of text. Returns the number of fragments. */
static guint
add_pattern(RulesParser *parser, char *text, guint flags)
{
  guint before = parser->builder->fragments->len;
  add_parts(parser, (Span){text, (guint)strlen(text)}, flags);
  g_free(text);
  return parser->builder->fragments->len - before;
}

/* --- keys of a rule --- */

static void
read_text(RulesParser *parser, Span value)
{
  parser->rule->fragments.n += add_pattern(parser, correct(fold_span(parser, value)), 0);
  parser->rule->n_texts++;
}

static void
read_not(RulesParser *parser, Span value)
{
  parser->rule->fragments.n += add_pattern(parser, correct(fold_span(parser, value)), FRAGMENT_NOT);
}

static void
read_mta(RulesParser *parser, Span value)
{
  parser->rule->mta = rules_add_name(parser, value);
}

static void
read_provider(RulesParser *parser, Span value)
{
  g_autofree char *id = span_string(value);
  parser->rule->provider = book_builder_want(parser->builder, id);
}

static void
read_reason(RulesParser *parser, Span value)
{
  for (int i = REASON_NONE + 1; i < N_REASONS; i++) {
    if (span_is(value, reason_info((Reason)i)->name)) {
      parser->rule->reason = (guint16)i;
      return;
    }
  }
  parse_problem(parser, "unknown reason \"%.*s\"", (int)value.length, value.at);
}

/* Reads one number of a status pattern; "x" gives -1. Returns the octets used, 0 on error. */
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

/* Reads "5.7.606", or "5.7.606-649", for which *last becomes 649. */
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
read_status(RulesParser *parser, Span value)
{
  Slice *slice = &parser->rule->statuses;
  for (Span word; (word = span_word(&value)).at != NULL;) {
    Status status;
    short last;
    if (!parse_status(word, &status, &last)) {
      parse_problem(parser, "\"%.*s\" is not a status such as 5.1.1, x.1.x or 5.7.606-649",
                    (int)word.length, word.at);
      continue;
    }
    for (; status.detail <= last; status.detail++, slice->n++)
      g_array_append_val(parser->builder->statuses, status);
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
    out->low = (gint16)(out->low * 10 + (any ? 0 : word.at[i] - '0'));
    out->high = (gint16)(out->high * 10 + (any ? 9 : word.at[i] - '0'));
  }
  return true;
}

static void
read_reply(RulesParser *parser, Span value)
{
  Slice *slice = &parser->rule->replies;
  for (Span word; (word = span_word(&value)).at != NULL;) {
    ReplyRange range;
    if (!parse_reply_range(word, &range)) {
      parse_problem(parser, "\"%.*s\" is not a reply code such as 550 or 5xx", (int)word.length,
                    word.at);
      continue;
    }
    g_array_append_val(parser->builder->replies, range);
    slice->n++;
  }
}

static void
read_stage(RulesParser *parser, Span value)
{
  for (Span word; (word = span_word(&value)).at != NULL;) {
    g_autofree char *name = g_strndup(word.at, word.length);
    Stage stage;
    if (stage_from_name(name, &stage))
      parser->rule->stages |= (guint8)(1U << stage);
    else
      parse_problem(parser, "unknown stage \"%s\"", name);
  }
}

static void
read_action(RulesParser *parser, Span value)
{
  for (Span word; (word = span_word(&value)).at != NULL;) {
    if (span_is(word, "failed"))
      parser->rule->actions |= (guint8)(1U << ACTION_FAILED);
    else if (span_is(word, "delayed"))
      parser->rule->actions |= (guint8)(1U << ACTION_DELAYED);
    else
      parse_problem(parser, "unknown action \"%.*s\"", (int)word.length, word.at);
  }
}

/* Sayings and words */

guint64
rules_read_concepts(RulesParser *parser, Span value)
{
  guint64 mask = 0;
  for (Span word; (word = span_word(&value)).at != NULL;) {
    int concept = rules_concept(word);
    if (concept < 0)
      parse_problem(parser, "unknown concept \"%.*s\"", (int)word.length, word.at);
    else
    mask |= G_GUINT64_CONSTANT(1) << concept;
  }
  return mask;
}

static void
read_says(RulesParser *parser, Span value)
{
  Saying saying = {rules_read_concepts(parser, value), 0};
  GArray *all = parser->builder->sayings;
  if (parser->rule->sayings.n > 0 && g_array_index(all, Saying, all->len - 1).none != 0)
    parse_problem(parser, "says after unless");
  g_array_append_val(parser->builder->sayings, saying);
  parser->rule->sayings.n++;
}

/* Of all sayings of the rule, which therefore stand before it; in a rule that has only texts, of
 * the sentence where one of them is found (rules-match.c): a saying that asks for nothing. */
static void
read_unless(RulesParser *parser, Span value)
{
  guint64 none = rules_read_concepts(parser, value);
  if (parser->rule->sayings.n == 0 && parser->rule->n_texts == 0)
    parse_problem(parser, "unless without says or text before it");
  if (parser->rule->sayings.n == 0) {
    Saying saying = {0, 0};
    g_array_append_val(parser->builder->sayings, saying);
    parser->rule->sayings.n++;
  }
  Slice slice = parser->rule->sayings;
  for (guint i = 0; i < slice.n; i++)
    g_array_index(parser->builder->sayings, Saying, slice.first + i).none |= none;
}

static void
read_word(RulesParser *parser, Span word, int concept)
{
  guint flags = FRAGMENT_WORD_BEFORE, end = word.length;
  if (end > 1 && word.at[0] == '*') {
    flags = 0;
    skip(&word, 1);
  }
  if (word.length > 1 && word.at[word.length - 1] == '~') {
    flags |= FRAGMENT_WORD_AFTER;
    word.length--;
  }
  if (word.length > 0)
    book_builder_word(parser->builder, word, flags, concept, parser->builder->n_languages - 1);
}

static const char *
plain_letter(gunichar c)
{
  static const struct {
    gunichar c;
    const char *plain;
  } letters[] = {
      {0x142, "l"}, {0xf8, "o"},  {0x111, "d"},  {0x131, "i"},
      {0xdf, "ss"}, {0xe6, "ae"}, {0x153, "oe"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(letters); i++)
    if (letters[i].c == c)
      return letters[i].plain;
  return NULL;
}

/* The word as people write it who have no accents on their keyboards; NULL where there is none: in
 * other scripts, and in words so short that they would be another. (transfer full) (nullable) */
static char *
plain_word(const char *word)
{
  enum { LEAST = 4 };
  g_autofree char *parts = g_utf8_normalize(word, -1, G_NORMALIZE_NFD);
  g_autoptr(GString) out = g_string_new(NULL);
  for (const char *at = parts; at != NULL && *at != '\0'; at = g_utf8_next_char(at)) {
    gunichar c = g_utf8_get_char(at);
    const char *plain = plain_letter(c);
    if (plain != NULL)
      g_string_append(out, plain);
    else if (g_unichar_type(c) != G_UNICODE_NON_SPACING_MARK)
      g_string_append_unichar(out, c);
  }
  bool useful = g_str_is_ascii(out->str) && out->len >= LEAST && strcmp(out->str, word) != 0;
  return useful ? g_strdup(out->str) : NULL;
}

void
rules_read_words(RulesParser *parser, Span name, Span value)
{
  int concept = rules_concept(name);
  if (value.at == NULL || concept < 0) {
    parse_problem(parser, "unknown concept \"%.*s\"", (int)name.length, name.at);
    return;
  }
  g_autofree char *string = span_string(value);
  g_autofree char *folded = names_fold(string);
  g_auto(GStrv) words = g_strsplit(folded, ",", -1);
  for (char **word = words; *word != NULL; word++) {
    *word = correct(g_strstrip(*word));
    read_word(parser, (Span){*word, (guint)strlen(*word)}, concept);
    g_autofree char *plain = plain_word(*word);
    if (plain != NULL)
      read_word(parser, (Span){plain, (guint)strlen(plain)}, concept);
  }
}

static const RulesKey rule_keys[] = {
    {"text", 0, read_text},
    {"not", 0, read_not},
    {"provider", SEEN_PROVIDER, read_provider},
    {"status", SEEN_STATUS, read_status},
    {"reply", SEEN_REPLY, read_reply},
    {"stage", SEEN_STAGE, read_stage},
    {"action", SEEN_ACTION, read_action},
    {"mta", SEEN_MTA, read_mta},
    {"says", 0, read_says},
    {"unless", 0, read_unless},
    {"reason", SEEN_REASON, read_reason},
    {"cause", SEEN_CAUSE, NULL},
    {"remedy", SEEN_REMEDY, NULL},
    {"source", SEEN_SOURCE, NULL},
    {"sample", 0, NULL},
    {NULL, 0, NULL},
};

/* --- keys of a provider --- */

static void
read_name(RulesParser *parser, Span value)
{
  parser->provider->name = rules_add_name(parser, value);
}

static void
read_provider_mta(RulesParser *parser, Span value)
{
  parser->provider->mta = rules_add_name(parser, value);
}

static void
read_mark(RulesParser *parser, Span value)
{
  parser->provider->marks.n += add_pattern(parser, fold_span(parser, value), 0);
}

static const RulesKey provider_keys[] = {
    {"name", 0, read_name},
    {"mta", 0, read_provider_mta},
    {"mark", 0, read_mark},
    {NULL, 0, NULL},
};

static const RulesKey no_keys[] = {{NULL, 0, NULL}};

const RulesKey *
rules_find_key(const RulesParser *parser, Span name)
{
  const RulesKey *key = parser->rule != NULL       ? rule_keys
                        : parser->provider != NULL ? provider_keys
                                                   : no_keys;
  while (key->name != NULL && !span_is(name, key->name))
    key++;
  return key->name != NULL ? key : NULL;
}
