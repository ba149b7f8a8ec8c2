/* Whom the letter came from and to whom it went, as the mail server tells it.
 *
 * A mail server says this in many ways. Taken in this order: the options; the fields that servers
 * put above the first Received field at final delivery (those below it are the sender's own, and so
 * a stranger's word); the environment; for the sender at last the From_ line. All of it is checked:
 * what is no address within RFC 5321's limits counts as not told. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* head: the message as it came in. option: what the command line says; NULL = nothing.
 * environment: whether a mail server has made it for this message. The result is NULL where nobody
 * tells; the sender is "" for the null sender. (transfer full) */
char *envelope_sender(const char *option, bool environment, const char *head, size_t length);
char *envelope_recipient(const char *option, bool environment, const char *head, size_t length);

/* Everything that a mail server says about the address that the message came to, in the order in
 * which it can be a signed return path: option, ORIGINAL_RECIPIENT, RECIPIENT, LOCAL with
 * EXTENSION, and the fields. domain (nullable) is what an extension belongs to where the
 * environment does not say. (element-type char*) (transfer full) */
GPtrArray *envelope_recipients(const char *option, bool environment, const char *head,
                               size_t length, const char *domain);
