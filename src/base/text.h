/* Text in UTF-8.
 *
 * Unless its contract says otherwise, a function that takes a const char * without a length takes
 * text: valid UTF-8 that ends in NUL. Bytes from a message become text in charset.c, and the parent
 * checks the text in the worker's answer (wire.c). Whatever shortens text cuts it with text_cut():
 * after half a character, code that goes from one character to the next steps over the NUL.
 *
 * Operands and the database, which other programs can write, need not be UTF-8. fold(), json.c and
 * escape.c take any bytes. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

/* The length of the longest beginning of text that has at most max octets and ends between two
 * characters. Linear in max, whatever the length of text. */
size_t text_cut(const char *text, size_t max);

/* "1 message", "3 messages". (transfer full) */
char *text_count(guint64 n, const char *one, const char *many);
