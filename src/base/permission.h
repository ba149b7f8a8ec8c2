/* Why this process cannot use a file, in words that name the command that repairs it. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

/* What keeps this process from the file or directory at path, such as "/x/b.db-wal belongs to root,
 * mode 600, and this is user bounce (chown bounce /x/b.db-wal)". access: R_OK, W_OK, X_OK of
 * access(2). If a directory above it cannot be entered, the text is about that one. NULL if the
 * access is possible, or if there is no such file. (transfer full) (nullable) */
char *permission_problem(const char *path, int access);

/* The name of a user, or the number if it has no name. (transfer full) */
char *permission_user(uid_t uid);

/* path as a word of the shell: quoted if it has to be. (transfer full) */
char *permission_quote(const char *path);
