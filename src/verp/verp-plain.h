/* Return paths that name the recipient without proving anything: variable envelope return paths as
 * mail servers and list managers have always written them. */
#pragma once

#include <glib.h>

/* The recipient that such an address names:
 *
 *     base+ann=example.net@host         Postfix, Exim, Sendmail, Mailman (list-bounces+...)
 *     base-ann=example.net@host         qmail
 *     base+ann==a==example.net==list@host   Sympa
 *
 * base (nullable): the address that bounces come to; with it only what is built on it is one.
 * NULL where it names nobody. Mautic's base+bounce_HASH@host names nobody: only Mautic knows whose
 * hash it is. (transfer full) (nullable) */
char *verp_plain_recipient(const char *address, const char *base);
