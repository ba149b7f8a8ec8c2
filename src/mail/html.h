/* The text of an HTML document, as far as matching words needs it. */
#pragma once

#include <stddef.h>

/* Tags, comments, scripts and styles go; block elements begin a new line; white space is squeezed;
 * character references become characters. Broken markup is text. Input: valid UTF-8. Linear in
 * length, and the text is never longer than the document. (transfer full) */
char *html_to_text(const char *html, size_t length);
