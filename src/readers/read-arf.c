/* Feedback reports (RFC 5965): somebody pressed "this is spam". Hotmail's JMRP does not use
 * message/feedback-report; it returns just the message, with the recipient in a field of its own.
 *
 * Reports of failed authentication (RFC 6591) and of messages wrongly marked as spam are not
 * complaints: nobody asks to be unsubscribed. */
#include "config.h"

#include "mail/address.h"
#include "mail/fields.h"
#include "readers/readers.h"
#include "readers/recipients.h"

static const char jmrp_field[] = "X-HmXmrOriginalRecipient";

static Probe
probe(const Letter *letter)
{
  if (message_find(letter->message, "message/feedback-report") != NULL)
    return PROBE_YES;
  return letter_returned(letter, jmrp_field) != NULL ? PROBE_YES : PROBE_NO;
}

static bool
is_complaint(const char *type)
{
  static const char *const others[] = {"auth-failure", "not-spam", "dmarc"};
  for (size_t i = 0; type != NULL && i < G_N_ELEMENTS(others); i++)
    if (g_ascii_strcasecmp(type, others[i]) == 0)
      return false;
  return true;
}

/* Many providers redact the address: "redacted@example.net" stands for anyone. */
static void
add_complainer(Report *report, const char *value)
{
  g_autofree char *address = address_parse(value, false);
  if (address == NULL || g_ascii_strncasecmp(address, "redacted", 8) == 0)
    return;
  Recipient *recipient = recipients_add_failed(report, address, NULL);
  if (recipient != NULL)
    recipient->action = ACTION_NONE;
}

static void
add_named(Report *report, const GPtrArray *fields)
{
  static const char *const names[] = {"Original-Rcpt-To", "Removal-Recipient"};
  for (guint i = 0; i < fields->len; i++) {
    const Field *field = g_ptr_array_index(fields, i);
    for (size_t n = 0; n < G_N_ELEMENTS(names); n++)
      if (g_ascii_strcasecmp(field->name, names[n]) == 0)
        add_complainer(report, field->value);
  }
}

static bool
read_feedback(const Letter *letter, Report *report)
{
  const Part *part = message_find(letter->message, "message/feedback-report");
  g_autoptr(GPtrArray) fields = fields_parse(part != NULL ? part_text(part) : "");
  if (!is_complaint(fields_get(fields, "Feedback-Type"))) {
    report->kind = KIND_OTHER;
    return true;
  }
  report->kind = KIND_COMPLAINT;
  bounce_set(&report->reporting_mta, fields_get(fields, "Reporting-MTA"), BOUNCE_TEXT_MAX);
  bounce_set(&report->envelope_id, fields_get(fields, "Original-Envelope-Id"), BOUNCE_TEXT_MAX);
  g_autofree char *return_path = address_parse(fields_get(fields, "Original-Mail-From"), false);
  bounce_set(&report->return_path, return_path, BOUNCE_ADDRESS_MAX);
  add_named(report, fields);
  if (report->recipients->len == 0)
    add_complainer(report, letter_returned(letter, jmrp_field));
  if (report->recipients->len == 0)
    add_complainer(report, parties_only_addressee(letter->parties));
  return true;
}

const Reader reader_arf = {"arf", probe, read_feedback};
