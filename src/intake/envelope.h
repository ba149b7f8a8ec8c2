/* The envelope of a message: sender and recipient, as the mail server reports them.
 *
 * Mail servers do that in many ways, which are tried in this order: the options; the fields that
 * servers add above the first Received field at final delivery (those below it are the sender's
 * own, so they are not trusted); the environment; and for the sender, the From_ line. All of it is
 * checked: what is not an address within the limits of RFC 5321 counts as missing. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* head: the beginning of the message, as it came in. option: from the command line; NULL = not
 * given. environment: whether a mail server made it for this message. The result is NULL if nothing
 * reports it, and "" for the null sender. (transfer full) (nullable) */
char *envelope_sender(const char *option, bool environment, const char *head, size_t length);
char *envelope_recipient(const char *option, bool environment, const char *head, size_t length);

/* Whether the environment says that a mail server runs us, to deliver a message. */
bool envelope_in_environment(void);

/* All addresses that the mail server reports as the recipient, in the order in which they may be
 * the signed return path: option, ORIGINAL_RECIPIENT, RECIPIENT, LOCAL with EXTENSION, and the
 * fields. domain (nullable): what an extension belongs to, if the environment does not say.
 * (element-type char*) (transfer full) */
GPtrArray *envelope_recipients(const char *option, bool environment, const char *head,
                               size_t length, const char *domain);

/* Adds further recipients (element-type char*) of the envelope to these. */
void envelope_add_recipients(GPtrArray *candidates, const GPtrArray *recipients);
