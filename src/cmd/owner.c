#include "config.h"

#include "cmd/owner.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/permission.h"

static char *became;

void
owner_clear(Owner *owner)
{
  g_free(owner->name);
  g_free(owner->home);
}

/* Without any of its directories, it is for whoever runs this. */
static void
stat_nearest(const char *path, struct stat *st)
{
  g_autofree char *at = g_strdup(path);
  while (stat(at, st) != 0) {
    char *above = g_path_get_dirname(at);
    bool top = strcmp(above, at) == 0;
    g_free(at);
    at = above;
    if (top) {
      *st = (struct stat){.st_uid = geteuid(), .st_gid = getegid()};
      return;
    }
  }
}

void
owner_of(const char *path, Owner *out)
{
  struct stat st;
  stat_nearest(path, &st);
  *out = (Owner){.uid = st.st_uid, .gid = st.st_gid};
  const struct passwd *entry = getpwuid(st.st_uid);
  if (entry == NULL)
    return;
  out->gid = entry->pw_gid;
  out->name = g_strdup(entry->pw_name);
  out->home = g_strdup(entry->pw_dir);
}

bool
owner_drop(const Owner *owner, GError **error)
{
  bool groups =
      owner->name != NULL ? initgroups(owner->name, owner->gid) == 0 : setgroups(0, NULL) == 0;
  if (!groups || setgid(owner->gid) != 0 || setuid(owner->uid) != 0)
    return throw_errno(error, "cannot become user %ld", (long)owner->uid);
  return true;
}

bool
owner_become(const char *path, GError **error)
{
  g_auto(Owner) owner = {0};
  struct stat st;
  if (geteuid() != 0)
    return true;
  stat_nearest(path, &st);
  if (st.st_uid == 0) /* nobody to look up */
    return true;
  owner_of(path, &owner);
  if (!owner_drop(&owner, error))
    return false;
  became = permission_user(owner.uid); /* for the rest of the run */
  return true;
}

uid_t
owner_invoker(void)
{
  return became != NULL ? 0 : getuid();
}

const char *
owner_became(void)
{
  return became;
}

bool
owner_is_other(const char *database)
{
  struct stat st;
  if (geteuid() == 0 || access(database, R_OK | W_OK) == 0 || errno != EACCES)
    return false;
  stat_nearest(database, &st);
  return st.st_uid != 0 && st.st_uid != geteuid();
}

void
owner_explain(const char *database, const char *file, GError **error)
{
  struct stat st;
  if (!owner_is_other(database))
    return;
  stat_nearest(database, &st);
  g_autofree char *owner = permission_user(st.st_uid), *user = permission_user(geteuid());
  g_clear_error(error);
  throw(error, BOUNCEDB_ERROR_TEMPFAIL,
        "%s belongs to %s, and this is user %s: run bouncedb as %s, or name another database in "
        "~/.config/bouncedb/bouncedb.conf%s%s%s",
        database, owner, user, owner, file != NULL ? " (" : "", file != NULL ? file : "",
        file != NULL ? " names this one)" : "");
}

bool
owner_check_delivery(const char *database, GError **error)
{
  struct stat st;
  /* if it is missing, opening it tells */
  if (geteuid() != 0 || stat(database, &st) != 0 || st.st_uid == 0)
    return true;
  g_autofree char *user = permission_user(st.st_uid);
  return throw(error, BOUNCEDB_ERROR_TEMPFAIL,
               "%s belongs to %s, but the mail server runs this as root; in its configuration, set"
               " user = %s for this command (bouncedb-mta(7))",
               database, user, user);
}
