#include "config.h"

#include "judge/evidence.h"

#include <string.h>

#include "base/fold.h"
#include "judge/frames.h"
#include "judge/names.h"
#include "judge/spelling.h"

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

static bool
is_one_of(const char *folded, const char *const *phrases, size_t n)
{
  size_t length = strlen(folded);
  while (length > 0 && strchr(" .:;,-", folded[length - 1]) != NULL)
    length--;
  for (size_t i = 0; i < n; i++)
    if (strlen(phrases[i]) == length && memcmp(folded, phrases[i], length) == 0)
      return true;
  return false;
}

/* Whether the reply only repeats that an earlier one refused: it answers a DATA that the sender had
 * pipelined after RCPT TO. */
static bool
is_echo(const char *folded)
{
  static const char *const echoes[] = {
      "no valid recipients",
      "error: no valid recipients",
      "no valid recipients, bye",
      "valid rcpt command must precede data",
      "rcpt first",
      "rcpt first (#5.5.1)",
      "need rcpt",
      "need rcpt command",
      "need rcpt (recipient)",
      "need rcpt to first",
      "need valid rcpt",
  };
  return is_one_of(folded, echoes, G_N_ELEMENTS(echoes));
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
  if (is_one_of(folded, fillers, G_N_ELEMENTS(fillers)))
    return true;
  /* "smtp; 550" has no letter after the code. */
  for (size_t i = 0; folded[i] != '\0'; i++)
    if (g_ascii_isalpha(folded[i]) || (guchar)folded[i] >= 0x80)
      return false;
  return true;
}

/* Each line of an SMTP dialogue is a sentence of its own. */
static void
part_dialogue(char *folded)
{
  static const char *const marks[] = {" <-- ", " --> ", " <<< ", " >>> "};
  for (size_t i = 0; i < G_N_ELEMENTS(marks); i++)
    for (char *at = folded; (at = strstr(at, marks[i])) != NULL; at++)
      *at = '\n';
}

/* A banner, and what the server accepted, caused no failure: "<-- 220 we block spam". */
static void
drop_successes(char *folded)
{
  for (char *line = folded, *next; *line != '\0'; line = next) {
    size_t length = strcspn(line, "\n");
    next = line + length + (line[length] == '\n');
    bool arrow = g_str_has_prefix(line, "<-- 2") || g_str_has_prefix(line, "<<< 2");
    if (arrow && g_ascii_isdigit(line[5]) && g_ascii_isdigit(line[6]))
      memset(line, ' ', length);
  }
}

/* NULL where it says nothing but what such notices always say. */
static char *
notice_words(const char *notice)
{
  if (notice == NULL)
    return NULL;
  g_autofree char *folded = fold_lines(notice);
  part_dialogue(folded);
  drop_successes(folded);
  g_autofree char *words = frames_cut(folded);
  return *words != '\0' ? g_steal_pointer(&words) : NULL;
}

static void
take_reply(Evidence *evidence)
{
  const Recipient *recipient = evidence->recipient;
  reply_unwrap(recipient->diagnostic != NULL ? recipient->diagnostic : "", &evidence->reply);
  evidence->words.whole = fold(evidence->reply.text);
  bool echo = is_echo(evidence->words.whole);
  if (echo)
    *evidence->words.whole = '\0'; /* what was said before it is in the diagnostic or the notice */
  evidence->spoken = !is_filler(evidence->words.whole);
  evidence->coded =
      !echo && evidence->reply.code != 0 && status_is_specific(evidence->reply.status);
  if (evidence->spoken || echo || recipient->notice == NULL)
    return;
  /* There is only the notice; it may quote the reply that the diagnostic lacks. */
  g_auto(Reply) quoted = {0};
  reply_unwrap(recipient->notice, &quoted);
  if (quoted.code == 0)
    return;
  g_free(evidence->words.whole);
  evidence->words.whole = fold(quoted.text);
  evidence->spoken = !is_filler(evidence->words.whole);
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

/* Where a server quotes a reply ("host mx.example.net said: 550 ..."), the reply is a sentence of
 * its own: what is said in it is not said of the host that is named before it. */
static void
part_quotation(char *text, const char *reply)
{
  size_t length = strlen(reply);
  if (text == NULL || length == 0)
    return;
  for (char *at = text; (at = strstr(at, reply)) != NULL; at += length) {
    if (at > text && at[-1] == ' ')
      at[-1] = '\n';
    if (at[length] == ' ')
      at[length] = '\n';
  }
}

static void
correct(char **text)
{
  char *corrected = spelling_correct(*text);
  if (corrected == NULL)
    return;
  g_free(*text);
  *text = corrected;
}

void
voice_spell(Voice *voice)
{
  if (voice->spelt || voice->text == NULL)
    return;
  correct(&voice->text);
  correct(&voice->named);
  voice->spelt = true;
}

static void
hide(Voice *voice, NamesKnown *known)
{
  if (voice->whole == NULL)
    return;
  voice->text = names_hide(voice->whole, known, &voice->named);
  frames_drop_passed(voice->text);
  frames_drop_passed(voice->named);
}

/* A mailbox may be called "spam" and its host "blacklist.example": no rule reads a name as a cause.
 * The provider is recognised before, because the names may give it away. */
static void
hide_names(Evidence *evidence)
{
  const Recipient *recipient = evidence->recipient;
  const char *const recipients[] = {recipient->recipient, recipient->final_recipient,
                                    recipient->original_recipient};
  names_known_init(&evidence->known, recipients, G_N_ELEMENTS(recipients), recipient->sender);
  hide(&evidence->words, &evidence->known);
  voice_spell(&evidence->words);
  hide(&evidence->diagnostic, &evidence->known);
  hide(&evidence->notice, &evidence->known);
}

void
evidence_gather(Evidence *evidence, const Rules *rules, const Recipient *recipient,
                const char *reporting_mta)
{
  *evidence = (Evidence){.rules = rules, .recipient = recipient};
  take_reply(evidence);
  evidence->diagnostic.whole = fold_or_null(recipient->diagnostic);
  part_quotation(evidence->diagnostic.whole, evidence->words.whole);
  evidence->notice.whole = notice_words(recipient->notice);
  part_quotation(evidence->notice.whole, evidence->words.whole);
  evidence->remote_mta =
      host_name(evidence->reply.host != NULL ? evidence->reply.host : recipient->remote_mta);
  evidence->reporting_mta = host_name(reporting_mta);
  evidence->input = (RuleInput){
      .text =
          evidence->diagnostic.whole != NULL ? evidence->diagnostic.whole : evidence->notice.whole,
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
  hide_names(evidence);
}

static void
voice_clear(Voice *voice)
{
  g_free(voice->text);
  g_free(voice->named);
  g_free(voice->whole);
}

void
evidence_clear(Evidence *evidence)
{
  reply_clear(&evidence->reply);
  voice_clear(&evidence->words);
  voice_clear(&evidence->diagnostic);
  voice_clear(&evidence->notice);
  g_free(evidence->remote_mta);
  g_free(evidence->reporting_mta);
  g_free(evidence->provider_by);
  names_known_clear(&evidence->known);
}
