#include "config.h"

#include "cmd/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/dates.h"
#include "mail/address.h"
#include "mail/scan.h"

enum {
  FILE_MAX = 1 << 20, /* octets of a configuration file */
  POLICY_UNSET = -1,
};

typedef enum {
  TYPE_PATH,
  TYPE_BOOL,
  TYPE_SIZE,
  TYPE_COUNT,
  TYPE_THRESHOLD,
  TYPE_ADDRESS,
  TYPE_POLICY,
  TYPE_LIST
} Type;

typedef struct {
  const char *group, *key;
  Type type;
  size_t offset;
  const char *standard; /* as it would stand in the file; NULL = computed, or none */
  gint64 min, max;      /* TYPE_SIZE, TYPE_COUNT */
} Setting;

/* bouncedb.conf(5) describes these in the same order. REASON stands for every reason that there is.
 */
static const Setting table[] = {
    {"database", "file", TYPE_PATH, offsetof(Settings, database), NULL, 0, 0},
    {"delivery", "keep", TYPE_PATH, offsetof(Settings, keep), NULL, 0, 0},
    {"delivery", "max-parse", TYPE_SIZE, offsetof(Settings, max_parse), "1M", 64 << 10,
     SCAN_WINDOW_MAX},
    {"delivery", "subject", TYPE_BOOL, offsetof(Settings, subject), "no", 0, 0},
    {"delivery", "syslog", TYPE_BOOL, offsetof(Settings, syslog), "yes", 0, 0},
    {"export", "file", TYPE_LIST, 0, NULL, 0, 0},
    {"export", "format", TYPE_LIST, 0, NULL, 0, 0},
    {"export", "class", TYPE_LIST, 0, NULL, 0, 0},
    {"export", "reason", TYPE_LIST, 0, NULL, 0, 0},
    {"export", "domain", TYPE_LIST, 0, NULL, 0, 0},
    {"export", "list", TYPE_LIST, 0, NULL, 0, 0},
    {"guard", "max-new", TYPE_COUNT, offsetof(Settings, thresholds.guard.max_new), "1000", 0,
     G_MAXINT32},
    {"guard", "max-share", TYPE_COUNT, offsetof(Settings, thresholds.guard.max_share), "5", 0, 100},
    {"guard", "provider-factor", TYPE_COUNT, offsetof(Settings, thresholds.guard.provider_factor),
     "5", 0, 1000},
    {"rules", "file", TYPE_PATH, offsetof(Settings, rules), NULL, 0, 0},
    {"suppression", "file", TYPE_LIST, 0, NULL, 0, 0},
    {"suppression", "format", TYPE_LIST, 0, NULL, 0, 0},
    {"suppression", "class", TYPE_LIST, 0, NULL, 0, 0},
    {"suppression", "reason", TYPE_LIST, 0, NULL, 0, 0},
    {"suppression", "domain", TYPE_LIST, 0, NULL, 0, 0},
    {"suppression", "list", TYPE_LIST, 0, NULL, 0, 0},
    {"threshold", "window", TYPE_COUNT, offsetof(Settings, thresholds.window), "180", 1, 3650},
    {"threshold", "REASON", TYPE_THRESHOLD, offsetof(Settings, thresholds), NULL, 0, 0},
    {"verp", "base", TYPE_ADDRESS, offsetof(Settings, verp_base), NULL, 0, 0},
    {"verp", "key", TYPE_PATH, offsetof(Settings, verp_key), NULL, 0, 0},
    {"verp", "key-old", TYPE_PATH, offsetof(Settings, verp_key_old), NULL, 0, 0},
    {"verp", "policy", TYPE_POLICY, offsetof(Settings, verp_policy), NULL, 0, 0},
    {"verp", "sent-days", TYPE_SIZE, offsetof(Settings, sent_days), "10", 1, 400},
};

void
settings_free(Settings *settings)
{
  if (settings == NULL)
    return;
  g_free(settings->database);
  g_free(settings->keep);
  g_free(settings->rules);
  g_ptr_array_unref(settings->lists);
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
                      .now = now,
                      .sent_since = now - settings->sent_days * SECONDS_PER_DAY};
}

char *
settings_home(void)
{
  const char *home = g_getenv("HOME");
  if (home != NULL && g_path_is_absolute(home))
    return g_strdup(home);
  const struct passwd *entry = getpwuid(geteuid());
  return g_strdup(entry != NULL && g_path_is_absolute(entry->pw_dir) ? entry->pw_dir
                                                                     : "/nonexistent");
}

/* A folder of the XDG base directory specification, which says that relative paths are ignored. */
static char *
xdg_folder(const char *variable, const char *below_home)
{
  const char *value = g_getenv(variable);
  if (value != NULL && g_path_is_absolute(value))
    return g_strdup(value);
  g_autofree char *home = settings_home();
  return g_build_filename(home, below_home, NULL);
}

static bool
fits(const Setting *setting, const char *key)
{
  Reason reason;
  return setting->type == TYPE_THRESHOLD ? reason_from_name(key, &reason)
                                         : strcmp(setting->key, key) == 0;
}

static const Setting *
find_setting(const char *group, const char *key)
{
  for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
    if (strcmp(table[i].group, group) == 0 && (key == NULL || fits(&table[i], key)))
      return &table[i];
  return NULL;
}

/* An absolute path, or one below the home with a leading "~/". */
static bool
set_path(char **field, const char *text)
{
  g_autofree char *home = NULL;
  if (g_str_has_prefix(text, "~/"))
    home = settings_home();
  else if (!g_path_is_absolute(text))
    return false;
  g_free(*field);
  *field = home != NULL ? g_build_filename(home, text + 2, NULL) : g_strdup(text);
  return true;
}

static bool
set_bool(bool *field, const char *text)
{
  static const struct {
    const char *word;
    bool value;
  } words[] = {{"yes", true}, {"true", true}, {"no", false}, {"false", false}};
  for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
    if (strcmp(words[i].word, text) == 0) {
      *field = words[i].value;
      return true;
    }
  return false;
}

static bool
set_count(gint64 *field, const char *text, gint64 min, gint64 max)
{
  guint64 value;
  if (!g_ascii_string_to_unsigned(text, 10, (guint64)min, (guint64)max, &value, NULL))
    return false;
  *field = (gint64)value;
  return true;
}

/* A number of octets, with K or M for the binary multiples. */
static bool
set_size(gint64 *field, const char *text, gint64 min, gint64 max)
{
  char *end;
  errno = 0;
  gint64 value = g_ascii_strtoll(text, &end, 10);
  if (end == text || errno != 0 || !g_ascii_isdigit(*text) || value > max)
    return false;
  gint64 unit = *end == 'K' ? 1 << 10 : *end == 'M' ? 1 << 20 : 1;
  if (unit > 1)
    end++;
  value *= unit;
  if (*end != '\0' || value < min || value > max)
    return false;
  *field = value;
  return true;
}

static bool
set_address(char **field, const char *text)
{
  char *address = address_parse(text, false);
  if (address == NULL)
    return false;
  g_free(*field);
  *field = address;
  return true;
}

static bool
set_policy(int *field, const char *text)
{
  static const char *const words[] = {[POLICY_OFF] = "off",
                                      [POLICY_PREFER] = "prefer",
                                      [POLICY_SENT] = "sent",
                                      [POLICY_REQUIRE] = "require"};
  for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
    if (strcmp(words[i], text) == 0) {
      *field = (int)i;
      return true;
    }
  return false;
}

/* Lists alongside. */

static const char list_prefix[] = "export ";

/* The group of the table that describes this group of the file; one without a name is none. */
static const char *
described_as(const char *group)
{
  if (g_str_has_prefix(group, list_prefix) && group[strlen(list_prefix)] != '\0')
    return "export";
  return strcmp(group, "export") == 0 ? "" : group;
}

static bool
set_list_value(ListFile *list, const char *key, const char *text)
{
  if (strcmp(key, "file") == 0)
    return set_path(&list->path, text);
  if (strcmp(key, "format") != 0)
    return selection_set(&list->selection, key, text, 0);
  const Format *format = format_find(text);
  if (format == NULL || !list_file_can_append(format))
    return false;
  list->format = format;
  return true;
}

static char *
describe_list(const char *key)
{
  if (strcmp(key, "file") == 0)
    return g_strdup("an absolute path");
  if (strcmp(key, "format") != 0)
    return g_strdup(selection_expects(key));
  g_autoptr(GString) names = g_string_new("a format that can be kept alongside:");
  for (const Format *format = format_table; format->name != NULL; format++)
    if (list_file_can_append(format))
      g_string_append_printf(names, " %s", format->name);
  return g_string_free(g_steal_pointer(&names), FALSE);
}

static bool
is_list(const char *group)
{
  const Setting *setting = find_setting(described_as(group), NULL);
  return setting != NULL && setting->type == TYPE_LIST;
}

static void
begin_list(Settings *settings)
{
  ListFile *list = g_new0(ListFile, 1);
  list->format = &format_table[0];
  g_ptr_array_add(settings->lists, list);
}

/* The one that is being read. */
static ListFile *
last_list(const Settings *settings)
{
  return g_ptr_array_index(settings->lists, settings->lists->len - 1);
}

/* Two lists in one file would undo each other. */
static bool
end_list(const Settings *settings, const char *file, const char *group, GError **error)
{
  const ListFile *list = last_list(settings);
  if (list->path == NULL)
    return throw(error, BOUNCEDB_ERROR_CONFIG, "%s: [%s] names no file", file, group);
  for (guint i = 0; i + 1 < settings->lists->len; i++) {
    const ListFile *other = g_ptr_array_index(settings->lists, i);
    if (strcmp(other->path, list->path) == 0)
      return throw(error, BOUNCEDB_ERROR_CONFIG, "%s: [%s] file = %s is that of another list", file,
                   group, list->path);
  }
  return true;
}

static bool
set_value(Settings *settings, const Setting *setting, const char *text)
{
  void *field = (char *)settings + setting->offset;
  switch (setting->type) {
  case TYPE_PATH:
    return set_path(field, text);
  case TYPE_BOOL:
    return set_bool(field, text);
  case TYPE_SIZE:
    return set_size(field, text, setting->min, setting->max);
  case TYPE_COUNT:
    return set_count(field, text, setting->min, setting->max);
  case TYPE_THRESHOLD:
    break;
  case TYPE_ADDRESS:
    return set_address(field, text);
  case TYPE_LIST:
    return set_list_value(last_list(settings), setting->key, text);
  case TYPE_POLICY:
    return set_policy(field, text);
  }
  return false;
}

static char *
describe(const Setting *setting)
{
  switch (setting->type) {
  case TYPE_PATH:
    return g_strdup("an absolute path");
  case TYPE_BOOL:
    return g_strdup("yes or no");
  case TYPE_ADDRESS:
    return g_strdup("a mail address");
  case TYPE_LIST:
    return describe_list(setting->key);
  case TYPE_POLICY:
    return g_strdup("require, sent, prefer or off");
  case TYPE_COUNT:
    return g_strdup_printf("a number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, setting->min,
                           setting->max);
  case TYPE_THRESHOLD:
  case TYPE_SIZE:
    break;
  }
  return g_strdup_printf("a number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT
                         " (K and M may follow)",
                         setting->min, setting->max);
}

/* GKeyFile takes the last of two values without a word, so they are looked for here. */
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
        return throw(error, BOUNCEDB_ERROR_CONFIG, "%s: %s %s is given twice", file, group, key);
    }
  }
  return true;
}

static bool
apply_value(Settings *settings, const Setting *setting, const char *key, const char *value,
            GError **error)
{
  Reason reason;
  if (setting->type == TYPE_THRESHOLD)
    return reason_from_name(key, &reason) &&
           thresholds_set(&settings->thresholds, reason, value, error);
  if (set_value(settings, setting, value))
    return true;
  g_autofree char *wanted = describe(setting);
  return throw(error, BOUNCEDB_ERROR_CONFIG, "is not %s", wanted);
}

static bool
apply_group(Settings *settings, const char *file, GKeyFile *keys, const char *group, GError **error)
{
  if (find_setting(described_as(group), NULL) == NULL)
    return throw(error, BOUNCEDB_ERROR_CONFIG, "%s: there is no group [%s]", file, group);
  if (is_list(group))
    begin_list(settings);
  g_auto(GStrv) names = g_key_file_get_keys(keys, group, NULL, NULL);
  for (char **name = names; name != NULL && *name != NULL; name++) {
    const Setting *setting = find_setting(described_as(group), *name);
    if (setting == NULL)
      return throw(error, BOUNCEDB_ERROR_CONFIG, "%s: [%s] has no key %s", file, group, *name);
    /* not as a "string": its escapes are of no use in paths, and would have to be validated */
    g_autofree char *value = g_key_file_get_value(keys, group, *name, NULL);
    if (!apply_value(settings, setting, *name, g_strchomp(value), error)) {
      g_prefix_error(error, "%s: [%s] %s = %s ", file, group, *name, value);
      return false;
    }
  }
  return !is_list(group) || end_list(settings, file, group, error);
}

static bool
check_verp(const Settings *settings, const char *file, GError **error)
{
  if (settings->verp_key != NULL)
    return true;
  if (settings->verp_policy == POLICY_REQUIRE)
    return throw(error, BOUNCEDB_ERROR_CONFIG,
                 "%s: [verp] policy = require: without a key no report can ever be verified", file);
  return settings->verp_key_old == NULL ||
         throw(error, BOUNCEDB_ERROR_CONFIG, "%s: [verp] key-old: there is no key beside it", file);
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

/* Who can write the configuration decides what is read and written in our name, so nobody but the
 * owner may, and root obeys only root. */
static bool
trusted(const char *file, const struct stat *info, GError **error)
{
  if (!S_ISREG(info->st_mode))
    return throw(error, BOUNCEDB_ERROR_CONFIG, "%s: not a regular file", file);
  if ((info->st_mode & S_IWOTH) != 0)
    return throw(error, BOUNCEDB_ERROR_CONFIG, "%s: writable by everybody", file);
  if (geteuid() == 0 && info->st_uid != 0)
    return throw(error, BOUNCEDB_ERROR_CONFIG, "%s: not owned by root", file);
  if (info->st_size > FILE_MAX)
    return throw(error, BOUNCEDB_ERROR_CONFIG, "%s: too large", file);
  return true;
}

static bool
read_all(int fd, const char *file, GString *out, GError **error)
{
  char buffer[4096];
  ssize_t n;
  while ((n = read(fd, buffer, sizeof buffer)) != 0) {
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return throw_errno(error, "cannot read %s", file);
    if (memchr(buffer, '\0', (size_t)n) != NULL || out->len > FILE_MAX)
      return throw(error, BOUNCEDB_ERROR_CONFIG, "%s: not a text file", file);
    g_string_append_len(out, buffer, n);
  }
  return true;
}

/* found (nullable): the file may be absent, and then *found is false. */
static bool
apply_file(Settings *settings, const char *file, bool *found, GError **error)
{
  int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0 && found != NULL && (errno == ENOENT || errno == ENOTDIR)) {
    *found = false;
    return true;
  }
  if (fd < 0)
    return throw(error, BOUNCEDB_ERROR_CONFIG, "%s: %s", file, g_strerror(errno));
  struct stat info;
  g_autoptr(GString) text = g_string_new(NULL);
  bool ok = fstat(fd, &info) == 0 ? trusted(file, &info, error)
                                  : throw_errno(error, "cannot examine %s", file);
  ok = ok && read_all(fd, file, text, error);
  close(fd);
  if (found != NULL)
    *found = true;
  return ok && apply_text(settings, file, text->str, error);
}

static bool
apply_standard_file(Settings *settings, GError **error)
{
  g_autofree char *folder = xdg_folder("XDG_CONFIG_HOME", ".config");
  g_autofree char *own = g_build_filename(folder, "bouncedb", "bouncedb.conf", NULL);
  bool found = false;
  if (!apply_file(settings, own, &found, error))
    return false;
  return found || apply_file(settings, SYSCONFDIR "/bouncedb/bouncedb.conf", &found, error);
}

static void
free_list(gpointer list)
{
  list_file_free(list);
}

static void
apply_defaults(Settings *settings)
{
  settings->lists = g_ptr_array_new_with_free_func(free_list);
  thresholds_init(&settings->thresholds);
  settings->verp_policy = POLICY_UNSET;
  for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
    if (table[i].standard != NULL)
      set_value(settings, &table[i], table[i].standard);
}

/* What follows from other settings. Who has a key wants forgeries kept out; who has none could keep
 * nothing in. */
static void
complete(Settings *settings, const char *database)
{
  if (settings->verp_policy == POLICY_UNSET)
    settings->verp_policy = settings->verp_key != NULL ? POLICY_REQUIRE : POLICY_OFF;
  if (database != NULL) {
    g_free(settings->database);
    settings->database = g_canonicalize_filename(database, NULL);
  }
  if (settings->database == NULL) {
    g_autofree char *folder = xdg_folder("XDG_DATA_HOME", ".local/share");
    settings->database = g_build_filename(folder, "bouncedb", "bounces.db", NULL);
    settings->database_default = true;
  }
  if (settings->keep == NULL) {
    g_autofree char *folder = g_path_get_dirname(settings->database);
    settings->keep = g_build_filename(folder, "keep", NULL);
  }
}

Settings *
settings_load(const char *file, const char *database, GError **error)
{
  g_autoptr(Settings) settings = g_new0(Settings, 1);
  apply_defaults(settings);
  bool ok =
      file != NULL ? apply_file(settings, file, NULL, error) : apply_standard_file(settings, error);
  if (!ok)
    return NULL;
  complete(settings, database);
  return g_steal_pointer(&settings);
}
