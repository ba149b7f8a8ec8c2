#include "config.h"

#include "judge/evidence.h"

#include <string.h>

#include "base/fold.h"

/* "MX.Example.NET. [192.0.2.1]" becomes "mx.example.net"; NULL if nothing is left. (transfer full)
 * (nullable) */
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

/* Whether the words are a phrase in place of a reply that says nothing. */
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
  /* "smtp; 550" has no letter after the code. */
  for (size_t i = 0; i < length; i++)
    if (g_ascii_isalpha(folded[i]) || (guchar)folded[i] >= 0x80)
      return false;
  return true;
}

static void
take_reply(Evidence *evidence)
{
  const Recipient *recipient = evidence->recipient;
  reply_unwrap(recipient->diagnostic != NULL ? recipient->diagnostic : "", &evidence->reply);
  evidence->words = fold(evidence->reply.text);
  evidence->spoken = !is_filler(evidence->words);
  evidence->coded = evidence->reply.code != 0 && status_is_specific(evidence->reply.status);
  if (evidence->spoken || recipient->notice == NULL)
    return;
  /* There is only the notice; it may quote the reply that the diagnostic lacks. */
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
  return !status_is_specific(own) && status_present(field) ? field : own;
}

/* Removes every occurrence of address, in place, and keeps what surrounds it. */
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

/* A mailbox may be called "spam", and its domain "blacklist.example"; no rule must take a name for
 * a cause. The provider is recognised before, since the address may show it. */
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

void
evidence_gather(Evidence *evidence, const Rules *rules, const Recipient *recipient,
                const char *reporting_mta)
{
  *evidence = (Evidence){.rules = rules, .recipient = recipient};
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

void
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
