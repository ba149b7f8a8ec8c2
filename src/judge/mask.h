/* What is particular to one reply taken out of it, so that replies that say the same are the same.
 *
 * Placeholders are words in capitals, which folded text does not have: ADDRESS, USER (the
 * recipient's local part), HOST, IP, URL, NUMBER (also a date or a time), ID (of a queue, a
 * session, a help page). Enhanced status codes stay: they are part of what is said. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { MASK_MAX = 512 }; /* octets of the result */

/* folded: as fold() gives it. user: the recipient's local part, any case, or NULL. Cut at MASK_MAX
 * octets between characters. Linear. (transfer full) */
char *mask(const char *folded, const char *user);

/* Whether a placeholder stands at text; *length gets its octets, *example (nullable) something
 * invented that would be masked so. */
bool mask_is_placeholder(const char *text, size_t *length, const char **example);
