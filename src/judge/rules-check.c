/* What can be proved about rules without a reply: see rules_check().
 *
 * A rule is hidden if an earlier one matches whenever it would. With ordered fragments, the
 * patterns alone decide that: a text that B matches contains B's fragments in order, so A matches
 * it too if A's fragments are found in those. */
#include "config.h"

#include <string.h>

#include "base/fold.h"
#include "judge/names.h"
#include "judge/rules-private.h"
#include "judge/rules-sample.h"
#include "judge/spelling.h"

enum { FRAGMENT_MIN = 3 }; /* octets; one ideograph */

/* Only the first book is checked. If that is the user's, it may well overrule the other one. */
typedef struct {
  const Rules *rules;
  const Book *book;
  GPtrArray *problems;
} Check;

#define problem(check, section, ...)                                                               \
  book_problem((check)->book, section, (check)->problems, __VA_ARGS__)

static void
check_keys(const Check *check, const Rule *rule)
{
  static const char *const names[] = {"cause", "remedy", "source", "sample"};
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
    if (book_value(check->book, rule, names[i]).at == NULL)
      problem(check, rule->section, "%s has no %s", check->book->names + rule->id, names[i]);
}

/* The user's patterns are folded as they are read; the shipped ones must be in folded form. */
static void
check_folded(const Check *check, guint32 section, const char *fragment)
{
  g_autofree char *folded = names_fold(fragment);
  if (strcmp(fragment, folded) != 0)
    problem(check, section, "the pattern is not in folded form, which is \"%s\"", folded);
}

static void
check_fragment(const Check *check, guint32 section, const Fragment *fragment)
{
  const guint bounded = FRAGMENT_WORD_BEFORE | FRAGMENT_WORD_AFTER;
  if (fragment->length == 0)
    return; /* the parser has reported it */
  g_autofree char *text = g_strndup(check->book->words + fragment->at, fragment->length);
  if (fragment->length < FRAGMENT_MIN && (fragment->flags & bounded) != bounded)
    problem(check, section, "\"%s\" is too short without ~ on both sides", text);
  check_folded(check, section, text);
  if (*text == '*' || text[fragment->length - 1] == '*')
    problem(check, section, "a * at the beginning or end of \"%s\" matches a literal *", text);
}

static void
check_fragments(const Check *check, guint32 section, Slice slice)
{
  for (guint i = 0; i < slice.n; i++)
    check_fragment(check, section, &check->book->fragments[slice.first + i]);
}

static void
check_unique(const Check *check)
{
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint i = 0; i < check->book->n_rules; i++) {
    const Rule *rule = &check->book->rules[i];
    const char *id = check->book->names + rule->id;
    if (!g_hash_table_add(seen, (gpointer)id))
      problem(check, rule->section, "%s: an earlier rule has the same id", id);
  }
}

/* "[gmail.full]" is about gmail, even if it does not test the provider. */
static bool
speaks_of(const Book *book, const Rule *rule, const char *provider)
{
  size_t length = strlen(provider);
  const char *id = book->names + rule->id;
  return g_strcmp0(book_wanted(book, rule), provider) == 0 ||
         (strncmp(id, provider, length) == 0 && id[length] == '.');
}

static bool
is_spoken_of(const Rules *rules, const char *provider)
{
  for (guint i = 0; i < rules->n_books; i++)
    for (guint j = 0; j < rules->books[i]->n_rules; j++)
      if (speaks_of(rules->books[i], &rules->books[i]->rules[j], provider))
        return true;
  return false;
}

static void
check_provider(const Check *check, const Provider *provider)
{
  const char *id = check->book->names + provider->id;
  if (!is_spoken_of(check->rules, id))
    problem(check, provider->section, "provider %s has no rule", id);
  if (provider->name == 0)
    problem(check, provider->section, "provider %s has no name", id);
  if (provider->mta == 0 && provider->marks.n == 0)
    problem(check, provider->section, "provider %s has neither mta nor mark", id);
  if (book_provider(check->book, id) != provider)
    problem(check, provider->section, "provider %s is described twice", id);
  check_fragments(check, provider->section, provider->marks);
}

/* --- hidden rules --- */

/* All that is known about a text that the pattern matches. */
static char *
known_text(const Book *book, const Fragment *pattern)
{
  GString *out = g_string_new(NULL);
  const Fragment *end = rules_next_pattern(pattern);
  for (const Fragment *fragment = pattern; fragment < end; fragment++) {
    guint flags = fragment->flags;
    if (!(flags & FRAGMENT_AT_START))
      g_string_append_c(out, flags & FRAGMENT_WORD_BEFORE ? RULES_EDGE : RULES_UNKNOWN);
    g_string_append_len(out, book->words + fragment->at, fragment->length);
    if (!(flags & FRAGMENT_AT_END))
      g_string_append_c(out, flags & FRAGMENT_WORD_AFTER ? RULES_EDGE : RULES_UNKNOWN);
  }
  return g_string_free(out, FALSE);
}

/* Whether every pattern of one (negated or not) implies one of other's. */
static bool
all_implied(const Book *book, const Rule *one, const Rule *other, bool negated)
{
  const Fragment *pattern = book->fragments + one->fragments.first;
  const Fragment *end = pattern + one->fragments.n;
  for (; pattern < end; pattern = rules_next_pattern(pattern)) {
    if (((pattern->flags & FRAGMENT_NOT) != 0) != negated)
      continue;
    g_autofree char *known = known_text(book, pattern);
    RulesText text;
    rules_text_init(&text, known);
    if (rules_find_pattern(book, other->fragments, negated, &text, NULL, NULL) == NULL)
      return false;
  }
  return true;
}

static bool
status_within(Status inner, Status outer)
{
  return (outer.klass == -1 || outer.klass == inner.klass) &&
         (outer.subject == -1 || outer.subject == inner.subject) &&
         (outer.detail == -1 || outer.detail == inner.detail);
}

static bool
statuses_within(const Book *book, Slice inner, Slice outer)
{
  if (outer.n == 0)
    return true;
  for (guint i = 0; i < inner.n; i++) {
    bool found = false;
    for (guint j = 0; j < outer.n && !found; j++)
      found = status_within(book->statuses[inner.first + i], book->statuses[outer.first + j]);
    if (!found)
      return false;
  }
  return inner.n > 0;
}

static bool
replies_within(const Book *book, Slice inner, Slice outer)
{
  if (outer.n == 0)
    return true;
  for (guint i = 0; i < inner.n; i++) {
    const ReplyRange *in = &book->replies[inner.first + i];
    bool found = false;
    for (guint j = 0; j < outer.n && !found; j++) {
      const ReplyRange *out = &book->replies[outer.first + j];
      found = in->low >= out->low && in->high <= out->high;
    }
    if (!found)
      return false;
  }
  return inner.n > 0;
}

static bool
mask_within(guint inner, guint outer)
{
  return outer == 0 || (inner != 0 && (inner & ~outer) == 0);
}

/* Whether the earlier rule matches whenever the later one does. */
static bool
hides(const Book *book, const Rule *earlier, const Rule *later)
{
  if (earlier->provider != ANY_PROVIDER && earlier->provider != later->provider)
    return false;
  if ((earlier->n_texts > 0 && later->n_texts == 0) || earlier->sayings.n > 0)
    return false;
  if (earlier->mta != 0 &&
      g_strcmp0(book_name(book, earlier->mta), book_name(book, later->mta)) != 0)
    return false;
  return mask_within(later->stages, earlier->stages) &&
         mask_within(later->actions, earlier->actions) &&
         statuses_within(book, later->statuses, earlier->statuses) &&
         replies_within(book, later->replies, earlier->replies) &&
         (earlier->n_texts == 0 || all_implied(book, later, earlier, false)) &&
         all_implied(book, earlier, later, true) && earlier->reason != REASON_EXPIRED;
}

static void
check_shadows(const Check *check, RulesPhase phase)
{
  const Book *book = check->book;
  const guint32 *order = book->phases[phase];
  for (guint i = 1; i < book->n_phases[phase]; i++) {
    const Rule *later = &book->rules[order[i]];
    for (guint j = 0; j < i; j++) {
      const Rule *earlier = &book->rules[order[j]];
      if (!hides(book, earlier, later))
        continue;
      problem(check, later->section, "%s: hidden by %s", book->names + later->id,
              book->names + earlier->id);
      break;
    }
  }
}

/* Contradictions */

/* A rule that matches the reply must be kept from it by something that the reply speaks of. What
 * alone does so for some rule is added to needed. */
static void
check_contradicted(const Check *check, const Rule *rule, const char *reply, const RulesText *text,
                   const Speech *speech, guint64 *needed)
{
  const Contradictions *against = &rules_shipped.against;
  bool worded = rule->n_texts > 0 || rule->sayings.n > 0;
  if (!rules_suppresses(rule) || rule->provider != ANY_PROVIDER ||
      (worded && !rules_says(check->book, rule, text, speech)))
    return;
  guint64 accused = rules_accused(&rules_shipped, text, speech);
  guint64 others = rules_contradicted(against, rule, accused, speech);
  if (others == 0 && worded)
    problem(check, rule->section, "%s matches \"%s\", which is not about a recipient",
            check->book->names + rule->id, reply);
  if (rules_contradicted(against, rule, 0, speech) == others && (others & (others - 1)) == 0)
    *needed |= others;
}

static void
check_contradiction(const Check *check, const char *sample, guint64 *needed)
{
  g_autofree char *reporting_mta = NULL;
  g_autoptr(Recipient) recipient = rule_sample_parse(sample, &reporting_mta, NULL);
  if (recipient == NULL || recipient->diagnostic == NULL)
    return;
  g_auto(NamesKnown) known = {0};
  names_known_init(&known, (const char *const *)&recipient->recipient, 1, recipient->sender);
  g_autofree char *folded = fold(recipient->diagnostic), *plain = NULL;
  g_autofree char *hidden = names_hide(folded, &known, &plain);
  g_autofree char *corrected = spelling_correct(hidden);
  RulesText text, named;
  rules_text_init(&text, corrected != NULL ? corrected : hidden);
  rules_text_init(&named, plain);
  text.named = &named;
  g_autofree Speech *speech = rules_hear(check->rules, &text);
  for (guint i = 0; i < check->book->n_rules; i++)
    check_contradicted(check, &check->book->rules[i], sample, &text, speech, needed);
}

static void
check_contradictions(const Check *check)
{
  const Contradictions *against = &rules_shipped.against;
  guint64 needed = 0;
  for (guint i = 0; i < rules_shipped.n_contradictions; i++)
    check_contradiction(check, rules_shipped.names + rules_shipped.contradictions[i], &needed);
  guint64 idle = (against->words | against->codes) & ~needed;
  g_autofree char *names = rules_concept_names(idle);
  if (idle != 0 && check->book == &rules_shipped)
    problem(check, against->section, "no sample needs %s", names);
}

void
rules_check(const Rules *rules, GPtrArray *problems)
{
  const Book *book = rules->books[0];
  const Check check = {rules, book, problems};
  for (guint i = 0; i < book->n_rules; i++) {
    check_keys(&check, &book->rules[i]);
    check_fragments(&check, book->rules[i].section, book->rules[i].fragments);
  }
  check_unique(&check);
  for (guint i = 0; i < book->n_providers; i++)
    check_provider(&check, &book->providers[i]);
  check_contradictions(&check);
  for (guint i = 0; i < N_PHASES; i++)
    check_shadows(&check, (RulesPhase)i);
}
