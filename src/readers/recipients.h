/* Whom a report is about: what every reader does to the recipients that it found. */
#pragma once

#include "mail/bounce.h"
#include "readers/letter.h"

/* Appends a recipient that failed: address (with or without brackets) and what is said about it,
 * which may be NULL. NULL where the address is none. */
Recipient *recipients_add_failed(Report *report, const char *address, const char *diagnostic);

/* What the notice says about each recipient, where the reader has not filled it in yet; the whole
 * of a reply of which the diagnostic has only the first line. */
void recipients_fill_notices(Report *report, const Letter *letter);

/* For letters whose text is all there is: diagnostic and notice of each recipient become what the
 * notice says about it. */
void recipients_fill_words(Report *report, const Letter *letter);

/* What became of the letter by the words of the notice, where no field says it: failed, delayed or
 * delivered. */
Action outcome_of(const Letter *letter);

/* The words of the notice, folded for phrases. (transfer full) */
char *letter_fold_notice(const Letter *letter);

/* text (may be NULL) quotes a reply of refusal, or an enhanced code of one. */
bool reply_is_refusal(const char *text);

/* Which address is it? recipient becomes the one that the sender's list knows, from what was found
 * and from the returned message; the same failure told twice becomes one. */
void recipients_settle(Report *report, const Letter *letter);

/* A bounce that names nobody keeps what it says in nameless; others have none. */
void recipients_settle_nameless(Report *report, const Letter *letter);

/* The kind that follows from the actions: one failure makes a bounce. */
Kind recipients_kind(const Report *report);
