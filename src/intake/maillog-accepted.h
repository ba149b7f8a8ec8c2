/* Whether a line of a mail log proves that the recipient's own host accepted a message.
 *
 * A relay accepts mail for everybody, so its word is worth nothing. Taken for relays are the hosts
 * that the administrator names, whatever is reached by another way than SMTP on port 25, loopback
 * and private addresses, and Exim's routers and transports with "smarthost" in their names. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Parses host names and addresses, with blanks or commas between them. NULL if a word is neither.
 * (transfer full) */
GStrv maillog_relays(const char *text);

/* Whether the text is an IP address; and whether it is a loopback or link-local address or one of a
 * private network (RFC 1918, RFC 4193), or no address at all, but a socket. */
bool maillog_is_address(const char *text);
bool maillog_is_internal(const char *address);

/* program: "postfix/smtp[7]:" and what follows. fields: what follows the addresses of the line:
 * ", relay=..." relays: from maillog_relays(), a name includes the names below it; NULL = none. */
bool maillog_accepted_postfix(const char *program, const char *fields, const GStrv relays);

/* fields: what follows the addresses: "R=dnslookup T=remote_smtp H=...". */
bool maillog_accepted_exim(const char *fields, const GStrv relays);
