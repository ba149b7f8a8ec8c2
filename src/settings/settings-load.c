/* The settings as a whole: which file is read, and the defaults that depend on other settings. */
#include "config.h"

#include <string.h>

#include "base/dates.h"
#include "settings/settings-private.h"

void
settings_free(Settings *settings)
{
  if (settings == NULL)
    return;
  g_free(settings->file);
  g_ptr_array_unref(settings->assignments);
  g_free(settings->database);
  g_free(settings->keep);
  g_free(settings->keep_for);
  g_free(settings->retention);
  g_free(settings->webhook.login);
  g_free(settings->webhook.mailchimp_key);
  g_free(settings->webhook.mailchimp_url);
  g_free(settings->webhook.mailgun_key);
  g_free(settings->webhook.sendgrid_key);
  g_free(settings->webhook.sns_certificate);
  g_free(settings->webhook.sns_topic);
  g_free(settings->rules);
  g_free(settings->thresholds.never);
  g_strfreev(settings->relays);
  g_strfreev(settings->subscriber_headers);
  g_ptr_array_unref(settings->lists);
  g_free(settings->trends_hook);
  g_free(settings->fleet_connection);
  g_free(settings->fleet_name);
  g_free(settings->fleet_read_connection);
  g_free(settings->verp_base);
  g_free(settings->verp_key);
  g_free(settings->verp_key_old);
  g_free(settings);
}

TrustBasis
settings_trust_basis(const Settings *settings, const VerpKeys *keys, gint64 now)
{
  return (TrustBasis){.keys = keys,
                      .base = settings->verp_base,
                      .policy = (TrustPolicy)settings->verp_policy,
                      .proven = settings->thresholds.unproven == UNSIGNED_NEVER,
                      .vouched = settings->events_trusted,
                      .now = now,
                      .sent_since = now - settings->sent_days * SECONDS_PER_DAY};
}

/* A directory of the XDG base directory specification, which says to ignore relative paths. */
static char *
xdg_folder(const char *variable, const char *below_home, GError **error)
{
  const char *value = g_getenv(variable);
  if (value != NULL && g_path_is_absolute(value))
    return g_strdup(value);
  g_autofree char *home = settings_home(error);
  return home != NULL ? g_build_filename(home, below_home, NULL) : NULL;
}

static bool
read_default_file(Settings *settings, GError **error)
{
  g_autofree char *folder = xdg_folder("XDG_CONFIG_HOME", ".config", error);
  if (folder == NULL)
    return false;
  g_autofree char *own = g_build_filename(folder, "bouncedb", "bouncedb.conf", NULL);
  bool found = false;
  if (!settings_read_file(settings, own, &found, error))
    return false;
  return found || settings_read_file(settings, SYSCONFDIR "/bouncedb/bouncedb.conf", &found, error);
}

/* Defaults that depend on other settings. With a key the default policy is "require". Without one
 * nothing could be verified, so it is "off". */
static bool
complete(Settings *settings, const char *database, GError **error)
{
  if (settings->verp_policy == POLICY_UNSET)
    settings->verp_policy = settings->verp_key != NULL ? POLICY_REQUIRE : POLICY_OFF;
  if (database != NULL) {
    g_free(settings->database);
    settings->database = g_canonicalize_filename(database, NULL);
  }
  if (settings->database == NULL) {
    g_autofree char *folder = xdg_folder("XDG_DATA_HOME", ".local/share", error);
    if (folder == NULL)
      return false;
    settings->database = g_build_filename(folder, "bouncedb", "bounces.db", NULL);
    settings->database_default = true;
  }
  if (settings->keep == NULL) {
    g_autofree char *folder = g_path_get_dirname(settings->database);
    settings->keep = g_build_filename(folder, "keep", NULL);
  }
  return true;
}

/* A list file that is written in place of the database would be its end. */
static bool
check_lists(const Settings *settings, GError **error)
{
  for (guint i = 0; i < settings->lists->len; i++) {
    const ListFile *list = g_ptr_array_index(settings->lists, i);
    g_autofree char *path = g_canonicalize_filename(list->path, "/");
    g_autofree char *database = g_canonicalize_filename(settings->database, "/");
    if (strcmp(path, database) == 0)
      return throw(error, BOUNCEDB_ERROR_CONFIG,
                   "%s: %s cannot be both the database and a list file",
                   settings->file != NULL ? settings->file : "--db", list->path);
  }
  return true;
}

Settings *
settings_load(const char *file, const char *database, GError **error)
{
  g_autoptr(Settings) settings = g_new0(Settings, 1);
  if (!settings_set_defaults(settings, error))
    return NULL;
  bool ok = file != NULL ? settings_read_file(settings, file, NULL, error)
                         : read_default_file(settings, error);
  return ok && complete(settings, database, error) && check_lists(settings, error)
             ? g_steal_pointer(&settings)
             : NULL;
}
