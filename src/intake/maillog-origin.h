/* Whether a message in a mail log is one of our own.
 *
 * The log also has the messages that strangers send to this server, or through it, and they choose
 * the Message-IDs of these. So only messages count that were submitted on this machine, by a user
 * who logged in, or from a private address. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum {
  ORIGIN_UNKNOWN, /* the line does not tell */
  ORIGIN_OURS,
  ORIGIN_STRANGER,
} MailLogOrigin;

/* program: "postfix/smtpd[7]:" and what follows. fields: what follows the id of the message. */
MailLogOrigin maillog_origin_postfix(const char *program, const char *fields);

/* fields: what follows the sender in a line of Exim's: "H=... P=esmtps ..." */
MailLogOrigin maillog_origin_exim(const char *fields);

/* The Message-ID in such fields, without brackets. (transfer full) (nullable) */
char *maillog_message_id_exim(const char *fields);
