/* Removes from a reply what is specific to one message, so that replies that say the same become
 * equal.
 *
 * Placeholders are words in capitals, which folded text does not contain: ADDRESS, USER (the
 * recipient's local part), HOST, IP, URL, NUMBER (also a date or a time), ID (of a queue, a
 * session, a help page). Enhanced status codes stay, since they are part of the message's meaning.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { MASK_MAX = 512 }; /* octets of the result */

/* folded: text from fold(). user: the recipient's local part in any case, or NULL. The result is
 * cut at MASK_MAX octets, between characters. Linear. (transfer full) */
char *mask(const char *folded, const char *user);

/* Whether text begins with a placeholder. *length is set to its octets, *example (nullable) to an
 * invented text that would be masked as this placeholder. */
bool mask_is_placeholder(const char *text, size_t *length, const char **example);
