/* Encodes a Report as a flat record, and decodes one from an untrusted peer. */
#pragma once

#include "judge/rules.h"

enum { WIRE_MAX = 16 << 20 }; /* octets of an encoded Report */

/* Appends the record to out. A report that exceeds WIRE_MAX loses its last recipients and gets
 * NOTE_RECIPIENTS_CUT. The report stays as it is. */
void wire_encode(Report *report, GString *out);

/* Returns NULL if any field is invalid: a string that is not UTF-8, is too long or contains control
 * characters, an unknown enumeration value, a class that the taxonomy does not allow for the
 * reason, a rule or provider that does not exist, too many recipients. (transfer full) (nullable)
 */
Report *wire_decode(const char *bytes, size_t length, const Rules *rules);
