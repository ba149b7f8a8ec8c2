#include "config.h"

#include "readers/readers.h"

#include <string.h>

#include "base/fold.h"
#include "mail/address.h"
#include "mail/reply.h"
#include "readers/phrases.h"
#include "readers/recipients.h"
#include "readers/wording.h"

/* The order matters among readers that are equally sure. A dialect that looks like RFC 3464 but
 * says more in its text comes before rfc3464; readers that go by words alone come last. */
static const Reader *const table[] = {
    &reader_arf,   &reader_mdn,      &reader_events,   &reader_opensmtpd, &reader_rfc3464,
    &reader_qmail, &reader_sendmail, &reader_enclosed, &reader_general,   &reader_auto_reply,
};

/* The id in "<id@host>", without brackets; the last one if there are several ("References"). */
static void
set_id(char **field, const char *value)
{
  const char *open = value != NULL ? strrchr(value, '<') : NULL;
  const char *begin = open != NULL ? open + 1 : value;
  g_autofree char *id = begin != NULL ? g_strndup(begin, strcspn(begin, ">")) : NULL;
  bounce_set(field, id, BOUNCE_TEXT_MAX);
}

/* The first of the fields that the returned message has. An id that is too long is left out: its
 * beginning might be somebody else's. */
static void
set_subscriber(const Letter *letter, const char *const *names, Report *report)
{
  const char *value = NULL;
  for (; names != NULL && *names != NULL && value == NULL; names++)
    value = letter_returned(letter, *names);
  if (value != NULL && strlen(value) <= BOUNCE_SUBSCRIBER_MAX)
    bounce_set(&report->subscriber, value, BOUNCE_SUBSCRIBER_MAX);
}

static void
fill_report(const Letter *letter, Report *report)
{
  const Part *top = message_part(letter->message, 0);
  report->notes |= message_notes(letter->message);
  if (report->reported_at == 0)
    report->reported_at = part_date(top);
  const char *date = letter_returned(letter, "Date");
  gint64 sent_at = date != NULL ? message_date(date) : 0;
  if (sent_at != 0)
    report->sent_at = sent_at;
  set_id(&report->report_message_id, part_header(top, "Message-ID"));
  if (report->original_message_id == NULL)
    set_id(&report->original_message_id, letter_returned(letter, "Message-ID"));
  if (report->original_message_id == NULL)
    set_id(&report->original_message_id, part_header(top, "In-Reply-To"));
  if (report->original_message_id == NULL)
    set_id(&report->original_message_id, part_header(top, "References"));
  set_id(&report->list_id, letter_returned(letter, "List-Id"));
  g_autofree char *senders = parties_senders(letter->parties, BOUNCE_TEXT_MAX);
  bounce_set(&report->senders, senders, BOUNCE_TEXT_MAX);
  bounce_set(&report->feedback_id, letter_returned(letter, "Feedback-ID"), BOUNCE_TEXT_MAX);
  const char *subject = letter_returned(letter, "Subject");
  g_autofree char *decoded = subject != NULL ? message_decode_words(subject) : NULL;
  if (report->subject == NULL)
    bounce_set(&report->subject, decoded, BOUNCE_TEXT_MAX);
  if (report->reporting_mta == NULL) {
    g_autofree char *from = address_parse(part_header(top, "From"), false);
    if (letter->automatic)
      bounce_set(&report->reporting_mta, address_domain(from), BOUNCE_TEXT_MAX);
    if (report->author == NULL && (report->kind == KIND_AUTO_REPLY || report->kind == KIND_OTHER ||
                                   report->kind == KIND_CHALLENGE))
      bounce_set(&report->author, from, BOUNCE_ADDRESS_MAX);
  }
}

/* "Click to be added to my guest list" does not come from a mail server, even if it is formatted as
 * a report. Within a server's reply it is a refusal. */
static void
see_through_challenge(const Letter *letter, Report *report)
{
  if (report->kind != KIND_BOUNCE)
    return;
  for (guint i = 0; i < report->recipients->len; i++)
    if (report_recipient(report, i)->status.klass == 5 ||
        reply_code_at(report_recipient(report, i)->diagnostic) >= 500)
      return;
  g_autofree char *words = excerpts_words(letter->excerpts, BOUNCE_DIAGNOSTIC_MAX);
  g_autofree char *folded = fold(words);
  if (!phrases_find(PHRASE_CHALLENGE, folded))
    return;
  report->kind = KIND_CHALLENGE;
  g_ptr_array_set_size(report->recipients, 0);
}

static bool
ask(const Reader *reader, const Letter *letter, Report *report)
{
  if (!reader->read(letter, report))
    return false;
  if (report->reader == NULL)
    bounce_set(&report->reader, reader->name, BOUNCE_TEXT_MAX);
  wording_fill_notices(report, letter);
  recipients_settle(report, letter);
  see_through_challenge(letter, report);
  wording_settle_nameless(report, letter);
  return true;
}

/* A reader that returned false may have filled in something. */
static void
start_again(Report **report)
{
  report_free(*report);
  *report = report_new();
}

static void
ask_all(const Letter *letter, Report **report)
{
  Probe answers[G_N_ELEMENTS(table)];
  for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
    answers[i] = table[i]->probe(letter);
    if (answers[i] != PROBE_YES)
      continue;
    if (ask(table[i], letter, *report))
      return;
    start_again(report);
  }
  for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
    if (answers[i] != PROBE_MAYBE)
      continue;
    if (ask(table[i], letter, *report))
      return;
    start_again(report);
  }
}

Report *
readers_read(const Message *message, const char *const *subscriber_headers)
{
  g_autoptr(Letter) letter = letter_new(message);
  Report *report = report_new();
  ask_all(letter, &report);
  fill_report(letter, report);
  set_subscriber(letter, subscriber_headers, report);
  return report;
}
