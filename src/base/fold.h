/* Text folded for matching: what differs without meaning becomes equal. */
#pragma once

#include <glib.h>

/* Lower case, every run of white space one blank, outer blanks removed, typographic quotes and
 * dashes made ASCII, full-width letters made half-width. Input: valid UTF-8. Linear. (transfer
 * full) */
char *fold(const char *utf8);
