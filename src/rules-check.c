/* What can be proved about rules without a reply: see rules_check.
 *
 * A rule is hidden when an earlier one matches wherever it would. With ordered fragments that can
 * be decided from the patterns alone: what is known of a text that B matches is B's fragments in
 * their order, so A matches it too if A's fragments are found in those. */
#include "rules-private.h"

#include "fold.h"

enum { FRAGMENT_MIN = 3 }; /* octets; one ideograph */

typedef struct {
  const Rules *rules;
  GPtrArray *problems;
  bool only_user;
} Check;

/* With the user's file in front only that file is reported on: it may well overrule the others. */
static bool
is_silent(const Check *check, int file)
{
  return check->only_user && !g_array_index(check->rules->files, RuleFile, file).owned;
}

#define problem(check, file, at, ...)                                                              \
  (is_silent(check, file)                                                                          \
       ? (void)0                                                                                   \
       : rules_problem((check)->rules, file, at, (check)->problems, __VA_ARGS__))

static void
check_keys(const Check *check, const Rule *rule)
{
  static const char *const names[] = {"cause", "remedy", "source", "sample"};
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
    if (rules_value(rule, names[i]).at == NULL)
      problem(check, rule->file, rule->section, "%.*s: no %s", (int)rule->id.length, rule->id.at,
              names[i]);
}

/* A user's patterns are folded when they are read; the shipped ones have to stand so. */
static void
check_folded(const Check *check, int file, const char *at, Span fragment)
{
  g_autofree char *text = g_strndup(fragment.at, fragment.length);
  g_autofree char *folded = fold(text);
  if (strcmp(text, folded) != 0)
    problem(check, file, at, "pattern not in folded form, which is \"%s\"", folded);
}

static void
check_fragments(const Check *check, int file, const char *at, Slice slice)
{
  const guint bounded = FRAGMENT_WORD_BEFORE | FRAGMENT_WORD_AFTER;
  const Fragment *fragment = check->rules->fragments + slice.first;
  for (guint i = 0; i < slice.n; i++, fragment++) {
    if (fragment->length == 0)
      continue; /* told by the parser */
    if (fragment->length < FRAGMENT_MIN && (fragment->flags & bounded) != bounded)
      problem(check, file, at, "\"%.*s\" is too short without ~ on both sides",
              (int)fragment->length, fragment->at);
    check_folded(check, file, at, (Span){fragment->at, fragment->length});
    if (*fragment->at == '*' || fragment->at[fragment->length - 1] == '*')
      problem(check, file, at, "a * at the beginning or end of \"%.*s\" stands for itself",
              (int)fragment->length, fragment->at);
  }
}

static void
check_unique(const Check *check)
{
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint i = 0; i < check->rules->rules->len; i++) {
    const Rule *rule = rules_at(check->rules, i);
    const char *id = rules_string(check->rules, rule->id);
    if (!g_hash_table_add(seen, (gpointer)id))
      problem(check, rule->file, rule->section, "%s: there is an earlier rule of that name", id);
  }
}

/* "[gmail.full]" speaks of gmail, whether or not it asks for that provider. */
static bool
speaks_of(const Rule *rule, Span provider)
{
  return span_equal(rule->provider_id, provider) ||
         (rule->id.length > provider.length && rule->id.at[provider.length] == '.' &&
          memcmp(rule->id.at, provider.at, provider.length) == 0);
}

static void
check_providers(const Check *check)
{
  const Rules *rules = check->rules;
  for (guint i = 0; i < rules->providers->len; i++) {
    const Provider *provider = rules_provider_at(rules, (int)i);
    Span id = {provider->info.id, (guint)strlen(provider->info.id)};
    bool used = false;
    for (guint j = 0; j < rules->rules->len && !used; j++)
      used = speaks_of(rules_at(rules, j), id);
    if (!used)
      problem(check, provider->file, provider->section, "provider %s has no rule",
              provider->info.id);
    if (provider->info.name == NULL)
      problem(check, provider->file, provider->section, "provider %s: no name", provider->info.id);
    if (provider->mta.at == NULL && provider->marks.n == 0)
      problem(check, provider->file, provider->section, "provider %s: neither mta nor mark",
              provider->info.id);
    if (rules_provider_index(rules, id) != (int)i)
      problem(check, provider->file, provider->section, "provider %s: described twice",
              provider->info.id);
    check_fragments(check, provider->file, provider->section, provider->marks);
  }
}

/* Shadows */

/* All that is known of a text that the pattern matches. */
static char *
known_text(const Fragment *pattern)
{
  GString *out = g_string_new(NULL);
  const Fragment *end = rules_next_pattern(pattern);
  for (const Fragment *fragment = pattern; fragment < end; fragment++) {
    guint flags = fragment->flags;
    if (!(flags & FRAGMENT_AT_START))
      g_string_append_c(out, flags & FRAGMENT_WORD_BEFORE ? RULES_EDGE : RULES_UNKNOWN);
    g_string_append_len(out, fragment->at, fragment->length);
    if (!(flags & FRAGMENT_AT_END))
      g_string_append_c(out, flags & FRAGMENT_WORD_AFTER ? RULES_EDGE : RULES_UNKNOWN);
  }
  return g_string_free(out, FALSE);
}

/* Every pattern of one (negated or not) implies one of the other. */
static bool
all_implied(const Rules *rules, const Rule *one, const Rule *other, bool negated)
{
  const Fragment *pattern = rules->fragments + one->fragments.first;
  const Fragment *end = pattern + one->fragments.n;
  for (; pattern < end; pattern = rules_next_pattern(pattern)) {
    if (((pattern->flags & FRAGMENT_NOT) != 0) != negated)
      continue;
    g_autofree char *known = known_text(pattern);
    RulesText text;
    rules_text_init(&text, known);
    if (rules_find_pattern(rules, other->fragments, negated, &text) == NULL)
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
statuses_within(const Rules *rules, Slice inner, Slice outer)
{
  if (outer.n == 0)
    return true;
  for (guint i = 0; i < inner.n; i++) {
    bool found = false;
    for (guint j = 0; j < outer.n && !found; j++)
      found = status_within(g_array_index(rules->statuses, Status, inner.first + i),
                            g_array_index(rules->statuses, Status, outer.first + j));
    if (!found)
      return false;
  }
  return inner.n > 0;
}

static bool
replies_within(const Rules *rules, Slice inner, Slice outer)
{
  if (outer.n == 0)
    return true;
  for (guint i = 0; i < inner.n; i++) {
    const ReplyRange *in = &g_array_index(rules->replies, ReplyRange, inner.first + i);
    bool found = false;
    for (guint j = 0; j < outer.n && !found; j++) {
      const ReplyRange *out = &g_array_index(rules->replies, ReplyRange, outer.first + j);
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

/* Does the earlier rule match wherever the later one does? */
static bool
hides(const Rules *rules, const Rule *earlier, const Rule *later)
{
  if (earlier->provider_id.at != NULL && !span_equal(earlier->provider_id, later->provider_id))
    return false;
  if (earlier->n_texts > 0 && later->n_texts == 0)
    return false;
  if (earlier->mta.at != NULL && !span_equal(earlier->mta, later->mta))
    return false;
  return mask_within(later->stages, earlier->stages) &&
         mask_within(later->actions, earlier->actions) &&
         statuses_within(rules, later->statuses, earlier->statuses) &&
         replies_within(rules, later->replies, earlier->replies) &&
         (earlier->n_texts == 0 || all_implied(rules, later, earlier, false)) &&
         all_implied(rules, earlier, later, true) && earlier->reason != REASON_EXPIRED;
}

static void
check_shadows(const Check *check, const GArray *order)
{
  const Rules *rules = check->rules;
  for (guint i = 1; i < order->len; i++) {
    const Rule *later = rules_at(rules, g_array_index(order, guint, i));
    for (guint j = 0; j < i; j++) {
      const Rule *earlier = rules_at(rules, g_array_index(order, guint, j));
      if (!hides(rules, earlier, later))
        continue;
      problem(check, later->file, later->section, "%.*s: hidden behind %.*s", (int)later->id.length,
              later->id.at, (int)earlier->id.length, earlier->id.at);
      break;
    }
  }
}

void
rules_check(const Rules *rules, GPtrArray *problems)
{
  bool user = g_array_index(rules->files, RuleFile, 0).owned;
  const Check check = {rules, problems, user};
  for (guint i = 0; i < rules->rules->len; i++) {
    const Rule *rule = rules_at(rules, i);
    check_keys(&check, rule);
    check_fragments(&check, rule->file, rule->section, rule->fragments);
  }
  check_unique(&check);
  check_providers(&check);
  for (guint i = 0; i < G_N_ELEMENTS(rules->phases); i++)
    check_shadows(&check, rules->phases[i]);
}
