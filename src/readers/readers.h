/* What kind of letter is it, and who failed: one reader a dialect.
 *
 * A reader recognises its dialect by structure. Its probe says yes, no, or cannot tell; its read
 * fills the Report and returns false where it found nothing after all, and then the next is asked.
 * Readers fill what the letter says (addresses, action, status, diagnostic, notice, remote_mta,
 * stage if told outright); verdicts are classify's business. */
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
extern const Reader reader_general;
extern const Reader reader_mdn;
extern const Reader reader_opensmtpd;
extern const Reader reader_qmail;
extern const Reader reader_rfc3464;
extern const Reader reader_sendmail;
extern const Reader reader_ses;

/* First those that say yes, in the order of the table, then those that cannot tell. What no reader
 * understands is KIND_OTHER. Fills the message-wide fields (Date, Message-ID, the returned
 * message's Message-ID, List-Id, Feedback-ID, Subject). Never NULL. (transfer full) */
Report *readers_read(const Message *message);
