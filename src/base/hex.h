/* Octets as hexadecimal digits. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define HEX_SIZE(octets) (2 * (octets) + 1) /* with the NUL */

/* In lower case; out holds HEX_SIZE(n). */
void hex_write(const guint8 *octets, gsize n, char *out);

/* Reads the 2 * n digits, of either case, at the beginning of text. false if there are fewer; out
 * is then undefined. */
bool hex_read(const char *text, guint8 *out, gsize n);
