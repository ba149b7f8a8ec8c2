/* The text of an HTML document, good enough for matching words. */
#pragma once

#include <stddef.h>

/* Removes tags, comments, scripts and styles, begins a new line at block elements, squeezes white
 * space, and decodes character references. Broken markup is text. Input: valid UTF-8. Linear. The
 * text ends with a line feed, and apart from it is never longer than the document. (transfer full)
 */
char *html_to_text(const char *html, size_t length);
