/* Message disposition notifications (RFC 8098): a mail client says what became of a message after
 * delivery. That says nothing about delivery, with one exception: Sieve's reject (RFC 5429) uses
 * this form, and then the recipient has not received the message. */
#include "config.h"

#include <string.h>

#include "base/lines.h"
#include "mail/fields.h"
#include "readers/readers.h"
#include "readers/recipients.h"

static const char part_type[] = "message/disposition-notification";

static Probe
probe(const Letter *letter)
{
  return message_find(letter->message, part_type) != NULL ? PROBE_YES : PROBE_NO;
}

/* Whether the notice says that the message was refused, outside of lines that repeat its subject.
 */
static bool
says_refused(const Letter *letter)
{
  static const char *const words[] = {"automatically rejected", "was rejected",
                                      "been rejected",          "was refused",
                                      "been refused",           NULL};
  g_autofree char *own = excerpts_words(letter->excerpts, BOUNCE_NOTICE_MAX);
  return line_has_any(own, SIZE_MAX, words);
}

/* RFC 5429 section 2.1.1 puts the word into the text or the subject; RFC 8098 has no field for it.
 * "Not read: Rejected parcels" is not a rejection, though the message was deleted. */
static bool
is_rejection(const Letter *letter, const GPtrArray *fields)
{
  const char *disposition = fields_get(fields, "Disposition");
  const char *submitted = letter_header(letter, "Auto-Submitted");
  if (disposition == NULL || line_find(disposition, SIZE_MAX, "delete") == NULL)
    return false;
  return g_str_has_prefix(letter->subject, "reject") ||
         g_str_has_prefix(letter->subject, "automatically rejected") ||
         (submitted != NULL && line_find(submitted, SIZE_MAX, "reject") != NULL) ||
         says_refused(letter);
}

/* The system's own words. The reason follows a colon: a short one is the system's too ("Quota
 * exceeded"), a longer one was written by the recipient and may say anything. */
static char *
words_of_system(const char *notice)
{
  enum { SHORT = 64 };
  const char *colon = strstr(notice, ":\n");
  if (colon == NULL || line_length(colon + 2) <= SHORT)
    return g_strdup(notice);
  return g_strndup(notice, (size_t)(colon - notice));
}

static bool
read_mdn(const Letter *letter, Report *report)
{
  g_autoptr(GPtrArray) fields = fields_parse(part_text(message_find(letter->message, part_type)));
  report->kind = KIND_OTHER;
  if (!is_rejection(letter, fields))
    return true;
  const char *address = fields_get(fields, "Original-Recipient");
  if (address == NULL)
    address = fields_get(fields, "Final-Recipient");
  Recipient *recipient = recipients_add_failed(report, address, NULL);
  g_autofree char *words = words_of_system(letter->notice);
  if (recipient != NULL)
    bounce_set(&recipient->notice, words, BOUNCE_TEXT_MAX);
  report->kind = KIND_BOUNCE;
  return true;
}

const Reader reader_mdn = {"mdn", probe, read_mdn};
