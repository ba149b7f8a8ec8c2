#include "config.h"

#include "base/permission.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *
permission_user(uid_t uid)
{
  const struct passwd *entry = getpwuid(uid);
  return entry != NULL ? g_strdup(entry->pw_name) : g_strdup_printf("%ld", (long)uid);
}

char *
permission_quote(const char *path)
{
  static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                              "/._-+@%:,=";
  bool safe = *path != '\0' && strspn(path, plain) == strlen(path);
  return safe ? g_strdup(path) : g_shell_quote(path);
}

/* The bits of the owner that grant the access. */
static unsigned
needed_mode(const struct stat *st, int access)
{
  unsigned bits = (access & R_OK ? 0400 : 0) | (access & W_OK ? 0200 : 0);
  return ((unsigned)st->st_mode & 07777) | bits | (S_ISDIR(st->st_mode) ? 0700 : 0);
}

static char *
describe(const char *path, const struct stat *st, int access)
{
  g_autofree char *owner = permission_user(st->st_uid), *user = permission_user(geteuid());
  g_autofree char *word = permission_quote(path);
  unsigned mode = (unsigned)st->st_mode & 07777;
  /* Whoever owns a directory far above ours keeps it. */
  if (access == X_OK && st->st_uid != geteuid())
    return g_strdup_printf("user %s cannot enter %s, which belongs to %s, mode %03o (chmod a+x %s)",
                           user, path, owner, mode, word);
  if (st->st_uid == geteuid())
    return g_strdup_printf("%s has mode %03o, which shuts out its owner, %s (chmod %03o %s)", path,
                           mode, owner, needed_mode(st, access), word);
  return g_strdup_printf("%s belongs to %s, mode %03o, and this is user %s (chown %s %s)", path,
                         owner, mode, user, user, word);
}

/* access(2) also knows about file systems that are mounted read-only, and about access control
 * lists. It asks for the real user, who is the effective one here. */
char *
permission_problem(const char *path, int mode)
{
  struct stat st;
  if (access(path, mode) == 0 || errno == ENOENT)
    return NULL;
  int saved = errno;
  if (stat(path, &st) == 0)
    return saved == EACCES || saved == EPERM ? describe(path, &st, mode)
                                             : g_strdup_printf("%s: %s", path, g_strerror(saved));
  g_autofree char *folder = g_path_get_dirname(path);
  if (errno != EACCES || strcmp(folder, path) == 0)
    return g_strdup_printf("%s: %s", path, g_strerror(errno));
  return permission_problem(folder, X_OK);
}
