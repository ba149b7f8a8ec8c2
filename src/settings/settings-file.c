/* Reading a configuration file. The only module that uses GKeyFile. */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "base/safe-file.h"
#include "base/nearest.h"
#include "settings/settings-private.h"

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

/* --- lines -------------------------------------------------------------------------------------*/

/* A line of the file. Everything is borrowed from the copy that is being split. */
typedef struct {
  guint number;
  char *group, *key; /* key: NULL for the head of a group */
  bool assigns;      /* key = value */
} Line;

typedef struct {
  GStrv lines;
  guint next;
  char *group;
} Lines;

static void
lines_init(Lines *lines, const char *text)
{
  *lines = (Lines){.lines = g_strsplit(text, "\n", -1)};
}

static void
lines_clear(Lines *lines)
{
  g_strfreev(lines->lines);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Lines, lines_clear)

/* The next line that is neither blank nor a comment. */
static bool
lines_next(Lines *lines, Line *out)
{
  for (char *text; (text = lines->lines[lines->next]) != NULL;) {
    lines->next++;
    g_strstrip(text);
    if (*text == '\0' || *text == '#')
      continue;
    char *end = strchr(text, *text == '[' ? ']' : '=');
    *out = (Line){.number = lines->next, .key = text};
    if (end != NULL)
      *end = '\0';
    if (*text == '[' && end != NULL) {
      lines->group = text + 1;
      out->key = NULL;
    }
    g_strchomp(text);
    out->assigns = *text != '[' && end != NULL;
    out->group = end != NULL ? lines->group : NULL;
    return true;
  }
  return false;
}

static char *
place_name(const char *group, const char *key)
{
  return g_strdup_printf("%s %s", group, key != NULL ? key : "");
}

/* Where a group begins (key is NULL), or sets a key; 0 = nowhere. */
static guint
line_of(GHashTable *places, const char *group, const char *key)
{
  g_autofree char *name = place_name(group, key);
  return GPOINTER_TO_UINT(g_hash_table_lookup(places, name));
}

/* The number of each line, by what it sets. Refuses what GKeyFile does not, such as two values of
 * one key, or refuses without a line number. (transfer full) */
static GHashTable *
find_places(const char *file, const char *text, GError **error)
{
  g_autoptr(GHashTable) places = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  g_auto(Lines) lines = {0};
  Line line;
  lines_init(&lines, text);
  while (lines_next(&lines, &line)) {
    if (line.group == NULL) {
      throw(error, BOUNCEDB_ERROR_CONFIG,
            line.assigns ? "%s:%u: no group, such as [database], comes before: %s"
                         : "%s:%u: neither [group], key = value nor a # comment: %s",
            file, line.number, line.key);
      return NULL;
    }
    if (line.key != NULL && line_of(places, line.group, line.key) != 0) {
      throw(error, BOUNCEDB_ERROR_CONFIG, "%s:%u: [%s] %s is set twice", file, line.number,
            line.group, line.key);
      return NULL;
    }
    g_hash_table_replace(places, place_name(line.group, line.key), GUINT_TO_POINTER(line.number));
  }
  return g_steal_pointer(&places);
}

/* --- names -------------------------------------------------------------------------------------*/

/* What may be meant by an unknown group (group is NULL), or by an unknown key in it. */
static char *
hint_for(const char *group, const char *word)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  for (const Setting *setting = setting_table; setting->group != NULL; setting++)
    if (group == NULL || strcmp(setting->group, group) == 0)
      g_ptr_array_add(names, (gpointer)(group == NULL ? setting->group : setting->key));
  bool reasons = g_strcmp0(group, "threshold") == 0 || g_strcmp0(group, "expiry") == 0;
  for (int i = REASON_NONE + 1; reasons && i < N_REASONS; i++)
    g_ptr_array_add(names, (gpointer)reason_name((Reason)i));
  for (guint i = 1; i < names->len; i++)
    if (strcmp(g_ptr_array_index(names, i), g_ptr_array_index(names, i - 1)) == 0)
      g_ptr_array_remove_index(names, i--);
  g_ptr_array_add(names, NULL);
  return nearest_hint(word, (const char *const *)names->pdata);
}

/* [suppression] also has a key that is not about its list file, and may be there for that alone. */
static bool
describes_list(const char *group, const Setting *any, const char *const *names)
{
  bool other = false;
  if (!setting_is_of_list(any))
    return false;
  for (; *names != NULL; names++) {
    const Setting *setting = find_setting(group, *names);
    if (setting == NULL || setting_is_of_list(setting))
      return true;
    other = true;
  }
  return !other;
}

static bool
refuse_group(const char *file, guint line, const char *group, GError **error)
{
  bool export = g_str_has_prefix(group, "export");
  g_autofree char *hint = hint_for(NULL, group);
  return export ? throw(error, BOUNCEDB_ERROR_CONFIG,
                        "%s:%u: [%s]: an export needs a name, such as [export blocklist]", file,
                        line, group)
                : throw(error, BOUNCEDB_ERROR_CONFIG, "%s:%u: there is no group [%s]%s", file, line,
                        group, hint);
}

static bool
refuse_key(const char *file, guint line, const char *group, const char *key, GError **error)
{
  const char *described = g_str_has_prefix(group, list_prefix) ? "export" : group;
  g_autofree char *hint = hint_for(described, key);
  return throw(error, BOUNCEDB_ERROR_CONFIG, "%s:%u: [%s] has no key %s%s", file, line, group, key,
               hint);
}

/* --- values ------------------------------------------------------------------------------------*/

static bool
apply_key(Settings *settings, const char *file, const Assignment *set, GError **error)
{
  const Setting *setting = find_setting(set->group, set->key);
  if (setting == NULL)
    return refuse_key(file, set->line, set->group, set->key, error);
  if (setting_set(settings, setting, set->key, set->value, error))
    return true;
  g_prefix_error(error, "%s:%u: [%s] %s = %s ", file, set->line, set->group, set->key, set->value);
  return false;
}

static bool
apply_group(Settings *settings, const char *file, GHashTable *places, GKeyFile *keys,
            const char *group, GError **error)
{
  const Setting *any = find_setting(group, NULL);
  if (any == NULL)
    return refuse_group(file, line_of(places, group, NULL), group, error);
  g_auto(GStrv) names = g_key_file_get_keys(keys, group, NULL, error);
  if (names == NULL)
    return false;
  bool list = describes_list(group, any, (const char *const *)names);
  if (list)
    begin_list(settings);
  for (char **name = names; *name != NULL; name++) {
    /* not g_key_file_get_string: nothing here needs its escapes */
    char *value = g_key_file_get_value(keys, group, *name, error);
    if (value == NULL)
      return false;
    Assignment *set = g_new(Assignment, 1);
    *set = (Assignment){g_strdup(group), g_strdup(*name), g_strchomp(value),
                        line_of(places, group, *name)};
    g_ptr_array_add(settings->assignments, set);
    if (!apply_key(settings, file, set, error))
      return false;
  }
  return !list || end_list(settings, file, group, error);
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
  g_autoptr(GHashTable) places = find_places(file, text, error);
  if (places == NULL)
    return false;
  if (!g_key_file_load_from_data(keys, text, strlen(text), G_KEY_FILE_NONE, &cause))
    return throw(error, BOUNCEDB_ERROR_CONFIG, "%s: %s", file, cause->message);
  g_auto(GStrv) groups = g_key_file_get_groups(keys, NULL);
  for (char **group = groups; *group != NULL; group++)
    if (!apply_group(settings, file, places, keys, *group, error))
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
  settings->file = g_strdup(file);
  return apply_text(settings, file, text, error);
}
