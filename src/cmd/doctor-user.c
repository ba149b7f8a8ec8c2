/* Root may do anything, so what root can do says nothing about deliveries. */
#include "config.h"

#include <pwd.h>
#include <unistd.h>

#include "cmd/doctor.h"
#include "cmd/owner.h"

static bool
find_user(const Context *context, const char *name, Owner *out, GError **error)
{
  if (name == NULL) {
    owner_of(context->settings->database, out);
    return true;
  }
  const struct passwd *entry = getpwnam(name);
  if (entry == NULL)
    return throw(error, BOUNCEDB_ERROR_USAGE, "no such user: %s", name);
  *out = (Owner){entry->pw_uid, entry->pw_gid, g_strdup(entry->pw_name), g_strdup(entry->pw_dir)};
  return true;
}

/* As the mail server sets the environment. */
static void
set_environment(const Owner *user)
{
  g_setenv("HOME", user->home != NULL ? user->home : "/nonexistent", true);
  g_unsetenv("XDG_CONFIG_HOME");
  g_unsetenv("XDG_DATA_HOME");
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
  g_auto(Owner) user = {0};
  if (geteuid() != 0 && name == NULL)
    return true;
  if (!find_user(context, name, &user, error))
    return false;
  if (user.uid == geteuid())
    return true;
  if (geteuid() != 0)
    return throw(error, BOUNCEDB_ERROR_USAGE, "only root can check for another user");
  if (!owner_drop(&user, error))
    return false;
  set_environment(&user);
  return reload(context, error);
}
