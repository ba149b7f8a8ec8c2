/* The pieces of an address: shared by address.c and address-find.c. */
#pragma once

#include <stddef.h>

#include "mail/address.h"

enum { ADDRESS_LOCAL_MAX = 64 * 4 }; /* octets; RFC 5321 4.5.3.1.1 says 64, but VERP writes more */

/* What may stand unquoted before the @. Laxer than RFC 5321's atext: dots anywhere, and 8-bit. */
bool address_is_local(char c);

/* Octets of the domain or address literal at text, without dots at its end; 0 where there is none.
 */
size_t address_domain_length(const char *text);

/* The mailbox at the very beginning of text; *used gets the octets that it takes. (transfer full)
 * (nullable) */
char *address_read_mailbox(const char *text, size_t *used);
