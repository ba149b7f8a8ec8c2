/* Key files: 64 hexadecimal digits and a line end, so that any language can read them. Anyone who
 * can read or write such a file can forge return paths. So it must be a regular file, not a link,
 * that belongs to the user who runs the program and that nobody else can access (mode 0600 or
 * less). A key is never printed, and never stored elsewhere. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "verp/verp.h"

enum { KEYFILE_SIZE = VERP_KEY_SIZE }; /* octets of a key */

/* Creates a random key. An existing file is an error (USAGE) and is not touched. On disk when this
 * returns. */
bool keyfile_create(const char *path, GError **error);

/* A file that is missing, unsafe or malformed is an error (CONFIG). */
bool keyfile_read(const char *path, guint8 key[KEYFILE_SIZE], GError **error);

/* The keys that signed return paths are checked with. path, old_path: nullable. */
bool keyfile_read_keys(const char *path, const char *old_path, VerpKeys *out, GError **error);

/* Empty keys, in memory that is not passed on to processes forked later (if the system can do that:
 * Linux, FreeBSD). NULL if there is no memory (TEMPFAIL). */
VerpKeys *keyfile_keys_new(GError **error);
void keyfile_keys_free(VerpKeys *keys); /* overwrites them; nullable */
