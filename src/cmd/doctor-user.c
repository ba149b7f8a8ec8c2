/* Root may do anything, so what root can do says nothing about deliveries. */
#include "config.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/doctor.h"

typedef struct {
  uid_t uid;
  gid_t gid;
  char *name, *home;
} User;

static void
user_clear(User *user)
{
  g_free(user->name);
  g_free(user->home);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(User, user_clear)

static void
set_user(User *user, const struct passwd *entry)
{
  user->uid = entry->pw_uid;
  user->gid = entry->pw_gid;
  user->name = g_strdup(entry->pw_name);
  user->home = g_strdup(entry->pw_dir);
}

/* The owner of the database; if there is none, whoever runs this. A number need not have a name. */
static void
find_owner(const Context *context, User *out)
{
  struct stat st = {.st_uid = geteuid(), .st_gid = getegid()};
  stat(context->settings->database, &st);
  const struct passwd *entry = getpwuid(st.st_uid);
  *out = (User){.uid = st.st_uid, .gid = st.st_gid};
  if (entry != NULL)
    set_user(out, entry);
}

static bool
find_user(const Context *context, const char *name, User *out, GError **error)
{
  if (name == NULL) {
    find_owner(context, out);
    return true;
  }
  const struct passwd *entry = getpwnam(name);
  if (entry == NULL)
    return throw(error, BOUNCEDB_ERROR_USAGE, "no such user: %s", name);
  set_user(out, entry);
  return true;
}

static bool
drop(const User *user, GError **error)
{
  bool groups =
      user->name != NULL ? initgroups(user->name, user->gid) == 0 : setgroups(0, NULL) == 0;
  if (!groups || setgid(user->gid) != 0 || setuid(user->uid) != 0)
    return throw_errno(error, "cannot become user %ld", (long)user->uid);
  g_setenv("HOME", user->home != NULL ? user->home : "/nonexistent", true);
  g_unsetenv("XDG_CONFIG_HOME");
  g_unsetenv("XDG_DATA_HOME");
  return true;
}

static bool
reload(Context *context, GError **error)
{
  settings_free(context->settings);
  context->settings = settings_load(context->config_file, context->database, error);
  return context->settings != NULL;
}

bool
doctor_become_user(Context *context, const char *name, GError **error)
{
  g_auto(User) user = {0};
  if (geteuid() != 0 && name == NULL)
    return true;
  if (!find_user(context, name, &user, error))
    return false;
  if (user.uid == geteuid())
    return true;
  if (geteuid() != 0)
    return throw(error, BOUNCEDB_ERROR_USAGE, "only root can check for another user");
  return drop(&user, error) && reload(context, error);
}
