/* Reading a configuration file. The only module that uses GKeyFile. */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "base/safe-file.h"
#include "cmd/settings-private.h"

enum { FILE_MAX = 1 << 20 }; /* octets */

static const char list_prefix[] = "export ";

/* Finds what the table has under "export" for [export NAME], and nothing for a plain [export]. */
static const Setting *
find_setting(const char *group, const char *key)
{
  if (g_str_has_prefix(group, list_prefix) && group[strlen(list_prefix)] != '\0')
    return setting_find("export", key);
  return strcmp(group, "export") == 0 ? NULL : setting_find(group, key);
}

static void
begin_list(Settings *settings)
{
  ListFile *list = g_new0(ListFile, 1);
  list->format = &format_table[0];
  g_ptr_array_add(settings->lists, list);
}

/* Two lists in the same file would overwrite each other. */
static bool
end_list(const Settings *settings, const char *file, const char *group, GError **error)
{
  const ListFile *list = g_ptr_array_index(settings->lists, settings->lists->len - 1);
  if (list->path == NULL)
    return throw(error, BOUNCEDB_ERROR_CONFIG, "%s: [%s] has no file", file, group);
  for (guint i = 0; i + 1 < settings->lists->len; i++) {
    const ListFile *other = g_ptr_array_index(settings->lists, i);
    if (strcmp(other->path, list->path) == 0)
      return throw(error, BOUNCEDB_ERROR_CONFIG, "%s: [%s] file = %s belongs to another list", file,
                   group, list->path);
  }
  return true;
}

/* GKeyFile silently takes the last of several values. */
static bool
refuse_duplicates(const char *file, const char *text, GError **error)
{
  g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *group = g_strdup("");
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  for (char **line = lines; *line != NULL; line++) {
    const char *start = g_strstrip(*line);
    const char *equals = strchr(start, '=');
    if (*start == '[') {
      g_free(group);
      group = g_strdup(start);
    } else if (*start != '#' && equals != NULL) {
      g_autofree char *key = g_strndup(start, (gsize)(equals - start));
      g_strchomp(key);
      if (!g_hash_table_add(seen, g_strdup_printf("%s %s", group, key)))
        return throw(error, BOUNCEDB_ERROR_CONFIG, "%s: %s %s is set twice", file, group, key);
    }
  }
  return true;
}

static bool
apply_group(Settings *settings, const char *file, GKeyFile *keys, const char *group, GError **error)
{
  const Setting *any = find_setting(group, NULL);
  if (any == NULL)
    return throw(error, BOUNCEDB_ERROR_CONFIG, "%s: there is no group [%s]", file, group);
  if (setting_is_of_list(any))
    begin_list(settings);
  g_auto(GStrv) names = g_key_file_get_keys(keys, group, NULL, error);
  if (names == NULL)
    return false;
  for (char **name = names; *name != NULL; name++) {
    const Setting *setting = find_setting(group, *name);
    if (setting == NULL)
      return throw(error, BOUNCEDB_ERROR_CONFIG, "%s: [%s] has no key %s", file, group, *name);
    /* not g_key_file_get_string: nothing here needs its escapes */
    g_autofree char *value = g_key_file_get_value(keys, group, *name, error);
    if (value == NULL)
      return false;
    if (!setting_set(settings, setting, *name, g_strchomp(value), error)) {
      g_prefix_error(error, "%s: [%s] %s = %s ", file, group, *name, value);
      return false;
    }
  }
  return !setting_is_of_list(any) || end_list(settings, file, group, error);
}

static bool
check_verp(const Settings *settings, const char *file, GError **error)
{
  if (settings->verp_key != NULL)
    return true;
  if (settings->verp_policy == POLICY_REQUIRE)
    return throw(error, BOUNCEDB_ERROR_CONFIG,
                 "%s: [verp] policy = require needs a key: without one, no report can be verified",
                 file);
  return settings->verp_key_old == NULL ||
         throw(error, BOUNCEDB_ERROR_CONFIG, "%s: [verp] key-old needs a key too", file);
}

static bool
apply_text(Settings *settings, const char *file, const char *text, GError **error)
{
  g_autoptr(GKeyFile) keys = g_key_file_new();
  g_autoptr(GError) cause = NULL;
  if (!g_key_file_load_from_data(keys, text, strlen(text), G_KEY_FILE_NONE, &cause))
    return throw(error, BOUNCEDB_ERROR_CONFIG, "%s: %s", file, cause->message);
  if (!refuse_duplicates(file, text, error))
    return false;
  g_auto(GStrv) groups = g_key_file_get_groups(keys, NULL);
  for (char **group = groups; *group != NULL; group++)
    if (!apply_group(settings, file, keys, *group, error))
      return false;
  if (!check_verp(settings, file, error))
    return false;
  if (thresholds_check(&settings->thresholds, error))
    return true;
  g_prefix_error(error, "%s: [threshold] ", file);
  return false;
}

/* Whoever can write the configuration decides what is read and written with our rights. So only its
 * owner may be able to write it, and root trusts only a file of root's. */
bool
settings_read_file(Settings *settings, const char *file, bool *found, GError **error)
{
  g_autoptr(GError) cause = NULL;
  gsize length;
  g_autofree char *text =
      safe_read(file, SAFE_CONFIGURATION, FILE_MAX, &length, BOUNCEDB_ERROR_CONFIG, &cause);
  bool absent = text == NULL && (errno == ENOENT || errno == ENOTDIR);
  if (found != NULL)
    *found = !absent;
  if (absent && found != NULL)
    return true;
  if (text == NULL) {
    g_propagate_error(error, g_steal_pointer(&cause));
    return false;
  }
  if (strlen(text) != length)
    return throw(error, BOUNCEDB_ERROR_CONFIG, "%s: is not a text file", file);
  return apply_text(settings, file, text, error);
}
