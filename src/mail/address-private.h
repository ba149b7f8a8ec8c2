/* The pieces of an address: shared by address.c and address-find.c. */
#pragma once

#include <stddef.h>

#include "mail/address.h"

enum { ADDRESS_LOCAL_MAX = 64 * 4 }; /* octets; RFC 5321 4.5.3.1.1 says 64, but VERP writes more */

/* The length of the domain or address literal at text, without trailing dots; 0 if there is none.
 */
size_t address_domain_length(const char *text);

/* The mailbox at the beginning of text; *used is set to the octets that it takes. (transfer full)
 * (nullable) */
char *address_read_mailbox(const char *text, size_t *used);

/* The same for a local part with blanks that lacks its quotes ("front desk@example.net"). The
 * result has them. (transfer full) (nullable) */
char *address_read_blanks(const char *text, size_t *used);
