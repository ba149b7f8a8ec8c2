/* Encodes a Report as a GVariant, and decodes one from an untrusted peer. */
#pragma once

#include "judge/rules.h"

enum { WIRE_MAX = 16 << 20 }; /* octets of an encoded Report */

/* A report that exceeds WIRE_MAX loses its last recipients and gets NOTE_RECIPIENTS_CUT. Returns a
 * floating reference. */
GVariant *wire_encode(const Report *report);

/* The type of what wire_encode returns; static. */
const GVariantType *wire_type(void);

/* Returns NULL if any field is invalid: a string that is not UTF-8, is too long or contains control
 * characters, an unknown enumeration value, a class that the taxonomy does not allow for the
 * reason, a rule or provider that does not exist, too many recipients. (transfer full) (nullable)
 */
Report *wire_decode(GVariant *variant, const Rules *rules);
