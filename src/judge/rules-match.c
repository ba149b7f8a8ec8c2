/* Which rule matches. */
#include "config.h"

#include <string.h>

#include "judge/rules-private.h"

/* What of a text made a rule match. */
typedef struct {
  const Fragment *pattern; /* NULL = none is asked for */
  const Saying *saying;    /* the same */
  Speech *speech;          /* owned; made when the first rule asks for a saying */
  size_t end;              /* octet after the pattern */
  guint64 accused;         /* rules_accused() */
  bool asked;              /* accused is valid */
  const guint64 *possible; /* rules_possible() of the book; NULL = not asked */
  const Rule *aside;       /* the first whose words match, but that may not accuse the recipient */
  guint64 why;             /* rules_contradicted(); 0 = it comes before the recipients */
} Hit;

/* A code that names the sender (RFC 3463, X.1.7 and X.1.8), or a loop (X.4.6). */
static bool
excludes_recipient(Status status)
{
  return (status.subject == 1 && (status.detail == 7 || status.detail == 8)) ||
         (status.subject == 4 && status.detail == 6);
}

/* Whether it cannot be about a recipient: it comes before the first RCPT TO, refuses a login (RFC
 * 4954, section 6), or refuses the sender (517, in Courier's courieresmtpd). */
static bool
precedes_recipients(const RuleInput *input)
{
  int code = input->reply_code;
  return excludes_recipient(input->status) || input->stage == STAGE_EHLO ||
         input->stage == STAGE_MAIL || code == 517 || code == 530 || code == 534 || code == 535 ||
         code == 538;
}

/* Codes of commands (RFC 5321, section 4.2.2) are about their arguments, unless the status code is
 * about an address: 502 about what is not offered, 503 about the order, the others about host
 * names.
 */
static bool
is_about_command(const Rule *rule, const RuleInput *input)
{
  int code = input->reply_code;
  if (rule->provider != ANY_PROVIDER || rule->replies.n > 0)
    return false;
  return code == 502 || code == 503 ||
         (code >= 500 && code <= 504 && rule->reason == REASON_HOST_UNKNOWN &&
          input->status.subject != 1);
}

/* The user's own rules know what they mean. */
static bool
set_aside(const Rule *rule, guint64 why, Hit *hit)
{
  if (hit->aside == NULL) {
    hit->aside = rule;
    hit->why = why;
  }
  return true;
}

static bool
misses_subject(const Rules *rules, const Book *book, const Rule *rule, const RuleInput *input,
               const RulesText *text, Hit *hit)
{
  if (book != &rules_shipped || !rules_suppresses(rule))
    return false;
  if (is_about_command(rule, input) || precedes_recipients(input))
    return set_aside(rule, 0, hit);
  if (hit->speech == NULL)
    hit->speech = rules_hear(rules, text);
  if (!hit->asked)
    hit->accused = rules_accused(book, text, hit->speech);
  hit->asked = true;
  guint64 why = rules_contradicted(&book->against, rule, hit->accused, hit->speech);
  return why != 0 && set_aside(rule, why, hit);
}

/* speech is only needed for a rule with sayings. */
static bool
sayings_match(const Book *book, const Rule *rule, const Speech *speech, Hit *hit)
{
  hit->saying = NULL;
  if (rule->sayings.n == 0)
    return true;
  const Saying *first = &book->sayings[rule->sayings.first];
  if (first->all == 0) /* no saying, only an "unless" of the texts, of which there may be none */
    return hit->pattern == NULL || hit->pattern->flags & FRAGMENT_NAMED ||
           !rules_speaks_of(speech, hit->end, first->none);
  hit->saying = rules_find_saying(book, rule->sayings, speech);
  return hit->saying != NULL;
}

static bool
texts_match(const Book *book, const Rule *rule, const RulesText *text, Hit *hit)
{
  hit->pattern = rules_find_pattern(book, rule->fragments, false, text, hit->possible, &hit->end);
  return hit->pattern != NULL || rule->n_texts == 0;
}

/* One of the texts, one of the sayings, and none of the nots. */
static bool
words_match(const Rules *rules, const Book *book, const Rule *rule, const RulesText *text, Hit *hit)
{
  if (!texts_match(book, rule, text, hit))
    return false;
  if (rule->sayings.n > 0 && hit->speech == NULL)
    hit->speech = rules_hear(rules, text);
  return sayings_match(book, rule, hit->speech, hit) &&
         rules_find_pattern(book, rule->fragments, true, text, hit->possible, NULL) == NULL;
}

bool
rules_says(const Book *book, const Rule *rule, const RulesText *text, const Speech *speech)
{
  Hit hit = {0};
  return texts_match(book, rule, text, &hit) && sayings_match(book, rule, speech, &hit) &&
         rules_find_pattern(book, rule->fragments, true, text, NULL, NULL) == NULL;
}

/* --- conditions other than text --- */

static bool
mta_matches(const Book *book, const Rule *rule, const RuleInput *input)
{
  const char *host = input->remote_mta != NULL ? input->remote_mta : input->reporting_mta;
  return rule->mta == 0 || (host != NULL && rules_host_in(host, book->names + rule->mta));
}

static bool
status_in(const Book *book, Slice slice, Status status)
{
  for (guint i = 0; i < slice.n; i++) {
    const Status *want = &book->statuses[slice.first + i];
    if ((want->klass == -1 || want->klass == status.klass) &&
        (want->subject == -1 || want->subject == status.subject) &&
        (want->detail == -1 || want->detail == status.detail))
      return true;
  }
  return false;
}

static bool
reply_in(const Book *book, Slice slice, int code)
{
  for (guint i = 0; i < slice.n; i++) {
    const ReplyRange *want = &book->replies[slice.first + i];
    if (code >= want->low && code <= want->high)
      return true;
  }
  return false;
}

static bool
codes_match(const Book *book, const Rule *rule, const RuleInput *input)
{
  Action action = input->action == ACTION_DELAYED ? ACTION_DELAYED : ACTION_FAILED;
  if (rule->reason == REASON_EXPIRED && action == ACTION_DELAYED)
    return false;
  if (rule->statuses.n > 0 &&
      (!status_present(input->status) || !status_in(book, rule->statuses, input->status)))
    return false;
  if (rule->replies.n > 0 && !reply_in(book, rule->replies, input->reply_code))
    return false;
  return (rule->stages == 0 || rule->stages & 1U << input->stage) &&
         (rule->actions == 0 || rule->actions & 1U << action);
}

/* --- the first rule that matches --- */

static char *
describe(const Book *book, const Rule *rule, const RuleInput *input, const Hit *hit)
{
  char buffer[STATUS_BUFFER];
  if (hit->pattern != NULL)
    return rules_pattern_words(book, hit->pattern);
  if (hit->saying != NULL)
    return rules_saying_words(hit->speech, hit->saying);
  if (rule->statuses.n > 0)
    return g_strdup(status_format(input->status, buffer));
  if (rule->replies.n > 0 && rule->stages != 0)
    return g_strdup_printf("%d %s", input->reply_code, stage_name(input->stage));
  if (rule->replies.n > 0)
    return g_strdup_printf("%d", input->reply_code);
  return rule->stages != 0 ? g_strdup(stage_name(input->stage)) : NULL;
}

/* The index in book->wanted of that provider; ANY_PROVIDER if no rule asks for it. */
static gint32
find_wanted(const Book *book, const char *provider)
{
  for (gint32 i = 0; provider != NULL && i < (gint32)book->n_wanted; i++)
    if (strcmp(book->names + book->wanted[i], provider) == 0)
      return i;
  return ANY_PROVIDER;
}

static const Rule *
match_in(const Rules *rules, const Book *book, RulesPhase phase, const RuleInput *input,
         const RulesText *text, Hit *hit)
{
  gint32 provider = find_wanted(book, input->provider);
  g_autofree guint64 *possible = phase == RULES_TEXT ? rules_possible(book, text) : NULL;
  hit->possible = possible;
  for (guint i = 0; i < book->n_phases[phase]; i++) {
    const Rule *rule = &book->rules[book->phases[phase][i]];
    guint32 begin = rule->fragments.first, end = begin + rule->fragments.n;
    if (possible != NULL && rule->n_texts > 0 && rules_next_possible(possible, begin, end) == end)
      continue;
    if ((rule->provider == ANY_PROVIDER || rule->provider == provider) &&
        ((rule->n_texts == 0 && rule->sayings.n == 0) || input->text != NULL) &&
        codes_match(book, rule, input) && words_match(rules, book, rule, text, hit) &&
        mta_matches(book, rule, input) && !misses_subject(rules, book, rule, input, text, hit))
      return rule;
  }
  return NULL;
}

static char *
describe_aside(const Hit *hit)
{
  const char *id = rules_shipped.names + hit->aside->id;
  if (hit->why == 0)
    return g_strdup_printf("%s: the reply came before any recipient", id);
  g_autofree char *names = rules_concept_names(hit->why);
  return g_strdup_printf("%s: the text speaks of something else (%s)", id, names);
}

/* Only rules with words search the text, and the names in it. */
static void
prepare(RulesPhase phase, const RuleInput *input, RulesText *text, RulesText *named)
{
  const char *folded = input->text != NULL ? input->text : "";
  if (phase != RULES_TEXT) {
    rules_text_to_hear(text, folded);
    return;
  }
  rules_text_init(text, folded);
  if (input->named == NULL || strcmp(input->named, folded) == 0)
    return;
  rules_text_init(named, input->named);
  text->named = named;
}

const RuleInfo *
rules_match_telling(const Rules *rules, RulesPhase phase, const RuleInput *input, char **matched,
                    char **aside)
{
  RulesText text, named;
  prepare(phase, input, &text, &named);
  Hit hit = {0};
  const RuleInfo *info = NULL;
  for (guint i = 0; i < rules->n_books && info == NULL; i++) {
    const Book *book = rules->books[i];
    const Rule *rule = match_in(rules, book, phase, input, &text, &hit);
    hit.possible = NULL;
    if (rule == NULL)
      continue;
    if (matched != NULL)
      *matched = describe(book, rule, input, &hit);
    info = rules_info(rules, book, rule);
  }
  if (aside != NULL && *aside == NULL && hit.aside != NULL)
    *aside = describe_aside(&hit);
  g_free(hit.speech);
  return info;
}

const RuleInfo *
rules_match(const Rules *rules, RulesPhase phase, const RuleInput *input, char **matched)
{
  return rules_match_telling(rules, phase, input, matched, NULL);
}
