/* What readers read: a message split into the reporting system's own words and the header of the
 * message that it returned. The two may be MIME parts of their own, or one text with a line between
 * them. */
#pragma once

#include "mail/message.h"
#include "readers/excerpt.h"
#include "readers/parties.h"
#include "readers/transcript.h"

typedef struct {
  const Message *message; /* borrowed */
  char *subject;          /* the message's, decoded and folded; "" if absent, never NULL */
  char *notice;           /* the reporting system's words, LF line ends; never NULL */
  Excerpts *excerpts;     /* what the notice says about each address; never NULL */
  Transcript *transcript; /* of the session, in the notice; NULL = none */
  GPtrArray *returned;    /* (element-type Field) header of the returned message; never NULL */
  Parties *parties;       /* who sent the returned message, and to which addresses; never NULL */
  bool from_system;       /* sent by a mail system: mailer-daemon, postmaster */
  bool marked;            /* by its header as not written by a person */
  bool automatic;         /* marked, or from_system */
  bool program_output;    /* of cron, root or a journal: may quote anything */
} Letter;

/* message must outlive the letter. Never NULL. */
Letter *letter_new(const Message *message);
void letter_free(Letter *letter);

/* Whether a mail system calls itself that in From or in a subject. */
bool letter_names_system(const char *from);

/* A field of the message itself, or of the returned message; NULL if absent. */
const char *letter_header(const Letter *letter, const char *name);
const char *letter_returned(const Letter *letter, const char *name);

/* Whether the subject speaks of a delivery that failed or is late. */
bool letter_is_headed(const Letter *letter);

/* Whether the subject says that a message failed, and the notice quotes the reply of a server. */
bool letter_quotes_refusal(const Letter *letter);

/* Whether it answers the message whose header it returns, and quotes the refusal of a server. */
bool letter_returns_refusal(const Letter *letter);

/* Whether a mailing list or a newsletter system distributed the message. */
bool letter_is_list_mail(const Letter *letter);

/* The notice folded for phrases, its first 64 KiB at most. (transfer full) */
char *letter_fold_notice(const Letter *letter);

/* Whether the message has a part with the fields of a report, outside the returned message. */
bool letter_has_status_part(const Letter *letter);

/* Completes "screenname", which some systems write without their own domain: returns the addressee
 * of the returned message with that local part, or NULL unless there is exactly one. (transfer
 * full) (nullable) */
char *letter_complete(const Letter *letter, const char *local);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Letter, letter_free)
