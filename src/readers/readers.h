/* The readers: each recognises one dialect of reports and finds the recipients that failed.
 *
 * A reader goes by structure. Its probe answers yes, no or maybe; its read fills in the Report and
 * returns false if it found nothing after all, in which case the next reader is asked. Readers
 * record what the message says (addresses, action, status, diagnostic, notice, remote_mta, and the
 * stage if it is given). Verdicts are left to classify.h. */
#pragma once

#include "mail/bounce.h"
#include "readers/letter.h"

typedef enum { PROBE_NO, PROBE_MAYBE, PROBE_YES } Probe;

typedef struct {
  const char *name;
  Probe (*probe)(const Letter *letter);
  bool (*read)(const Letter *letter, Report *report);
} Reader;

extern const Reader reader_arf;
extern const Reader reader_auto_reply;
extern const Reader reader_enclosed;
extern const Reader reader_events;
extern const Reader reader_general;
extern const Reader reader_mdn;
extern const Reader reader_opensmtpd;
extern const Reader reader_qmail;
extern const Reader reader_rfc3464;
extern const Reader reader_sendmail;

/* Asks the readers that answer yes, in the order of the table, and then those that answer maybe. A
 * message that none understands is KIND_OTHER. Also fills in the fields about the whole message
 * (Date, Message-ID, and the returned message's Message-ID, List-Id, Feedback-ID and Subject, and
 * the first of subscriber_headers that it has; that list ends with NULL and may be NULL). Never
 * NULL. (transfer full) */
Report *readers_read(const Message *message, const char *const *subscriber_headers);
