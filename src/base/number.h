/* Reading decimal numbers. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Reads the digits at *text, which moves past them. false if there are none, or the number is
 * greater than max. Does not depend on errno, which GLib's and the C library's functions trust: an
 * allocation on the way that fails at first, and then succeeds, may leave a value in it. */
bool number_read(const char **text, guint64 max, guint64 *out);

/* The same for a text that is nothing but a number from min to max. */
bool number_parse(const char *text, guint64 min, guint64 max, guint64 *out);
