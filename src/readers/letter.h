/* A letter as the readers see it: what the reporting system wrote in its own words, and the header
 * of the message that it returned, wherever the one ends and the other begins: in parts of their
 * own, or in one text with a line between them. */
#pragma once

#include "mail/message.h"
#include "readers/excerpt.h"

typedef struct {
  const Message *message; /* borrowed */
  char *subject;          /* its Subject, decoded and folded; "" where absent, never NULL */
  char *notice;           /* the words of the reporting system, LF line ends; never NULL */
  Excerpts *excerpts;     /* what the notice says about whom; never NULL */
  GPtrArray *returned;    /* (element-type Field) header of the returned message; never NULL */
  bool from_system;       /* its author is a mail system: mailer-daemon, postmaster */
  bool automatic;         /* it is that, or marked as written by no person */
} Letter;

/* message has to outlive the letter. Never NULL. */
Letter *letter_new(const Message *message);
void letter_free(Letter *letter);

/* A field of the letter itself, or of the returned message; NULL where absent. */
const char *letter_header(const Letter *letter, const char *name);
const char *letter_returned(const Letter *letter, const char *name);

/* The notice folded for phrases, its first 64 KiB at most. (transfer full) */
char *letter_fold_notice(const Letter *letter);

/* A part of the letter itself holds the fields of a report. */
bool letter_has_status_part(const Letter *letter);

/* The returned message's own header proves that it was sent to address: a delivery field, or the
 * envelope recipient that a server noted in Received ("for <a@b>"). */
bool letter_was_sent_to(const Letter *letter, const char *address);

/* "screenname": some systems drop their own domain. The whole address, where exactly one addressee
 * of the returned message has that local part; else NULL. (transfer full) (nullable) */
char *letter_complete(const Letter *letter, const char *local);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Letter, letter_free)
