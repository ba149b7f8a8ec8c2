/* Letters that no honest system writes: the shapes that have cost mail parsers seconds, gigabytes
 * or their lives. Used by the unit tests, the fuzzer's seeds and tests/hostile-letter. */
#pragma once

#include <glib.h>

/* Names of all shapes, NULL-terminated; borrowed. */
const char *const *hostile_names(void);

/* A letter of that shape, about size octets long; NULL for an unknown name. (transfer full) */
GString *hostile_letter(const char *name, size_t size);
