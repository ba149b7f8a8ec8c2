#include "config.h"

#include "readers/wording.h"

#include <string.h>

#include "base/lines.h"
#include "base/text.h"
#include "mail/reply.h"
#include "readers/outcome.h"
#include "readers/titles.h"

enum {
  NOTICES_MAX = 1000, /* recipients of one message that get a notice each */
  SECTIONS_MAX = 100  /* recipients up to which headings are looked for */
};

/* A reply, or a line that a transcript marks as the other side's ("<<< Connection refused"). */
static bool
quotes_answer(const char *about)
{
  return about != NULL && (reply_is_refusal(about) || strstr(about, "<<< ") != NULL);
}

/* What the transcript says about address; if it is the only recipient, whatever the transcript says
 * first. (transfer none) (nullable) */
static const char *
said_about(const Letter *letter, const char *address, bool alone)
{
  if (letter->transcript == NULL || address == NULL)
    return NULL;
  const char *said = transcript_about(letter->transcript, address);
  if (said != NULL)
    return said;
  return alone ? transcript_first(letter->transcript) : transcript_common(letter->transcript);
}

/* Marks around an address are not words about it: ">>> ann@example.net <<<". */
static bool
has_letters(const char *text)
{
  while (*text != '\0' && !g_ascii_isalnum(*text) && (guchar)*text < 0x80)
    text++;
  return *text != '\0';
}

/* What is attached to the recipient's address, if it may be the cause: not if it only leads to what
 * follows ("The reason is:"), or tells of an alias. */
static char *
entry_of(const Recipient *recipient, const Excerpts *excerpts)
{
  if (recipient->final_recipient == NULL)
    return NULL;
  g_autofree char *entry = excerpts_entry(excerpts, recipient->final_recipient);
  if (entry == NULL || g_str_has_suffix(entry, ":") || *entry == '(' || !has_letters(entry))
    return NULL;
  return g_steal_pointer(&entry);
}

/* Courier quotes what another server or a program said. Where it says nothing at all, a program on
 * its own host took the message, and failed without a word. */
static bool
is_silent_program(const Recipient *recipient, const Letter *letter)
{
  return recipient->diagnostic == NULL &&
         line_find(letter->notice, SIZE_MAX, "the Courier mail server") != NULL;
}

static void
fill_notice(Recipient *recipient, const Letter *letter, bool alone)
{
  const Excerpts *excerpts = letter->excerpts;
  bool nobody = recipient->action == ACTION_FAILED && excerpts_mentions(excerpts)->len == 0;
  bool only = alone || nobody; /* all that is said is about it */
  const char *addresses[] = {recipient->final_recipient, recipient->original_recipient};
  g_autofree char *about = NULL;
  for (size_t i = 0; i < G_N_ELEMENTS(addresses) && about == NULL; i++)
    about = g_strdup(said_about(letter, addresses[i], alone));
  for (size_t i = 0; i < G_N_ELEMENTS(addresses) && about == NULL; i++)
    if (addresses[i] != NULL)
      about = excerpts_about(excerpts, addresses[i]);
  /* With a single recipient and no diagnostic the whole notice is about that recipient, and if
   * nothing is attached to its address the cause may be anywhere in it. The same goes for several,
   * if the notice names none of them. */
  if (about == NULL && is_silent_program(recipient, letter)) {
    bounce_set(&recipient->notice, "local delivery ended without words", BOUNCE_TEXT_MAX);
    return;
  }
  if (only && recipient->diagnostic == NULL && !quotes_answer(about)) {
    g_autofree char *entry = entry_of(recipient, excerpts);
    if (entry != NULL) {
      bounce_set(&recipient->notice, entry, BOUNCE_TEXT_MAX);
      return;
    }
    g_autofree char *words = excerpts_words(excerpts, BOUNCE_NOTICE_MAX);
    bounce_set(&recipient->notice, words, BOUNCE_NOTICE_MAX);
    return;
  }
  bounce_set(&recipient->notice, about, BOUNCE_TEXT_MAX);
}

/* The title of the returned message may speak of full mailboxes. */
static void
hide_title(Recipient *recipient, const char *subject)
{
  g_autofree char *hidden =
      recipient->notice != NULL ? titles_hide(recipient->notice, subject) : NULL;
  if (hidden != NULL)
    bounce_set(&recipient->notice, hidden, BOUNCE_NOTICE_MAX);
}

/* "Not delivered to these addresses (user unknown):" is said of all in the list below. */
static void
fill_from_section(Recipient *recipient, const Letter *letter)
{
  const char *address = recipient->final_recipient;
  size_t length = 0;
  const char *section = address != NULL ? outcome_section(letter, address, &length) : NULL;
  g_autofree char *words = section != NULL ? g_strndup(section, length) : NULL;
  bounce_set(&recipient->notice, words, BOUNCE_TEXT_MAX);
}

/* The last paragraph of the notice that quotes a refusal of that sort. */
static char *
find_refusal(const char *notice, bool (*is)(const char *paragraph))
{
  enum { PARAGRAPHS_MAX = 200 };
  g_autofree char *found = NULL;
  g_auto(GStrv) paragraphs = g_strsplit(notice, "\n\n", PARAGRAPHS_MAX);
  for (char **p = paragraphs; *p != NULL; p++) {
    g_autofree char *paragraph = g_strndup(*p, text_cut(*p, BOUNCE_DIAGNOSTIC_MAX));
    if (!is(paragraph))
      continue;
    g_free(found);
    found = g_steal_pointer(&paragraph);
  }
  return g_steal_pointer(&found);
}

static bool
quotes_reply(const char *paragraph)
{
  g_auto(Reply) reply = {0};
  reply_unwrap(paragraph, &reply);
  return reply.code >= 400;
}

/* Whether text says only that the message was too long in the queue, which is not a cause. */
static bool
tells_expiry(const char *text)
{
  static const char *const words[] = {
      "message expired",  "message has expired",  "mail expired",
      "delivery expired", "time expired",         "envelope expired",
      "queue.expired",    "expired in queue",     "timeout exceeded",
      "too old",          "too long in",          "delivery time limit",
      "queue lifetime",   "maximum lifetime",     "delivery timeout",
      "time in queue",    "retries exceeded",     "retry time not reached",
      "too many retries", "tried for too",        "delivered for",
      "delivered within", "expired in the queue", NULL};
  g_auto(Reply) reply = {0};
  reply_unwrap(text, &reply);
  return (reply.status.subject == 4 && reply.status.detail == 7) ||
         line_has_any(reply.text, SIZE_MAX, words);
}

/* What follows "Last error: " without a reply code. (transfer none) (nullable) */
static const char *
after_last(const char *text)
{
  static const char *const labels[] = {"last error",       "last reply",      "last answer",
                                       "last response",    "last result",     "last diagnostic",
                                       "last status",      "last attempt",    "letzter fehler",
                                       "letzte antwort",   "letzte meldung",  "dernière erreur",
                                       "dernière réponse", "último error",    "última respuesta",
                                       "ultimo errore",    "ultima risposta", "última resposta"};
  for (size_t i = 0; text != NULL && i < G_N_ELEMENTS(labels); i++) {
    const char *label = line_find(text, SIZE_MAX, labels[i]);
    const char *colon = label != NULL ? strstr(label, ": ") : NULL;
    if (colon != NULL)
      return colon + 2;
  }
  return NULL;
}

static bool
is_real_reply(const char *text)
{
  return text != NULL && reply_is_refusal(text) && !tells_expiry(text);
}

/* "Message expired" as the diagnostic, and the last reply of the server in the notice: that reply
 * is the cause. */
static void
replace_expiry(Recipient *recipient, const Letter *letter, bool alone)
{
  if (recipient->diagnostic == NULL || !tells_expiry(recipient->diagnostic))
    return;
  g_autofree char *refusal = alone ? find_refusal(letter->notice, is_real_reply) : NULL;
  const char *cause = is_real_reply(recipient->notice) ? recipient->notice : refusal;
  if (cause == NULL)
    cause = after_last(recipient->notice);
  if (cause != NULL)
    bounce_set(&recipient->diagnostic, cause, BOUNCE_DIAGNOSTIC_MAX);
}

/* Postfix puts the output of a local program into the field, and says in the text that it is one:
 * "Command died with status 1: ... Command output: no such file". */
static void
prefer_sentence(Recipient *recipient)
{
  const char *notice = recipient->notice, *diagnostic = recipient->diagnostic;
  if (notice != NULL && diagnostic != NULL && strlen(notice) > strlen(diagnostic) &&
      g_str_has_prefix(notice, "Command died") && g_str_has_suffix(notice, diagnostic))
    bounce_set(&recipient->diagnostic, notice, BOUNCE_DIAGNOSTIC_MAX);
}

/* Sendmail puts the exit status of a local program into the field, and translates it if the program
 * said nothing: "554 5.3.0 Internal error". Only for an unknown user (67) or host (68), the
 * translation tells the cause. */
static void
tell_exit_status(Recipient *recipient)
{
  const char *status = recipient->diagnostic, *notice = recipient->notice;
  if (status == NULL || notice == NULL || reply_code_at(notice) < 500)
    return;
  size_t digits = strspn(status, "0123456789");
  if (digits == 0 || digits > 3 || status[digits] != '\0' || reply_code_at(status) >= 400 ||
      strcmp(status, "67") == 0 || strcmp(status, "68") == 0)
    return;
  g_autofree char *told = g_strconcat("local program ended with status ", status, NULL);
  bounce_set(&recipient->diagnostic, told, BOUNCE_DIAGNOSTIC_MAX);
}

/* Exim gives the stage in the text only, and texts name the server that answered. */
static void
fill_from_replies(Recipient *recipient)
{
  g_auto(Reply) field = {0};
  g_auto(Reply) text = {0};
  reply_unwrap(recipient->diagnostic, &field);
  reply_unwrap(recipient->notice, &text);
  if (recipient->stage == STAGE_NONE)
    recipient->stage = field.stage;
  if (recipient->stage == STAGE_NONE && (field.code == 0 || field.code == text.code))
    recipient->stage = text.stage;
  if (recipient->remote_mta == NULL)
    bounce_set(&recipient->remote_mta, field.host != NULL ? field.host : text.host,
               BOUNCE_TEXT_MAX);
}

void
wording_fill_notices(Report *report, const Letter *letter)
{
  const char *value = letter_returned(letter, "Subject");
  g_autofree char *subject = value != NULL ? message_decode_words(value) : NULL;
  for (guint i = 0; i < report->recipients->len; i++) {
    Recipient *recipient = report_recipient(report, i);
    g_autofree char *whole = excerpts_complete(letter->excerpts, recipient->diagnostic);
    if (whole != NULL)
      bounce_set(&recipient->diagnostic, whole, BOUNCE_DIAGNOSTIC_MAX);
    if (recipient->notice == NULL && i < NOTICES_MAX)
      fill_notice(recipient, letter, report->recipients->len == 1);
    hide_title(recipient, subject);
    if (recipient->notice == NULL && recipient->diagnostic == NULL &&
        report->recipients->len <= SECTIONS_MAX)
      fill_from_section(recipient, letter);
    prefer_sentence(recipient);
    tell_exit_status(recipient);
    if (i < NOTICES_MAX)
      replace_expiry(recipient, letter, report->recipients->len == 1);
    fill_from_replies(recipient);
  }
}

/* With "(reason: 550 5.1.1 unknown)" under the address Sendmail says which reply of its transcript
 * decided, unless the refusal of another recipient left nobody to send to. The reason may come from
 * an earlier message to the same host, so a reply right before the address in the transcript takes
 * precedence. */
static bool
gives_reason(const char *about)
{
  return about != NULL && strstr(about, "(reason: ") != NULL && reply_is_refusal(about) &&
         line_find(about, SIZE_MAX, "no valid recipients") == NULL;
}

/* Whether an empty line divides what follows from the address. */
static bool
stands_alone(const char *notice, const char *address)
{
  const char *place = address != NULL ? line_find(notice, SIZE_MAX, address) : NULL;
  if (place == NULL)
    return false;
  place += strlen(address);
  place += strspn(place, ">)]\"' \t,;");
  return *place == '\n' && line_is_blank(place + 1, line_length(place + 1));
}

/* Whether nothing is said about any of the listed addresses, except what follows the last. */
static bool
is_bare_list(const Report *report, const Letter *letter)
{
  guint n = report->recipients->len;
  for (guint i = 0; i + 1 < n; i++)
    if (report_recipient(report, i)->diagnostic != NULL)
      return false;
  if (n < 2)
    return false;
  const Recipient *last = report_recipient(report, n - 1);
  return last->diagnostic == NULL || stands_alone(letter->notice, last->final_recipient);
}

/* "Failed recipients:", a list, and then one reply: it is the cause for all of them, if it names
 * nobody and no other is quoted. */
static void
share_refusal(Report *report, const Letter *letter)
{
  if (!is_bare_list(report, letter))
    return;
  g_autofree char *last = find_refusal(letter->notice, quotes_reply);
  const char *place = last != NULL ? strstr(letter->notice, last) : NULL;
  if (place == NULL || strchr(last, '@') != NULL)
    return;
  g_autofree char *before = g_strndup(letter->notice, (size_t)(place - letter->notice));
  g_autofree char *other = find_refusal(before, quotes_reply);
  for (guint i = 0; other == NULL && i < report->recipients->len; i++)
    bounce_set(&report_recipient(report, i)->diagnostic, last, BOUNCE_DIAGNOSTIC_MAX);
}

/* Takes the words about the address if they quote a refusal. A notice about a single failure often
 * gives the reason before it names the address, or long after it; then all its words count. */
void
wording_fill_from_notice(Report *report, const Letter *letter)
{
  bool alone = report->recipients->len == 1;
  for (guint i = 0; i < report->recipients->len; i++) {
    Recipient *recipient = report_recipient(report, i);
    const char *address = recipient->final_recipient;
    g_autofree char *about = excerpts_about(letter->excerpts, address);
    const char *said = said_about(letter, address, alone && !gives_reason(about));
    if (reply_is_refusal(said)) {
      bounce_set(&recipient->diagnostic, said, BOUNCE_DIAGNOSTIC_MAX);
    } else if (reply_is_refusal(about)) {
      bounce_set(&recipient->diagnostic, about, BOUNCE_DIAGNOSTIC_MAX);
    } else if (alone) {
      g_autofree char *refusal = find_refusal(letter->notice, quotes_reply);
      bounce_set(&recipient->diagnostic, refusal, BOUNCE_DIAGNOSTIC_MAX);
      if (refusal != NULL) {
        g_autofree char *words = excerpts_words(letter->excerpts, BOUNCE_NOTICE_MAX);
        bounce_set(&recipient->notice, words, BOUNCE_NOTICE_MAX);
      }
    }
  }
  share_refusal(report, letter);
}

void
wording_settle_nameless(Report *report, const Letter *letter)
{
  if (report->kind != KIND_BOUNCE || report->recipients->len > 0) {
    g_clear_pointer(&report->nameless, recipient_free);
    return;
  }
  if (report->nameless == NULL)
    report->nameless = g_new0(Recipient, 1);
  Recipient *recipient = report->nameless;
  recipient->action = ACTION_FAILED;
  g_autofree char *refusal = find_refusal(letter->notice, quotes_reply);
  g_autofree char *words = excerpts_words(letter->excerpts, BOUNCE_TEXT_MAX);
  if (recipient->diagnostic == NULL)
    bounce_set(&recipient->diagnostic, refusal, BOUNCE_DIAGNOSTIC_MAX);
  if (recipient->notice == NULL)
    bounce_set(&recipient->notice, words, BOUNCE_TEXT_MAX);
}
