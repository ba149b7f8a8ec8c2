/* The order of evidence.
 *
 * A bounce gives several reasons for the failure, and they disagree. They are tried in this order,
 * and the first that a rule knows decides:
 *
 * 1. The words of the innermost remote reply; of a general phrase and a colon, what follows counts
 *    first. The server that refused knows why; those in between translate, and often wrongly (a
 *    full mailbox becomes 5.0.0, a policy 5.1.1). If the words name only "policy", a code that
 *    names which one decides. The provider is
 *    recognised before the words are read, since the same words and codes mean different things at
 *    different providers: 5.7.27 is SPF at Gmail, but a null MX in IANA's registry. A provider's
 *    rules come before the general ones, and a code that a provider uses in one sense only counts
 *    as words.
 * 2. The enhanced status code (RFC 3463) of that reply, if the diagnostic quotes one: it too is
 *    from the server that refused. x.0.0 says nothing and does not count.
 * 3. The words of the whole diagnostic, which surround the reply ("retry timeout exceeded").
 * 4. The report's Status field, or the code of a reply that only the notice quotes.
 * 5. The reply code and the command that it answered: 550 to RCPT is about the recipient, 550 to
 *    the end of DATA is about the message.
 * 6. The notice, which is the reporting system's own text. It comes first if no reply with words of
 *    its own is quoted ("550", "delivery temporarily suspended"), and only here if one is: some
 *    products put the heading "the account is disabled" over every kind of refusal.
 * 7. The rule "undefined".
 *
 * Words come before codes because servers choose words with care and codes carelessly.
 *
 * The class follows from the reason and the severity: 5 (permanent), 4 (transient), or 0 (no code
 * was given). The reply code outranks the reply's enhanced status code, and that the Status field,
 * because many reporting systems write Status 4.0.0 or 5.0.0 whatever the server said. So 550 wins
 * over a mere 4.0.0, and a 4xx reply that was retried until the message expired stays transient
 * although the report is final: the receiver never refused for good. A delay is transient unless it
 * quotes a 5xx, and its reason is never "expired", since nothing has expired yet (rules_match
 * leaves those rules out). If only the reporting system speaks (no such domain, no mail host), its
 * Status field is the severity; without one it stays open. */
#include "config.h"

#include "judge/classify.h"

#include <string.h>

#include "judge/chain.h"
#include "judge/evidence.h"
#include "judge/frames.h"
#include "judge/mask.h"

typedef struct {
  const RuleInfo *rule;
  char *matched;
  const char *where; /* what the rule matched, for people */
  RulesPhase phase;
  bool telling; /* for explain */
  char *aside;  /* a rule that may not accuse the recipient, and why; NULL = none, or not telling */
} Finding;

/* --- the verdict --- */

static bool
ask(Evidence *evidence, RulesPhase phase, const Voice *voice, const char *where, Finding *out)
{
  evidence->input.text = voice->text;
  evidence->input.named = voice->named;
  out->where = where;
  out->phase = phase;
  out->rule = rules_match_telling(evidence->rules, phase, &evidence->input, &out->matched,
                                  out->telling ? &out->aside : NULL);
  return out->rule != NULL;
}

static bool
ask_text(Evidence *evidence, Voice *voice, const char *where, Finding *out)
{
  voice_spell(voice);
  return voice->text != NULL && *voice->text != '\0' &&
         ask(evidence, RULES_TEXT, voice, where, out);
}

static const char from_code[] = "the reply's status code";
static const char from_notice[] = "the reporting system's words";

static bool
ask_notice(Evidence *evidence, Finding *out)
{
  return ask_text(evidence, &evidence->notice, from_notice, out);
}

/* Whether a code alone accuses the recipient, although there are words: words that nobody can read
 * may speak of something else, and so may words that no rule knows, if there is only a reply code,
 * or a 4.2.1 or x.2.0: servers use these for any trouble. The user's own rules may mean just that.
 */
static bool
accuses_without_words(const Evidence *evidence, const Finding *finding)
{
  const ReasonInfo *info = reason_info(finding->rule->reason);
  if (finding->rule->user || !evidence->spoken || info->party != PARTY_RECIPIENT ||
      info->suppress_days == 0)
    return false;
  Status status = evidence->input.status;
  bool disabled = finding->rule->reason == REASON_MAILBOX_DISABLED;
  bool vague =
      finding->phase == RULES_STATUS && (status.detail == 0 || (status.klass == 4 && disabled));
  return vague || (finding->phase == RULES_REPLY && info->suppress_days == 1) ||
         (finding->phase != RULES_TEXT && !rules_read(evidence->rules, evidence->words.text));
}

/* Another finding that is better. */
static void
replace(Finding *out, Finding *better)
{
  g_free(out->matched);
  if (out->aside == NULL)
    out->aside = g_steal_pointer(&better->aside);
  g_free(better->aside);
  better->aside = out->aside;
  better->telling = out->telling;
  *out = *better;
}

/* Whether the rule only knows words such as "policy" and "unavailable": neither the user's, nor one
 * about a provider (whose id begins with the provider's). */
static bool
is_vague(const Evidence *evidence, const Finding *finding)
{
  const RuleInfo *rule = finding->rule;
  if (rule->user || rule->provider != NULL ||
      (rule->reason != REASON_POLICY_VIOLATION && rule->reason != REASON_SYSTEM_ERROR))
    return false;
  g_autofree char *topic = g_strndup(rule->id, strcspn(rule->id, "."));
  return rules_find_provider(evidence->rules, topic) == NULL;
}

typedef bool (*IsBetter)(const Evidence *evidence, const Finding *finding);

/* Looks for a better finding in a part of the words; true if there is one. */
static bool
ask_rest(Evidence *evidence, const Voice *rest, IsBetter is_better, Finding *out)
{
  Finding better = {.telling = out->telling};
  if (ask(evidence, RULES_TEXT, rest, out->where, &better) && is_better(evidence, &better)) {
    replace(out, &better);
    return true;
  }
  g_free(better.matched);
  g_free(better.aside);
  return false;
}

static bool
is_no_rate(const Evidence *evidence, const Finding *finding)
{
  (void)evidence;
  return finding->rule->reason != REASON_RATE_LIMITED;
}

/* Rules whose id begins with "one" know a single word only. */
static bool
is_telling(const Evidence *evidence, const Finding *finding)
{
  return !is_vague(evidence, finding) && !g_str_has_prefix(finding->rule->id, "one.");
}

/* "Access policy: no such user": after each of the colons, if nothing before them tells more. */
static void
look_after_colons(Evidence *evidence, IsBetter is_better, Finding *out)
{
  enum { COLONS_MAX = 3 };
  Voice rest = evidence->words;
  for (guint i = 0; i < COLONS_MAX; i++) {
    size_t n = frames_colon(rest.text);
    char *colon = rest.named != NULL ? strstr(rest.named, ": ") : NULL;
    if (n == 0)
      return;
    rest.text += n;
    rest.named = colon != NULL ? colon + 2 : NULL;
    if (ask_rest(evidence, &rest, is_better, out))
      return;
  }
}

/* "Administrative prohibition: no such user" says nothing before the colon. "Service unavailable:
 * try again later" says nothing after it. */
static void
look_after_lead(Evidence *evidence, Finding *out)
{
  if (!is_vague(evidence, out))
    return;
  Voice rest = evidence->words;
  size_t lead = frames_lead(rest.text);
  rest.text += lead;
  rest.named += rest.named != NULL ? lead : 0;
  if (lead > 0)
    ask_rest(evidence, &rest, is_no_rate, out);
  else if (g_str_has_prefix(out->rule->id, "policy.") || g_str_has_prefix(out->rule->id, "say."))
    look_after_colons(evidence, is_telling, out);
}

/* Whether it is another fault of the sender's, and says more than that the sender is refused. */
static bool
is_finer(const Evidence *evidence, const Finding *finding)
{
  Reason reason = finding->rule->reason;
  return reason_info(reason)->party == PARTY_SENDER && is_telling(evidence, finding) &&
         reason != REASON_SENDER_REJECTED && reason != REASON_BLOCKED;
}

/* "Sender address rejected: too many messages" names first what is refused, and then why. */
static void
look_after_refusal(Evidence *evidence, Finding *out)
{
  static const char refusal[] = "rejected: ";
  Reason reason = out->rule->reason;
  const char *text = evidence->words.text, *named = evidence->words.named;
  const char *at = strstr(text, refusal);
  if ((reason != REASON_SENDER_REJECTED && reason != REASON_BLOCKED) || out->rule->user ||
      out->rule->provider != NULL || at == NULL)
    return;
  const char *named_at = named != NULL ? strstr(named, refusal) : NULL;
  size_t length = strlen(refusal);
  const Voice rest = {.text = (char *)at + length,
                      .named = named_at != NULL ? (char *)named_at + length : NULL};
  ask_rest(evidence, &rest, is_finer, out);
}

/* Whether the words leave it to a code to name what of the sender's is not accepted: they name only
 * "policy", or the sender or its host, and the code a check of mail authentication (RFC 7372). */
static bool
leaves_to_code(const Evidence *evidence, const Finding *finding)
{
  Status status = evidence->input.status;
  Reason reason = finding->rule->reason;
  if (!evidence->coded || finding->rule->user || finding->rule->provider != NULL)
    return false;
  if (reason == REASON_POLICY_VIOLATION)
    return is_vague(evidence, finding);
  bool refused =
      reason == REASON_SENDER_REJECTED || reason == REASON_BLOCKED || reason == REASON_SMTP_AUTH;
  return refused && status.subject == 7 && status.detail >= 20 && status.detail <= 29;
}

static void
ask_code_for_policy(Evidence *evidence, Finding *out)
{
  if (!leaves_to_code(evidence, out))
    return;
  Finding better = {0};
  if (!ask(evidence, RULES_STATUS, &evidence->words, from_code, &better))
    return;
  Class klass = reason_info(better.rule->reason)->on_5xx;
  if (klass == CLASS_AUTH || klass == CLASS_SPF)
    replace(out, &better);
  else
    g_free(better.matched);
}

static bool
ask_words(Evidence *evidence, Finding *out)
{
  if (!ask(evidence, RULES_TEXT, &evidence->words, "the innermost reply", out))
    return false;
  look_after_lead(evidence, out);
  look_after_refusal(evidence, out);
  ask_code_for_policy(evidence, out);
  return true;
}

static bool
find(Evidence *evidence, Finding *out)
{
  bool spoken = evidence->spoken;
  return (!spoken && ask_notice(evidence, out)) || ask_words(evidence, out) ||
         (evidence->coded && ask(evidence, RULES_STATUS, &evidence->words, from_code, out)) ||
         ask_text(evidence, &evidence->diagnostic, "the whole diagnostic", out) ||
         ask(evidence, RULES_STATUS, &evidence->words, "the enhanced status code", out) ||
         ask(evidence, RULES_REPLY, &evidence->words, "the reply code and its stage", out) ||
         (spoken && ask_notice(evidence, out));
}

static void
decide(Evidence *evidence, Finding *out)
{
  bool found = find(evidence, out);
  if (found && !accuses_without_words(evidence, out))
    return;
  g_clear_pointer(&out->matched, g_free);
  out->rule = rules_undefined(evidence->rules);
  out->where = found ? "a code without words that are understood" : "nothing tells the cause";
}

/* Masks the words that come first in the order of evidence. NULL if there are none. (transfer full)
 * (nullable) */
static char *
masked_words(const Evidence *evidence)
{
  const char *words = evidence->spoken || evidence->notice.whole == NULL ? evidence->words.whole
                                                                         : evidence->notice.whole;
  const char *address = evidence->recipient->recipient;
  const char *at = address != NULL ? strrchr(address, '@') : NULL;
  g_autofree char *user = at != NULL ? g_strndup(address, (gsize)(at - address)) : NULL;
  return *words != '\0' ? mask(words, user) : NULL;
}

static int
severity(const Evidence *evidence, const char **why)
{
  const Recipient *recipient = evidence->recipient;
  int code = evidence->input.reply_code / 100, enhanced = evidence->reply.status.klass;
  bool refused = code == 5 || (code == 0 && enhanced == 5);
  if (recipient->action == ACTION_DELAYED && !refused) {
    *why = "delivery is still being tried";
    return 4;
  }
  if (code == 4 || code == 5) {
    *why = code == 5 ? "the reply is 5xx" : "the reply is 4xx";
    return code;
  }
  if (enhanced == 4 && recipient->status.klass == 5 &&
      !status_is_specific(evidence->reply.status)) {
    *why = "the Status field is 5.x.x";
    return 5;
  }
  if (enhanced == 4 || enhanced == 5) {
    *why = enhanced == 5 ? "the reply's status is 5.x.x" : "the reply's status is 4.x.x";
    return enhanced;
  }
  if (recipient->status.klass == 4 || recipient->status.klass == 5) {
    *why = recipient->status.klass == 5 ? "the Status field is 5.x.x" : "the Status field is 4.x.x";
    return recipient->status.klass;
  }
  *why = "there is no code";
  return 0;
}

/* --- the chain of evidence --- */

static const char *
provider_name(const ProviderInfo *provider)
{
  return provider->name != NULL ? provider->name : provider->id;
}

static void
tell_evidence(const Evidence *evidence, GPtrArray *chain)
{
  if (chain == NULL)
    return;
  char buffer[STATUS_BUFFER];
  const Reply *reply = &evidence->reply;
  if (reply->code != 0)
    chain_add(chain, "reply code", "%d", reply->code);
  if (status_present(reply->status))
    chain_add(chain, "reply status", "%s", status_format(reply->status, buffer));
  if (evidence->input.stage != STAGE_NONE)
    chain_add(chain, "stage", "%s", stage_name(evidence->input.stage));
  if (evidence->remote_mta != NULL)
    chain_add(chain, "host", "%s", evidence->remote_mta);
  if (*reply->text != '\0')
    chain_add(chain, "reply", "%s", reply->text);
  if (status_present(evidence->recipient->status))
    chain_add(chain, "report status", "%s", status_format(evidence->recipient->status, buffer));
  if (evidence->provider != NULL)
    chain_add(chain, "provider", "%s, by \"%s\"", provider_name(evidence->provider),
              evidence->provider_by);
  g_autofree char *sender = names_known_named(&evidence->known);
  if (sender != NULL)
    chain_add(chain, "names", "%s, the sender", sender);
}

static void
tell_verdict(const Evidence *evidence, const Finding *finding, const char *why, GPtrArray *chain)
{
  if (chain == NULL)
    return;
  const Verdict *verdict = &evidence->recipient->verdict;
  if (finding->aside != NULL)
    chain_add(chain, "set aside", "%s", finding->aside);
  if (finding->where == from_notice)
    chain_add(chain, "notice", "%s", evidence->recipient->notice);
  if (verdict->matched != NULL)
    chain_add(chain, "decided by", "\"%s\", in %s", verdict->matched, finding->where);
  else
    chain_add(chain, "decided by", "%s", finding->where);
  if (verdict->rule != NULL)
    chain_add(chain, "rule", "%s, %s", verdict->rule,
              rules_advice(evidence->rules, finding->rule)->origin);
  chain_add(chain, "class", "%s: %s, and %s", class_name(verdict->klass),
            reason_name(verdict->reason), why);
  chain_add(chain, "party", "%s", party_name(reason_info(verdict->reason)->party));
}

/* Fills in from the reply what the report left open. */
static void
complete(Recipient *recipient, const Evidence *evidence)
{
  g_free(recipient->sender);
  recipient->sender = names_known_named(&evidence->known);
  if (evidence->reply.code != 0)
    recipient->reply_code = evidence->reply.code;
  if (!status_present(recipient->status))
    recipient->status = evidence->reply.status;
  if (recipient->stage == STAGE_NONE)
    recipient->stage = evidence->reply.stage;
}

static bool
is_failure(Action action)
{
  return action == ACTION_NONE || action == ACTION_FAILED || action == ACTION_DELAYED;
}

void
classify(const Rules *rules, const char *reporting_mta, Recipient *recipient, GPtrArray *chain)
{
  Verdict *verdict = &recipient->verdict;
  verdict_clear(verdict);
  if (!is_failure(recipient->action)) {
    g_clear_pointer(&recipient->sender, g_free);
    return;
  }
  g_auto(Evidence) evidence = {0};
  evidence_gather(&evidence, rules, recipient, reporting_mta);
  tell_evidence(&evidence, chain);
  Finding finding = {.telling = chain != NULL};
  decide(&evidence, &finding);
  const char *why;
  int digit = severity(&evidence, &why);
  verdict->reason = finding.rule != NULL ? finding.rule->reason : REASON_UNDEFINED;
  verdict->klass = reason_class(verdict->reason, digit);
  verdict->provider = evidence.provider != NULL ? g_strdup(evidence.provider->id) : NULL;
  verdict->rule = finding.rule != NULL ? g_strdup(finding.rule->id) : NULL;
  verdict->matched = finding.matched;
  if (verdict->reason == REASON_UNDEFINED)
    verdict->masked = masked_words(&evidence);
  tell_verdict(&evidence, &finding, why, chain);
  complete(recipient, &evidence);
  g_free(finding.aside);
}

static void
classify_one(const Rules *rules, const Report *report, Recipient *recipient)
{
  bounce_set(&recipient->sender, report->senders, BOUNCE_TEXT_MAX);
  classify(rules, report->reporting_mta, recipient, NULL);
}

void
classify_report(const Rules *rules, Report *report)
{
  if (report->kind != KIND_BOUNCE && report->kind != KIND_DELAY)
    return; /* a complaint names recipients too, but nothing failed */
  for (guint i = 0; i < report->recipients->len; i++)
    classify_one(rules, report, report_recipient(report, i));
  if (report->nameless != NULL)
    classify_one(rules, report, report->nameless);
}
