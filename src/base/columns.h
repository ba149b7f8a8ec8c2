/* Text in columns of a terminal, in which some characters take two columns and some none. Text is
 * UTF-8 that escape_terminal() made safe. */
#pragma once

#include <glib.h>
#include <stdbool.h>

enum { COLUMNS_DEFAULT = 80 };

/* The columns that the first length octets of text take. */
int columns_width(const char *text, gsize length);

/* The beginning of text, with "..." at its end if something is missing: at most max columns, max at
 * least 3. (transfer full) */
char *columns_cut(const char *text, int max);

/* Appends text and a newline, in lines of at most width columns that begin at column indent, where
 * the first one begins too. A line ends at a blank, or next to a wide character: Chinese and
 * Japanese have no blanks. A longer word stays whole. */
void columns_wrap(GString *out, const char *text, int indent, int width);
