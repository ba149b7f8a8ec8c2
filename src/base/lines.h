/* Lines of text, which end in LF. All functions are linear. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h> /* SIZE_MAX */

/* The length of the line at text, without its LF. */
size_t line_length(const char *text);

/* The line after the one at text; the end of text if there is none. */
const char *line_next(const char *text);

/* Whether the first length octets, or all up to the end, are white space. */
bool line_is_blank(const char *text, size_t length);

/* Finds word in the first length octets, or up to the end, ignoring ASCII case. NULL if it is not
 * there. */
const char *line_find(const char *text, size_t length, const char *word);

/* The pairs of adjacent octets in a text, hashed, without ASCII case. Most words that a text does
 * not have, have a pair that it does not have either, so a search for many words costs little more
 * than reading the text once. */
typedef struct {
  uint64_t bits[16];
} LinePairs;

/* Of the first length octets, or up to the end. */
LinePairs line_pairs(const char *text, size_t length);

/* Whether the text may have word. Always true for a word of one octet. */
bool line_may_have(const LinePairs *pairs, const char *word);

/* Whether one of words (NULL-terminated) is there. */
bool line_has_any(const char *text, size_t length, const char *const *words);
