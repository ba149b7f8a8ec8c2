/* A Report as a GVariant, and back from a peer that is not trusted. */
#pragma once

#include "rules.h"

/* Floating reference. */
GVariant *wire_encode(const Report *report);

/* NULL where any field is out of its bounds: strings that are not UTF-8, too long or hold controls,
 * unknown enumeration values, a reason whose class the taxonomy does not allow, a rule or provider
 * that does not exist, too many recipients. (transfer full) (nullable) */
Report *wire_decode(GVariant *variant, const Rules *rules);
