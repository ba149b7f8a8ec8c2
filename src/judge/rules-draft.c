#include "config.h"

#include "judge/rules-draft.h"

#include "base/dates.h"
#include "base/escape.h"
#include "judge/classify.h"
#include "judge/mask.h"
#include "judge/rules-sample.h"

enum {
  PATTERN_ENOUGH = 100, /* octets; a longer pattern would fit one server only */
  FRAGMENT_LETTERS = 3, /* minimum: shorter fragments occur nearly everywhere */
  PATTERN_LETTERS = 8,
  SLUG_WORDS = 4,
  SLUG_MAX = 40,
  DOMAINS_SHOWN = 5,
};

static bool
is_letter(char c)
{
  return g_ascii_isalpha(c) || (guchar)c >= 0x80;
}

static size_t
count_letters(const char *text, size_t length)
{
  size_t letters = 0;
  for (size_t i = 0; i < length; i++)
    letters += is_letter(text[i]);
  return letters;
}

/* The length of text that is enough for a pattern, up to the end of a word, or of a character in
 * scripts without blanks. */
static size_t
enough(const char *text, size_t length)
{
  if (length <= PATTERN_ENOUGH)
    return length;
  size_t end = PATTERN_ENOUGH;
  while (end > PATTERN_ENOUGH / 2 && text[end] != ' ')
    end--;
  if (text[end] != ' ')
    for (end = PATTERN_ENOUGH; ((guchar)text[end] & 0xc0) == 0x80;)
      end--;
  return end;
}

/* Omits the punctuation at both ends, which belongs to what was masked, and where ~, ^ and $ would
 * have a meaning. */
static void
append_fragment(GString *pattern, const char *text, size_t length)
{
  while (length > 0 && !is_letter(*text) && !g_ascii_isdigit(*text))
    text++, length--;
  length = enough(text, length);
  while (length > 0 && !is_letter(text[length - 1]) && !g_ascii_isdigit(text[length - 1]))
    length--;
  if (count_letters(text, length) < FRAGMENT_LETTERS)
    return;
  if (pattern->len > 0)
    g_string_append(pattern, " * ");
  g_string_append_len(pattern, text, (gssize)length);
}

char *
rule_draft_pattern(const char *reply)
{
  g_autoptr(GString) pattern = g_string_new(NULL);
  const char *begin = reply, *p = reply;
  while (*p != '\0' && pattern->len < PATTERN_ENOUGH) {
    size_t length = 0;
    if (*p != '*' && !mask_is_placeholder(p, &length, NULL)) {
      p += MAX(length, 1);
      continue;
    }
    append_fragment(pattern, begin, (size_t)(p - begin));
    p += MAX(length, 1);
    begin = p;
  }
  if (pattern->len < PATTERN_ENOUGH)
    append_fragment(pattern, begin, (size_t)(p - begin));
  if (count_letters(pattern->str, pattern->len) < PATTERN_LETTERS)
    return NULL;
  return g_strdup(pattern->str);
}

/* Replaces placeholders by invented text. */
static char *
invent(const char *reply)
{
  GString *out = g_string_new(NULL);
  for (const char *p = reply; *p != '\0';) {
    size_t length;
    const char *example;
    if (mask_is_placeholder(p, &length, &example)) {
      g_string_append(out, example);
      p += length;
    } else {
      g_string_append_c(out, *p++);
    }
  }
  return g_string_free(out, FALSE);
}

/* Whether sample is read in the same way as the replies it stands for. */
static bool
is_faithful(const Rules *rules, const char *sample, const char *reply)
{
  g_autofree char *reporting_mta = NULL;
  g_autoptr(Recipient) recipient = rule_sample_parse(sample, &reporting_mta, NULL);
  if (recipient == NULL)
    return false;
  bounce_set(&recipient->recipient, "someone@example.com", BOUNCE_ADDRESS_MAX);
  classify(rules, reporting_mta, recipient, NULL);
  return g_strcmp0(recipient->verdict.masked, reply) == 0;
}

/* The words may be a server's or the reporting system's. */
static char *
make_sample(const Rules *rules, const RuleDraft *group)
{
  g_autofree char *words = invent(group->reply);
  g_autofree char *quoted =
      group->reply_code != 0 ? g_strdup_printf("%d %s", group->reply_code, words) : g_strdup(words);
  g_autofree char *notice = g_strconcat("@notice ", words, NULL);
  if (group->notice && is_faithful(rules, notice, group->reply))
    return g_steal_pointer(&notice);
  if (!is_faithful(rules, quoted, group->reply) && is_faithful(rules, notice, group->reply))
    return g_steal_pointer(&notice);
  return g_steal_pointer(&quoted);
}

static char *
make_slug(const char *pattern)
{
  GString *slug = g_string_new(NULL);
  int words = 1;
  for (const char *p = pattern; *p != '\0' && slug->len < SLUG_MAX; p++) {
    if (g_ascii_isalnum(*p))
      g_string_append_c(slug, *p);
    else if (slug->len > 0 && slug->str[slug->len - 1] != '-') {
      if (words++ == SLUG_WORDS)
        break;
      g_string_append_c(slug, '-');
    }
  }
  while (slug->len > 0 && slug->str[slug->len - 1] == '-')
    g_string_truncate(slug, slug->len - 1);
  if (slug->len == 0)
    g_string_assign(slug, "reply");
  return g_string_free(slug, FALSE);
}

static const char *
make_id(const Rules *rules, const char *pattern, GHashTable *ids)
{
  g_autofree char *slug = make_slug(pattern);
  char *id = g_strdup_printf("draft.%s", slug);
  for (guint i = 2; rules_knows(rules, id) || g_hash_table_contains(ids, id); i++) {
    g_free(id);
    id = g_strdup_printf("draft.%s-%u", slug, i);
  }
  g_hash_table_add(ids, id);
  return id;
}

/* "a.example, b.example, ..." */
static char *
list_some(const char *names)
{
  g_auto(GStrv) all = g_strsplit(names, ",", DOMAINS_SHOWN + 1);
  if (g_strv_length(all) > DOMAINS_SHOWN) {
    g_free(all[DOMAINS_SHOWN]);
    all[DOMAINS_SHOWN] = g_strdup("...");
  }
  g_autofree char *joined = g_strjoinv(", ", all);
  return escape_terminal(joined);
}

static void
append_comment(GString *out, const RuleDraft *group)
{
  char day[DATE_BUFFER];
  g_string_append_printf(out,
                         "# %" G_GINT64_FORMAT " failures of %" G_GINT64_FORMAT
                         " recipients, the last one on %s: bouncedb explain f%" G_GINT64_FORMAT
                         "\n",
                         group->failures, group->recipients, date_day_utc(group->last_at, day),
                         group->last_failure_id);
  if (group->notice)
    g_string_append(out, "# no reply is quoted: these are the words of the reporting system\n");
  g_autofree char *domains = group->domains != NULL ? list_some(group->domains) : NULL;
  g_autofree char *providers = group->providers != NULL ? list_some(group->providers) : NULL;
  if (domains != NULL)
    g_string_append_printf(out, "# at %s\n", domains);
  if (providers != NULL)
    g_string_append_printf(out, "# provider: %s\n", providers);
}

void
rule_draft_append(GString *out, const Rules *rules, const RuleDraft *group, GHashTable *ids)
{
  append_comment(out, group);
  g_autofree char *pattern = rule_draft_pattern(group->reply);
  if (pattern == NULL) {
    g_autofree char *reply = escape_terminal(group->reply);
    g_string_append_printf(out, "# too few words for a rule: %s\n", reply);
    return;
  }
  char day[DATE_BUFFER];
  const char *id = make_id(rules, pattern, ids);
  g_autofree char *sample = make_sample(rules, group);
  g_string_append_printf(out,
                         "[%s]\ntext: %s\nreason:\ncause:\nremedy:\n"
                         "source: replies seen until %s\nsample: %s\n",
                         id, pattern, date_day_utc(group->last_at, day), sample);
}
