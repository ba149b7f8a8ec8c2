/* Opening files that somebody else might have put there, or might change.
 *
 * Every file whose name comes from the configuration goes through here. No symbolic link is
 * followed in place of a file that is written, no pipe or device makes the program wait, and what
 * is checked is the open file, not what had its name before. */
#pragma once

#include "base/error.h"

/* It is a regular file; and: */
typedef enum {
  SAFE_REGULAR = 0,       /* nothing else */
  SAFE_OWN = 1 << 0,      /* it belongs to this user */
  SAFE_OURS = 1 << 1,     /* it belongs to this user or to root */
  SAFE_UNSHARED = 1 << 2, /* only its owner can write it */
  SAFE_PRIVATE = 1 << 3,  /* only its owner can read or write it */
  SAFE_ONE_NAME = 1 << 4, /* it has no second hard link */
  SAFE_MAY_LINK = 1 << 5, /* a symbolic link may lead to it, if this user or root made the link */

  /* What tells us what to do: others must not be able to write it, but may read it. It may be
   * managed as a link to a file elsewhere. */
  SAFE_CONFIGURATION = SAFE_OURS | SAFE_UNSHARED | SAFE_MAY_LINK,
} SafeRules;

/* open(2) with these flags (O_RDONLY, O_CREAT and so on), O_NOFOLLOW, O_NONBLOCK and O_CLOEXEC; a
 * new file has mode 0600. Returns a descriptor, or -1 with *error set: its code is code, and its
 * text names the file and, if an owner or a mode is wrong, the command that corrects it. errno is
 * then that of open(2), or 0 if a rule is broken. */
int safe_open(const char *path, int flags, SafeRules rules, BouncedbError code, GError **error);

/* Reads a whole file of at most max octets; what is read from a file that grows is bounded, too. A
 * NUL follows the text. errno as above. (transfer full) (nullable) */
char *safe_read(const char *path, SafeRules rules, gsize max, gsize *length, BouncedbError code,
                GError **error);

/* Reads a descriptor, called name in errors, to its end, likewise. */
char *safe_read_fd(int fd, const char *name, gsize max, gsize *length, BouncedbError code,
                   GError **error);

/* The same rules for a file that a library opens by its name: what has the name now. */
bool safe_name(const char *path, SafeRules rules, BouncedbError code, GError **error);

/* Whether only this user and root can put files into the directory. If not, *error (TEMPFAIL) says
 * what corrects it. A directory that does not exist is safe. */
bool safe_folder(const char *path, GError **error);
