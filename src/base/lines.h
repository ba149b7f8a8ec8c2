/* Lines of text: what every reader of notices needs. Lines end in LF; all functions take borrowed
 * text and are linear. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h> /* SIZE_MAX */

/* Octets of the line at text, without its LF. */
size_t line_length(const char *text);

/* The line behind the one at text; the end of text where there is none. */
const char *line_next(const char *text);

/* Nothing but blanks in the first length octets, or up to the end. */
bool line_is_blank(const char *text, size_t length);

/* word in the first length octets of text, or up to its end, ASCII letters compared without case;
 * NULL where it is not. */
const char *line_find(const char *text, size_t length, const char *word);
