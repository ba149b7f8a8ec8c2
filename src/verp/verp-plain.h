/* Plain variable envelope return paths, as mail servers and list managers have always written them:
 * they name the recipient but prove nothing. */
#pragma once

#include <glib.h>

/* The recipient that a return path names:
 *
 *     base+ann=example.net@host         Postfix, Exim, Sendmail, Mailman (list-bounces+...)
 *     base-ann=example.net@host         qmail
 *     base+ann==a==example.net==list@host   Sympa
 *
 * base (nullable): the address that bounces are sent to; if set, only addresses made from it are
 * recognised. NULL if address does not name a recipient, as Mautic's base+bounce_HASH@host, whose
 * hash only Mautic can resolve. (transfer full) (nullable) */
char *verp_plain_recipient(const char *address, const char *base);
