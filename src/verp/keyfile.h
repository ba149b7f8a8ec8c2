/* Files that hold a key: 64 hexadecimal digits and a line end, so that every language can read it.
 * Whoever can read such a file can forge, and whoever can write it can have his forgeries believed;
 * so it is used only where it is a regular file, not a link, of the user who runs the program, and
 * closed to everybody else (mode 0600 or less). The key is never printed and never stored. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "verp/verp.h"

enum { KEYFILE_SIZE = VERP_KEY_SIZE }; /* octets of a key */

/* A new key from the system's random numbers. A file that exists stays as it is, and is an error
 * (USAGE). Durable when it returns. */
bool keyfile_create(const char *path, GError **error);

/* What is wrong with the file, or with who reads it, is an error (CONFIG). */
bool keyfile_read(const char *path, guint8 key[KEYFILE_SIZE], GError **error);

/* Both keys that signed return paths are checked with; either path may be NULL. */
bool keyfile_read_keys(const char *path, const char *old_path, VerpKeys *out, GError **error);

/* Empty keys in memory of which a process that is forked later gets none (where the system can do
 * that: Linux, FreeBSD). NULL and *error (TEMPFAIL) where there is no memory. */
VerpKeys *keyfile_keys_new(GError **error);
void keyfile_keys_free(VerpKeys *keys); /* overwrites them; nullable */
