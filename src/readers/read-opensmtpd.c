/* OpenSMTPD: multipart/mixed, with the replies in the text only, as "address: reply".
 *
 * Newer versions add a message/delivery-status part without diagnostics; then the diagnostics come
 * from the text and the rest from that part. The notice that a message expired in the queue says
 * "delayed"; since no other follows, it is a failure. */
#include "config.h"

#include <string.h>

#include "base/lines.h"
#include "mail/address.h"
#include "readers/ordinary.h"
#include "readers/outcome.h"
#include "readers/readers.h"
#include "readers/recipients.h"

/* A line of the list begins in the first column with an address and a colon. */
static char *
read_address(const char *line, const char **reply)
{
  size_t length = line_length(line);
  if (length == 0 || g_ascii_isspace(*line) || *line == '<')
    return NULL;
  const char *at = memchr(line, '@', length);
  const char *colon = at != NULL ? strstr(at, ": ") : NULL;
  if (colon == NULL || colon >= line + length)
    return NULL;
  g_autofree char *text = g_strndup(line, (size_t)(colon - line));
  if (strpbrk(text, " \t") != NULL && *text != '"')
    return NULL;
  *reply = colon + 2;
  return address_parse(text, false);
}

static Probe
probe(const Letter *letter)
{
  const Part *top = message_part(letter->message, 0);
  if (strcmp(top->type, "multipart/mixed") != 0 || !letter->automatic ||
      line_find(letter->notice, SIZE_MAX, "MAILER-DAEMON") == NULL || ordinary_is(letter))
    return PROBE_NO;
  const char *reply;
  for (const char *line = letter->notice; *line != '\0'; line = line_next(line)) {
    g_autofree char *address = read_address(line, &reply);
    if (address != NULL)
      return PROBE_YES;
  }
  return PROBE_NO;
}

/* The recipient from the delivery-status part, if there is one. */
static Recipient *
find_recipient(const Report *report, const char *address)
{
  for (guint i = 0; i < report->recipients->len; i++) {
    Recipient *recipient = report_recipient(report, i);
    if (address_equal(recipient->final_recipient, address) && recipient->diagnostic == NULL)
      return recipient;
  }
  return NULL;
}

/* What a local program said before it failed is quoted, as in: "Killed". (transfer full) */
static char *
tell_program(const char *words, const Recipient *recipient)
{
  bool program = *words == '"' && recipient->status.subject == 3;
  return program ? g_strconcat("local program failed: ", words, NULL) : g_strdup(words);
}

/* told: the action of recipients that are in no delivery-status part. */
static void
add_line(Report *report, const char *line, Action told)
{
  const char *reply;
  g_autofree char *address = read_address(line, &reply);
  if (address == NULL)
    return;
  g_autofree char *words = g_strndup(reply, line_length(reply));
  Recipient *recipient = find_recipient(report, address);
  if (recipient == NULL) {
    recipient = recipients_add_failed(report, address, NULL);
    if (recipient == NULL)
      return;
    recipient->action = told;
  }
  g_autofree char *cause = tell_program(words, recipient);
  bounce_set(&recipient->diagnostic, cause, BOUNCE_DIAGNOSTIC_MAX);
  if (recipient->action == ACTION_DELAYED && strcmp(words, "Envelope expired") == 0)
    recipient->action = ACTION_FAILED;
}

static bool
read_opensmtpd(const Letter *letter, Report *report)
{
  reader_rfc3464.read(letter, report);
  Action told = outcome_of(letter);
  for (const char *line = letter->notice; *line != '\0'; line = line_next(line))
    add_line(report, line, told);
  report->kind = outcome_kind(report);
  return report->recipients->len > 0;
}

const Reader reader_opensmtpd = {"opensmtpd", probe, read_opensmtpd};
