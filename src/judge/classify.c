/* The order of evidence.
 *
 * A bounce says why it failed several times over, and the voices disagree. They are heard in this
 * order, and the first that says something decides the reason:
 *
 * 1. The words of the innermost remote reply. The server that refused knows why; those in between
 *    translate, and often wrongly (a full mailbox becomes 5.0.0, a policy 5.1.1). Before the words
 *    are read the provider is recognised, for the same words and the same code mean different
 *    things at different providers: 5.7.27 is SPF at Gmail and a null MX by the registry. A
 *    provider's rules stand before the general ones, and where it is known to use a code in one
 *    sense only, its code counts as words.
 * 2. The enhanced status code (RFC 3463) of that reply, if the diagnostic quotes one: it is still
 *    the word of the server that refused. x.0.0 means "something" and does not count.
 * 3. The words of the whole diagnostic, which frame the reply ("retry timeout exceeded").
 * 4. The report's Status field, or the code of a reply that only the notice quotes.
 * 5. The reply code and the command that it answered: 550 to RCPT is about the recipient, 550 to
 *    the end of DATA is about the message.
 * 6. The notice, the reporting system's own sentence. It comes first where no reply with words of
 *    its own is quoted ("550", "delivery temporarily suspended"), and as late as this where one is:
 *    a product's heading says "the account is disabled" over every sort of refusal.
 * 7. The rule "undefined".
 *
 * Words come before codes because servers choose codes carelessly and words with care.
 *
 * The class follows from the reason and the severity: 5 (permanent), 4 (transient), 0 (nobody
 * said). The reply code outranks the reply's enhanced code, that outranks the Status field: many
 * reporting systems write Status 4.0.0 or 5.0.0 whatever they were told. So 550 wins over a filler
 * 4.0.0, and a 4xx reply that was retried until the letter expired stays transient although the
 * report is final: the receiver never refused for good. A delay is transient unless it quotes a
 * 5xx, and "expired" is never its reason, for nothing has expired yet (the matcher leaves those
 * rules out). Where only the reporting system speaks (no such domain, no mail host), its Status
 * field is the severity, and a silent one leaves it open. */
#include "config.h"

#include "judge/classify.h"

#include <string.h>

#include "base/fold.h"
#include "mail/reply.h"
#include "judge/mask.h"

typedef struct {
  const Rules *rules;
  const Recipient *recipient;
  Reply reply;      /* the innermost */
  char *words;      /* the reply's, folded */
  char *diagnostic; /* whole, folded; NULL = none */
  char *notice;     /* folded; NULL = none */
  char *remote_mta; /* who answered, lower case; NULL = unknown */
  char *reporting_mta;
  bool spoken; /* a reply with words of its own is quoted */
  bool coded;  /* the diagnostic quotes a reply with an enhanced status code of its own */
  const ProviderInfo *provider;
  char *provider_by; /* what gave it away */
  RuleInput input;
} Evidence;

typedef struct {
  const RuleInfo *rule;
  char *matched;
  const char *where; /* what was looked at, for people */
} Finding;

static void
link_free(gpointer data)
{
  ChainLink *link = data;
  g_free(link->detail);
  g_free(link);
}

GPtrArray *
chain_new(void)
{
  return g_ptr_array_new_with_free_func(link_free);
}

static void G_GNUC_PRINTF(3, 4)
    add_link(GPtrArray *chain, const char *step, const char *format, ...)
{
  if (chain == NULL)
    return;
  ChainLink *link = g_new0(ChainLink, 1);
  va_list args;
  va_start(args, format);
  link->step = step;
  link->detail = g_strdup_vprintf(format, args);
  va_end(args);
  g_ptr_array_add(chain, link);
}

/* Gathering */

/* "MX.Example.NET. [192.0.2.1]" gives "mx.example.net"; NULL where there is nothing. */
static char *
host_name(const char *text)
{
  if (text == NULL)
    return NULL;
  text += strspn(text, " <[(\"");
  size_t length = strcspn(text, " \t>[]()\",;");
  while (length > 0 && text[length - 1] == '.')
    length--;
  return length > 0 ? g_ascii_strdown(text, (gssize)length) : NULL;
}

static char *
fold_or_null(const char *text)
{
  return text != NULL ? fold(text) : NULL;
}

/* Phrases that stand where a reply should be and tell nothing. */
static bool
is_filler(const char *folded)
{
  static const char *const fillers[] = {
      "delivery temporarily suspended",
      "failed",
      "permanent failure",
      "transient failure",
      "unknown error",
      "error",
      "other or unknown error",
      "message could not be delivered",
      "delivery failed",
  };
  size_t length = strlen(folded);
  while (length > 0 && strchr(" .:;,-", folded[length - 1]) != NULL)
    length--;
  for (size_t i = 0; i < G_N_ELEMENTS(fillers); i++)
    if (strlen(fillers[i]) == length && memcmp(folded, fillers[i], length) == 0)
      return true;
  /* "smtp; 550": no letter follows the code */
  for (size_t i = 0; i < length; i++)
    if (g_ascii_isalpha(folded[i]) || (guchar)folded[i] >= 0x80)
      return false;
  return true;
}

/* x.0.0 says no more than the first digit does. */
static bool
is_filler_status(Status status)
{
  return !status_present(status) || (status.subject == 0 && status.detail == 0);
}

static void
take_reply(Evidence *evidence)
{
  const Recipient *recipient = evidence->recipient;
  reply_unwrap(recipient->diagnostic != NULL ? recipient->diagnostic : "", &evidence->reply);
  evidence->words = fold(evidence->reply.text);
  evidence->spoken = !is_filler(evidence->words);
  evidence->coded = evidence->reply.code != 0 && !is_filler_status(evidence->reply.status);
  if (evidence->spoken || recipient->notice == NULL)
    return;
  /* Only the notice speaks, and it may quote the reply that the diagnostic lacks. */
  g_auto(Reply) quoted = {0};
  reply_unwrap(recipient->notice, &quoted);
  if (quoted.code == 0)
    return;
  g_free(evidence->words);
  evidence->words = fold(quoted.text);
  evidence->spoken = !is_filler(evidence->words);
  evidence->coded = false;
  reply_clear(&evidence->reply);
  evidence->reply = quoted;
  memset(&quoted, 0, sizeof quoted);
}

static Status
telling_status(const Evidence *evidence)
{
  Status own = evidence->reply.status, field = evidence->recipient->status;
  return is_filler_status(own) && status_present(field) ? field : own;
}

/* Takes every mention of an address out, in place; what stands round it stays. */
static void
hide_mailbox(char *folded, const char *address)
{
  if (folded == NULL || address == NULL)
    return;
  g_autofree char *needle = fold(address);
  const char *at = strrchr(needle, '@');
  if (at == NULL || at == needle)
    return;
  char *to = folded;
  const char *from = folded;
  for (const char *hit; (hit = strstr(from, needle)) != NULL; from = hit + strlen(needle)) {
    memmove(to, from, (size_t)(hit - from));
    to += hit - from;
    *to++ = '@'; /* "<>" would be the null sender */
  }
  memmove(to, from, strlen(from) + 1);
}

/* A mailbox may be called "spam" and its domain "blacklist.example": no rule shall read a name as a
 * cause. The provider is recognised before, for the address may give it away. */
static void
hide_mailboxes(Evidence *evidence)
{
  const Recipient *recipient = evidence->recipient;
  const char *addresses[] = {recipient->recipient, recipient->final_recipient,
                             recipient->original_recipient};
  for (size_t i = 0; i < G_N_ELEMENTS(addresses); i++) {
    hide_mailbox(evidence->words, addresses[i]);
    hide_mailbox(evidence->diagnostic, addresses[i]);
    hide_mailbox(evidence->notice, addresses[i]);
  }
}

static void
gather(Evidence *evidence, const char *reporting_mta)
{
  const Recipient *recipient = evidence->recipient;
  take_reply(evidence);
  evidence->diagnostic = fold_or_null(recipient->diagnostic);
  evidence->notice = fold_or_null(recipient->notice);
  evidence->remote_mta =
      host_name(evidence->reply.host != NULL ? evidence->reply.host : recipient->remote_mta);
  evidence->reporting_mta = host_name(reporting_mta);
  evidence->input = (RuleInput){
      .text = evidence->diagnostic != NULL ? evidence->diagnostic : evidence->notice,
      .remote_mta = evidence->remote_mta,
      .reporting_mta = evidence->reporting_mta,
      .status = telling_status(evidence),
      .reply_code = evidence->reply.code != 0 ? evidence->reply.code : recipient->reply_code,
      .stage = recipient->stage != STAGE_NONE ? recipient->stage : evidence->reply.stage,
      .action = recipient->action,
  };
  evidence->provider = rules_provider(evidence->rules, &evidence->input, &evidence->provider_by);
  if (evidence->provider != NULL)
    evidence->input.provider = evidence->provider->id;
  hide_mailboxes(evidence);
}

static void
evidence_clear(Evidence *evidence)
{
  reply_clear(&evidence->reply);
  g_free(evidence->words);
  g_free(evidence->diagnostic);
  g_free(evidence->notice);
  g_free(evidence->remote_mta);
  g_free(evidence->reporting_mta);
  g_free(evidence->provider_by);
}

/* Deciding */

static bool
ask(Evidence *evidence, RulesPhase phase, const char *text, const char *where, Finding *out)
{
  evidence->input.text = text;
  out->where = where;
  out->rule = rules_match(evidence->rules, phase, &evidence->input, &out->matched);
  return out->rule != NULL;
}

static bool
ask_text(Evidence *evidence, const char *text, const char *where, Finding *out)
{
  return text != NULL && *text != '\0' && ask(evidence, RULES_TEXT, text, where, out);
}

static const char from_notice[] = "the reporting system's words";

static bool
ask_notice(Evidence *evidence, Finding *out)
{
  return ask_text(evidence, evidence->notice, from_notice, out);
}

static void
decide(Evidence *evidence, Finding *out)
{
  bool spoken = evidence->spoken;
  if ((!spoken && ask_notice(evidence, out)) ||
      ask(evidence, RULES_TEXT, evidence->words, "the innermost reply", out) ||
      (evidence->coded &&
       ask(evidence, RULES_STATUS, evidence->words, "the reply's status code", out)) ||
      ask_text(evidence, evidence->diagnostic, "the whole diagnostic", out) ||
      ask(evidence, RULES_STATUS, evidence->words, "the enhanced status code", out) ||
      ask(evidence, RULES_REPLY, evidence->words, "the reply code and its stage", out) ||
      (spoken && ask_notice(evidence, out)))
    return;
  out->rule = rules_undefined(evidence->rules);
  out->where = "nothing tells the cause";
}

/* The same voice that is heard first. NULL where nobody says anything. */
static char *
masked_words(const Evidence *evidence)
{
  const char *words =
      evidence->spoken || evidence->notice == NULL ? evidence->words : evidence->notice;
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
    *why = "it is still being tried";
    return 4;
  }
  if (code == 4 || code == 5) {
    *why = code == 5 ? "the reply is 5xx" : "the reply is 4xx";
    return code;
  }
  if (enhanced == 4 && recipient->status.klass == 5 && is_filler_status(evidence->reply.status)) {
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
  *why = "nobody gave a code";
  return 0;
}

/* Telling */

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
    add_link(chain, "reply code", "%d", reply->code);
  if (status_present(reply->status))
    add_link(chain, "reply status", "%s", status_format(reply->status, buffer));
  if (evidence->input.stage != STAGE_NONE)
    add_link(chain, "stage", "%s", stage_name(evidence->input.stage));
  if (evidence->remote_mta != NULL)
    add_link(chain, "host", "%s", evidence->remote_mta);
  if (*reply->text != '\0')
    add_link(chain, "reply", "%s", reply->text);
  if (status_present(evidence->recipient->status))
    add_link(chain, "report status", "%s", status_format(evidence->recipient->status, buffer));
  if (evidence->provider != NULL)
    add_link(chain, "provider", "%s, by \"%s\"", provider_name(evidence->provider),
             evidence->provider_by);
}

static void
tell_verdict(const Evidence *evidence, const Finding *finding, const char *why, GPtrArray *chain)
{
  if (chain == NULL)
    return;
  const Verdict *verdict = &evidence->recipient->verdict;
  if (finding->where == from_notice)
    add_link(chain, "notice", "%s", evidence->recipient->notice);
  if (verdict->matched != NULL)
    add_link(chain, "decided by", "\"%s\", in %s", verdict->matched, finding->where);
  else
    add_link(chain, "decided by", "%s", finding->where);
  if (verdict->rule != NULL)
    add_link(chain, "rule", "%s, %s", verdict->rule,
             rules_advice(evidence->rules, finding->rule)->origin);
  add_link(chain, "class", "%s: %s, and %s", class_name(verdict->klass),
           reason_name(verdict->reason), why);
  add_link(chain, "party", "%s", party_name(reason_info(verdict->reason)->party));
}

/* What the reply says goes into the fields that the report left open. */
static void
complete(Recipient *recipient, const Evidence *evidence)
{
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
  if (!is_failure(recipient->action))
    return;
  Evidence evidence = {.rules = rules, .recipient = recipient};
  gather(&evidence, reporting_mta);
  tell_evidence(&evidence, chain);
  Finding finding = {0};
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
  evidence_clear(&evidence);
}

void
classify_report(const Rules *rules, Report *report)
{
  if (report->kind != KIND_BOUNCE && report->kind != KIND_DELAY)
    return; /* a complaint names recipients too, but nothing failed */
  for (guint i = 0; i < report->recipients->len; i++)
    classify(rules, report->reporting_mta, report_recipient(report, i), NULL);
  if (report->nameless != NULL)
    classify(rules, report->reporting_mta, report->nameless, NULL);
}
