/* Folding text for matching: differences without meaning disappear. */
#pragma once

#include <glib.h>

/* In lower case, with every run of white space made one blank and outer blanks removed, typographic
 * quotes and dashes made ASCII, and full-width characters made half-width. utf8: valid. Linear.
 * (transfer full) */
char *fold(const char *utf8);
