#include "config.h"

#include "readers/recipients.h"

#include <string.h>

#include "base/fold.h"
#include "base/lines.h"
#include "mail/address.h"
#include "mail/charset.h"
#include "mail/fields.h"
#include "mail/reply.h"
#include "readers/phrases.h"

enum { NOTICES_MAX = 1000 }; /* recipients of one letter that get a notice of their own */

Recipient *
recipients_add_failed(Report *report, const char *address, const char *diagnostic)
{
  g_autofree char *parsed = address_parse(address, false);
  if (parsed == NULL)
    return NULL;
  Recipient *recipient = report_add_recipient(report);
  if (recipient == NULL)
    return NULL;
  bounce_set(&recipient->final_recipient, parsed, BOUNCE_ADDRESS_MAX);
  bounce_set(&recipient->diagnostic, diagnostic, BOUNCE_DIAGNOSTIC_MAX);
  recipient->action = ACTION_FAILED;
  return recipient;
}

/* --- notices --- */

/* A reply, or what a transcript marks as the other side's words ("<<< Connection refused"). */
static bool
quotes_answer(const char *about)
{
  return about != NULL && (reply_is_refusal(about) || strstr(about, "<<< ") != NULL);
}

static void
fill_notice(Recipient *recipient, const Excerpts *excerpts, bool alone)
{
  const char *addresses[] = {recipient->final_recipient, recipient->original_recipient};
  g_autofree char *about = NULL;
  for (size_t i = 0; i < G_N_ELEMENTS(addresses) && about == NULL; i++)
    if (addresses[i] != NULL)
      about = excerpts_transcript(excerpts, addresses[i], alone);
  for (size_t i = 0; i < G_N_ELEMENTS(addresses) && about == NULL; i++)
    if (addresses[i] != NULL)
      about = excerpts_about(excerpts, addresses[i]);
  /* One recipient, and no diagnostic: all that is said is about it, and where nothing is quoted the
   * cause may stand anywhere. */
  if (alone && recipient->diagnostic == NULL && !quotes_answer(about)) {
    g_autofree char *words = excerpts_words(excerpts, BOUNCE_NOTICE_MAX);
    bounce_set(&recipient->notice, words, BOUNCE_NOTICE_MAX);
    return;
  }
  bounce_set(&recipient->notice, about, BOUNCE_TEXT_MAX);
}

/* Exim gives the stage in its text only; texts name the server that answered. */
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
recipients_fill_notices(Report *report, const Letter *letter)
{
  for (guint i = 0; i < report->recipients->len; i++) {
    Recipient *recipient = report_recipient(report, i);
    g_autofree char *whole = excerpts_complete(letter->excerpts, recipient->diagnostic);
    if (whole != NULL)
      bounce_set(&recipient->diagnostic, whole, BOUNCE_DIAGNOSTIC_MAX);
    if (recipient->notice == NULL && i < NOTICES_MAX)
      fill_notice(recipient, letter->excerpts, report->recipients->len == 1);
    fill_from_replies(recipient);
  }
}

bool
reply_is_refusal(const char *text)
{
  g_auto(Reply) reply = {0};
  reply_unwrap(text, &reply);
  return reply.code >= 400 || reply.status.klass >= 4;
}

/* The last paragraph of the notice that quotes a refusal. */
static char *
find_refusal(const char *notice)
{
  enum { PARAGRAPHS_MAX = 200 };
  g_autofree char *found = NULL;
  g_auto(GStrv) paragraphs = g_strsplit(notice, "\n\n", PARAGRAPHS_MAX);
  for (char **p = paragraphs; *p != NULL; p++) {
    g_auto(Reply) reply = {0};
    g_autofree char *paragraph = g_strndup(*p, strnlen(*p, BOUNCE_DIAGNOSTIC_MAX));
    reply_unwrap(paragraph, &reply);
    if (reply.code < 400)
      continue;
    g_free(found);
    found = g_steal_pointer(&paragraph);
  }
  return g_steal_pointer(&found);
}

/* "(reason: 550 5.1.1 unknown)" under the address: Sendmail tells which of the replies in its
 * transcript was the one; not so where another recipient's refusal left nobody to send to. Sendmail
 * may take the reason from an earlier message to the same host, so that a reply right in front of
 * the address in the transcript counts for more. */
static bool
gives_reason(const char *about)
{
  return about != NULL && strstr(about, "(reason: ") != NULL && reply_is_refusal(about) &&
         line_find(about, SIZE_MAX, "no valid recipients") == NULL;
}

/* The words about the address where they quote a refusal. A letter about one failure often gives
 * the reason before it names the address, or far behind it: then all its words are about it. */
void
recipients_fill_words(Report *report, const Letter *letter)
{
  bool alone = report->recipients->len == 1;
  for (guint i = 0; i < report->recipients->len; i++) {
    Recipient *recipient = report_recipient(report, i);
    const char *address = recipient->final_recipient;
    g_autofree char *about = excerpts_about(letter->excerpts, address);
    g_autofree char *said =
        excerpts_transcript(letter->excerpts, address, alone && !gives_reason(about));
    if (reply_is_refusal(said)) {
      bounce_set(&recipient->diagnostic, said, BOUNCE_DIAGNOSTIC_MAX);
    } else if (reply_is_refusal(about)) {
      bounce_set(&recipient->diagnostic, about, BOUNCE_DIAGNOSTIC_MAX);
    } else if (alone) {
      g_autofree char *refusal = find_refusal(letter->notice);
      g_autofree char *words = excerpts_words(letter->excerpts, BOUNCE_NOTICE_MAX);
      bounce_set(&recipient->diagnostic, refusal, BOUNCE_DIAGNOSTIC_MAX);
      bounce_set(&recipient->notice, words, BOUNCE_NOTICE_MAX);
    }
  }
}

/* --- what became of them --- */

enum { NOTICE_MAX = 64 << 10 }; /* octets that are searched for phrases */

char *
letter_fold_notice(const Letter *letter)
{
  size_t length = strnlen(letter->notice, NOTICE_MAX);
  g_autofree char *head = g_utf8_make_valid(letter->notice, (gssize)length);
  return fold(head);
}

static bool
is_success(const char *subject, const char *folded)
{
  const char *word = strstr(subject, "success");
  if (reply_is_refusal(folded) || phrases_find(PHRASE_FAILURE, subject))
    return false;
  if (word != NULL && strstr(subject, "unsuccess") == NULL &&
      strstr(subject, "not success") == NULL)
    return true;
  return !phrases_find(PHRASE_FAILURE, folded) &&
         (phrases_find(PHRASE_SUCCESS, subject) || phrases_find(PHRASE_SUCCESS, folded));
}

Action
outcome_of(const Letter *letter)
{
  g_autofree char *folded = letter_fold_notice(letter);
  const Part *top = message_part(letter->message, 0);
  g_autofree char *decoded = part_header_decoded(top, "Subject");
  g_autofree char *subject = fold(decoded != NULL ? decoded : "");
  if (is_success(subject, folded))
    return ACTION_DELIVERED;
  if (phrases_find(PHRASE_DELAY, subject))
    return ACTION_DELAYED;
  if (phrases_find(PHRASE_DELAY, folded) && !phrases_find(PHRASE_FINAL, folded) &&
      !phrases_find(PHRASE_FINAL, subject))
    return ACTION_DELAYED;
  return ACTION_FAILED;
}

/* --- which address --- */

/* The address of a list stands in To for everybody on it. */
static bool
is_list(const Letter *letter, const char *address)
{
  static const char *const names[] = {"List-Post", "X-BeenThere", "Mailing-List", "X-Mailing-List",
                                      "X-Loop"};
  for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
    if (letter_returned(letter, names[i]) != NULL)
      return true;
  const char *precedence = letter_returned(letter, "Precedence");
  const char *delivered = letter_returned(letter, "Delivered-To");
  const char *id = letter_returned(letter, "List-Id");
  g_autofree char *as_id = g_strdelimit(g_strdup(address), "@", '.');
  return (precedence != NULL && g_ascii_strcasecmp(precedence, "list") == 0) ||
         (delivered != NULL && g_ascii_strncasecmp(delivered, "mailing list", 12) == 0) ||
         (id != NULL && line_find(id, SIZE_MAX, as_id) != NULL);
}

static bool
same_domain(const char *address, const char *value)
{
  g_autofree char *other = address_only(value);
  return other != NULL && g_ascii_strcasecmp(address_domain(address), address_domain(other)) == 0;
}

/* What was returned went to addresses that somebody keeps in a list (RFC 2369, RFC 2919). */
static bool
is_mailing(const Letter *letter)
{
  static const char *const names[] = {"List-Unsubscribe", "List-Id", "Feedback-ID"};
  for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
    if (letter_returned(letter, names[i]) != NULL)
      return true;
  const char *precedence = letter_returned(letter, "Precedence");
  return precedence != NULL && g_ascii_strcasecmp(precedence, "bulk") == 0;
}

/* Fields call it the final recipient, and so say that there may be another. What is named in words
 * is looked behind only where the message came from somebody who keeps a list. */
static bool
has_fields(const Report *report, const Letter *letter)
{
  return strcmp(report->reader, "rfc3464") == 0 || letter_has_status_part(letter);
}

/* A forwarding: one recipient failed that the returned message was not addressed to, and its only
 * To is proved to be the address it was sent to. Without the proof the failed one may have been a
 * Bcc, and somebody else would be blamed; so too where To is a list, or an address at the domain
 * of whoever sends, which is a list more often than a subscriber. */
static char *
forwarded_from(const Letter *letter, const char *final)
{
  g_autofree char *only = address_only(letter_returned(letter, "To"));
  if (only == NULL || final == NULL || address_equal(only, final) || is_list(letter, only) ||
      same_domain(only, letter_returned(letter, "From")) ||
      same_domain(only, letter_header(letter, "To")) || !letter_was_sent_to(letter, only) ||
      letter_was_sent_to(letter, final))
    return NULL;
  return g_steal_pointer(&only);
}

/* "(expanded from: <a@b>)", "(ultimately) generated from a@b": what the server says itself. */
static char *
expanded_from(const char *notice)
{
  static const char *const words[] = {"expanded from", "generated from", "originally addressed to",
                                      "forwarded from"};
  for (size_t i = 0; i < G_N_ELEMENTS(words) && notice != NULL; i++) {
    const char *p = line_find(notice, SIZE_MAX, words[i]);
    if (p == NULL)
      continue;
    p += strlen(words[i]);
    char *address = address_next(&p, NULL);
    if (address != NULL)
      return address;
  }
  return NULL;
}

/* may_be_forwarded: nobody else is named, and to look behind the one who is makes sense. */
static void
settle(Recipient *recipient, const Letter *letter, bool may_be_forwarded)
{
  if (recipient->final_recipient != NULL && strchr(recipient->final_recipient, '@') == NULL) {
    g_autofree char *whole = letter_complete(letter, recipient->final_recipient);
    if (whole != NULL)
      bounce_set(&recipient->final_recipient, whole, BOUNCE_ADDRESS_MAX);
  }
  if (recipient->recipient != NULL)
    return;
  if (recipient->original_recipient == NULL) {
    const char *final = recipient->final_recipient;
    g_autofree char *about = final != NULL ? excerpts_about(letter->excerpts, final) : NULL;
    g_autofree char *origin = expanded_from(about != NULL ? about : recipient->notice);
    if (origin == NULL && may_be_forwarded)
      origin = forwarded_from(letter, recipient->final_recipient);
    bounce_set(&recipient->recipient, origin, BOUNCE_ADDRESS_MAX);
  }
  if (recipient->recipient == NULL)
    bounce_set(&recipient->recipient,
               recipient->original_recipient != NULL ? recipient->original_recipient
                                                     : recipient->final_recipient,
               BOUNCE_ADDRESS_MAX);
}

static guint
hash_recipient(gconstpointer key)
{
  const Recipient *recipient = key;
  guint hash = recipient->action;
  for (const char *p = recipient->recipient; *p != '\0'; p++)
    hash = hash * 33 + (guchar)g_ascii_tolower(*p);
  return hash;
}

static gboolean
same_failure(gconstpointer a, gconstpointer b)
{
  const Recipient *x = a, *y = b;
  return x->action == y->action && address_equal(x->recipient, y->recipient) &&
         (g_strcmp0(x->diagnostic, y->diagnostic) == 0 || y->diagnostic == NULL);
}

/* Octets that Exim wrote as octal numbers: recovered here, so that no reader has to. */
static void
recover(char **field)
{
  if (*field == NULL || strchr(*field, '\\') == NULL)
    return;
  g_autofree char *text = charset_recover_reply(*field);
  bounce_set(field, text, BOUNCE_DIAGNOSTIC_MAX);
}

/* The first failure without an address is kept: the return path may tell whose it is. */
static void
drop(Report *report, Recipient *recipient)
{
  if (recipient->recipient == NULL && report->nameless == NULL &&
      recipient->action == ACTION_FAILED)
    report->nameless = recipient;
  else
    recipient_free(recipient);
}

void
recipients_settle(Report *report, const Letter *letter)
{
  g_autoptr(GHashTable) seen = g_hash_table_new(hash_recipient, same_failure);
  GPtrArray *all = report->recipients;
  bool may_be_forwarded = all->len == 1 && (has_fields(report, letter) || is_mailing(letter));
  report->recipients = g_ptr_array_new_with_free_func((GDestroyNotify)recipient_free);
  for (guint i = 0; i < all->len; i++) {
    Recipient *recipient = g_ptr_array_index(all, i);
    recover(&recipient->diagnostic);
    recover(&recipient->notice);
    settle(recipient, letter, may_be_forwarded);
    if (recipient->recipient == NULL || g_hash_table_contains(seen, recipient)) {
      drop(report, recipient);
      continue;
    }
    g_hash_table_add(seen, recipient);
    g_ptr_array_add(report->recipients, recipient);
  }
  g_ptr_array_set_free_func(all, NULL);
  g_ptr_array_unref(all);
}

/* --- nobody is named ---------------------------------------------------------------------------
 */

void
recipients_settle_nameless(Report *report, const Letter *letter)
{
  if (report->kind != KIND_BOUNCE || report->recipients->len > 0) {
    g_clear_pointer(&report->nameless, recipient_free);
    return;
  }
  if (report->nameless == NULL)
    report->nameless = g_new0(Recipient, 1);
  Recipient *recipient = report->nameless;
  recipient->action = ACTION_FAILED;
  g_autofree char *refusal = find_refusal(letter->notice);
  g_autofree char *words = excerpts_words(letter->excerpts, BOUNCE_TEXT_MAX);
  if (recipient->diagnostic == NULL)
    bounce_set(&recipient->diagnostic, refusal, BOUNCE_DIAGNOSTIC_MAX);
  if (recipient->notice == NULL)
    bounce_set(&recipient->notice, words, BOUNCE_TEXT_MAX);
}

Kind
recipients_kind(const Report *report)
{
  bool delayed = false;
  for (guint i = 0; i < report->recipients->len; i++) {
    Action action = report_recipient(report, i)->action;
    if (action == ACTION_FAILED)
      return KIND_BOUNCE;
    delayed |= action == ACTION_DELAYED;
  }
  return delayed ? KIND_DELAY : report->recipients->len > 0 ? KIND_SUCCESS : KIND_OTHER;
}
