/* Messages that no honest system writes: shapes that have cost mail parsers seconds, gigabytes or
 * crashes. Used by the unit tests, as seeds of the fuzzer, and by tests/system/hostile-letter. */
#pragma once

#include <glib.h>

/* The names of all shapes, NULL-terminated; static. */
const char *const *hostile_names(void);

/* A message of that shape, about size octets long; NULL for an unknown name. (transfer full)
 * (nullable) */
GString *hostile_letter(const char *name, size_t size);
