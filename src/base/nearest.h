/* The names that a misspelt word may stand for. Case does not matter. */
#pragma once

#include <glib.h>
#include <stdbool.h>

enum { NEAREST_DISTANCE = 2 };

/* How many characters have to be inserted, removed, replaced or swapped with the next to turn one
 * word into the other; at most NEAREST_DISTANCE + 1. */
int nearest_distance(const char *word, const char *name);

/* "; did you mean list?", with every name that is nearest, within NEAREST_DISTANCE and less than
 * half of the word; otherwise the names that contain the word. "" if there are none, or too many.
 * names ends with NULL. (transfer full) */
char *nearest_hint(const char *word, const char *const *names);
