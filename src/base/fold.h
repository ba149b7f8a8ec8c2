/* Folding text for matching: differences without meaning disappear. */
#pragma once

#include <glib.h>

/* In lower case, with every run of white space made one blank and outer blanks removed, typographic
 * quotes and dashes made ASCII, and full-width characters made half-width. What is not UTF-8
 * becomes U+FFFD. Linear. (transfer full) */
char *fold(const char *utf8);

/* The same piece by piece: two blanks or more in the text, where a paragraph, an indented line or a
 * list began, become a line feed. (transfer full) */
char *fold_lines(const char *utf8);
