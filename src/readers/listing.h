/* Listings: what programs write about many deliveries at once. */
#pragma once

#include <stdbool.h>

/* Whether the text has lines of a mail log, of a queue, of a summary that counts replies, or of a
 * quarantine digest. Looks at the first lines only; linear. */
bool listing_is(const char *notice);
