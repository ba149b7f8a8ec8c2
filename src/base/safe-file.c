#include "config.h"

#include "base/safe-file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/permission.h"

static bool
is_ours(uid_t uid)
{
  return uid == geteuid() || uid == 0;
}

static bool
wrong_owner(const char *path, const struct stat *st, BouncedbError code, GError **error)
{
  g_autofree char *owner = permission_user(st->st_uid), *user = permission_user(geteuid());
  g_autofree char *word = permission_quote(path);
  return throw(error, code, "%s: belongs to %s, and this is user %s (chown %s %s)", path, owner,
               user, user, word);
}

static bool
wrong_mode(const char *path, const struct stat *st, mode_t forbidden, BouncedbError code,
           GError **error)
{
  g_autofree char *word = permission_quote(path);
  unsigned mode = (unsigned)st->st_mode & 07777;
  return throw(error, code, "%s: mode %03o lets other users %s it (chmod %03o %s)", path, mode,
               (mode & 0022) != 0 ? "write" : "read",
               mode & ~(unsigned)forbidden & (forbidden == 0077 ? 0600 : 07777), word);
}

static bool
check(const char *path, const struct stat *st, SafeRules rules, BouncedbError code, GError **error)
{
  mode_t forbidden = (rules & SAFE_PRIVATE) != 0 ? 0077 : (rules & SAFE_UNSHARED) != 0 ? 0022 : 0;
  if (!S_ISREG(st->st_mode))
    return throw(error, code, "%s: not a regular file", path);
  if (((rules & SAFE_OWN) != 0 && st->st_uid != geteuid()) ||
      ((rules & SAFE_OURS) != 0 && !is_ours(st->st_uid)))
    return wrong_owner(path, st, code, error);
  if ((st->st_mode & forbidden) != 0)
    return wrong_mode(path, st, forbidden, code, error);
  /* 0: it was removed while we opened it */
  if ((rules & SAFE_ONE_NAME) != 0 && st->st_nlink > 1)
    return throw(error, code, "%s: has %lu hard links; it should have no other name", path,
                 (unsigned long)st->st_nlink);
  return true;
}

/* Whoever can make links in the directory could lead us to any file that we can read, whose
 * contents an error message might then show. */
static bool
check_link(const char *path, BouncedbError code, GError **error)
{
  struct stat st;
  if (lstat(path, &st) != 0 || !S_ISLNK(st.st_mode) || is_ours(st.st_uid))
    return true;
  g_autofree char *owner = permission_user(st.st_uid);
  return throw(error, code, "%s: is a symbolic link that user %s made", path, owner);
}

static int
fail_open(const char *path, BouncedbError code, GError **error)
{
  int saved = errno;
  throw(error, code, "%s: %s", path, saved == ELOOP ? "is a symbolic link" : g_strerror(saved));
  errno = saved;
  return -1;
}

int
safe_open(const char *path, int flags, SafeRules rules, BouncedbError code, GError **error)
{
  bool may_link = (rules & SAFE_MAY_LINK) != 0;
  if (may_link && !check_link(path, code, error)) {
    errno = 0;
    return -1;
  }
  /* NONBLOCK: opening a pipe would wait for its other end */
  int fd = open(path, flags | O_NONBLOCK | O_CLOEXEC | (may_link ? 0 : O_NOFOLLOW), 0600);
  if (fd < 0)
    return fail_open(path, code, error);
  struct stat st;
  if (fstat(fd, &st) == 0 ? check(path, &st, rules, code, error)
                          : throw_errno(error, "%s: cannot examine", path))
    return fd;
  close(fd);
  errno = 0;
  return -1;
}

bool
safe_name(const char *path, SafeRules rules, BouncedbError code, GError **error)
{
  struct stat st;
  return lstat(path, &st) == 0 ? check(path, &st, rules, code, error)
                               : throw(error, code, "%s: %s", path, g_strerror(errno));
}

static bool
read_all(int fd, const char *path, GString *out, gsize max, BouncedbError code, GError **error)
{
  char buffer[16 << 10];
  for (;;) {
    ssize_t n = read(fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return throw_errno(error, "%s: cannot read", path);
    if (n == 0)
      return true;
    if ((gsize)n > max - out->len)
      return throw(error, code, "%s: is longer than %" G_GSIZE_FORMAT " bytes", path, max);
    g_string_append_len(out, buffer, n);
  }
}

char *
safe_read_fd(int fd, const char *name, gsize max, gsize *length, BouncedbError code, GError **error)
{
  g_autoptr(GString) text = g_string_new(NULL);
  if (!read_all(fd, name, text, max, code, error))
    return NULL;
  *length = text->len;
  return g_string_free(g_steal_pointer(&text), FALSE);
}

char *
safe_read(const char *path, SafeRules rules, gsize max, gsize *length, BouncedbError code,
          GError **error)
{
  int fd = safe_open(path, O_RDONLY, rules, code, error);
  if (fd < 0)
    return NULL;
  char *text = safe_read_fd(fd, path, max, length, code, error);
  close(fd);
  errno = 0;
  return text;
}

/* The sticky bit keeps others from removing our files, but not from adding a log to a database that
 * has none. */
bool
safe_folder(const char *path, GError **error)
{
  struct stat st;
  if (stat(path, &st) != 0)
    return errno == ENOENT || throw_errno(error, "%s", path);
  if (!is_ours(st.st_uid))
    return wrong_owner(path, &st, BOUNCEDB_ERROR_TEMPFAIL, error);
  if ((st.st_mode & 0022) == 0)
    return true;
  if ((st.st_mode & S_ISVTX) != 0)
    return throw(error, BOUNCEDB_ERROR_TEMPFAIL,
                 "%s: everyone can write there; use a directory that only this user can write",
                 path);
  return wrong_mode(path, &st, 0022, BOUNCEDB_ERROR_TEMPFAIL, error);
}
