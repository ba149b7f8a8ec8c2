/* A Report as a GVariant, and back from a peer that is not trusted. */
#pragma once

#include "judge/rules.h"

enum { WIRE_MAX = 16 << 20 }; /* octets of an encoded Report */

/* A report too large for WIRE_MAX loses its last recipients and gains NOTE_RECIPIENTS_CUT.
 * Floating reference. */
GVariant *wire_encode(const Report *report);

/* The type of what wire_encode makes; static. */
const GVariantType *wire_type(void);

/* NULL where any field is out of its bounds: strings that are not UTF-8, too long or hold controls,
 * unknown enumeration values, a reason whose class the taxonomy does not allow, a rule or provider
 * that does not exist, too many recipients. (transfer full) (nullable) */
Report *wire_decode(GVariant *variant, const Rules *rules);
