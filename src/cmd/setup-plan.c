/* The steps that are the same with every mail server. */
#include "config.h"

#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/permission.h"
#include "base/text.h"
#include "cmd/owner.h"
#include "cmd/setup.h"

enum { READ_MAX = 1 << 20 }; /* octets of a file that is looked at */

void
setup_step_free(SetupStep *step)
{
  g_free(step->why);
  g_free(step->commands);
  g_free(step);
}

void
setup_step(Setup *setup, const char *why, const char *commands, ...)
{
  va_list arguments;
  va_start(arguments, commands);
  SetupStep *step = g_new0(SetupStep, 1);
  step->why = g_strdup(why);
  step->commands = g_strdup_vprintf(commands, arguments);
  va_end(arguments);
  g_ptr_array_add(setup->steps, step);
}

void
setup_note(Setup *setup, const char *text, ...)
{
  va_list arguments;
  va_start(arguments, text);
  g_ptr_array_add(setup->notes, g_strdup_vprintf(text, arguments));
  va_end(arguments);
}

void
setup_save(Setup *setup, const char *path)
{
  if (!g_file_test(path, G_FILE_TEST_EXISTS) || !g_hash_table_add(setup->saved, g_strdup(path)))
    return;
  g_autoptr(GDateTime) at = g_date_time_new_from_unix_utc(setup->context->now);
  g_autofree char *stamp = g_date_time_format(at, "%Y%m%d-%H%M%S");
  g_autofree char *copy = g_strdup_printf("%s.before-bouncedb-%s", path, stamp);
  g_autofree char *from = permission_quote(path), *to = permission_quote(copy);
  setup_step(setup, "A copy of what is changed next", "cp -p %s %s", from, to);
}

char *
setup_read(const char *path)
{
  struct stat st;
  char *text = NULL;
  if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > READ_MAX)
    return NULL;
  return g_file_get_contents(path, &text, NULL, NULL) ? text : NULL;
}

bool
setup_text_has(const char *text, const char *word)
{
  g_auto(GStrv) lines = g_strsplit(text != NULL ? text : "", "\n", -1);
  for (char **line = lines; *line != NULL; line++) {
    const char *start = *line + strspn(*line, " \t");
    if (*start != '#' && strstr(start, word) != NULL)
      return true;
  }
  return false;
}

/* --- user, directory, configuration, database --------------------------------------------------*/

static void
plan_user(Setup *setup, const char *folder)
{
  g_autofree char *owner = permission_quote(setup->owner), *home = permission_quote(folder);
  struct stat st;
  const struct passwd *user = getpwnam(setup->owner);
  if (user == NULL)
    setup_step(setup, "The user who will own the database",
               "useradd --system --home-dir %s --shell /usr/sbin/nologin %s", home, owner);
  if (user == NULL || stat(folder, &st) != 0 || st.st_uid != user->pw_uid)
    setup_step(setup, "The directory of the database",
               "install -d -o %s -g \"$(id -g %s)\" -m 0750 %s", owner, owner, home);
}

/* What the configuration lacks. A group may occur twice in the file. */
static char *
missing_settings(const Setup *setup, const char *folder)
{
  GString *text = g_string_new(NULL);
  if (setup->settings->database_default)
    g_string_append_printf(text, "[database]\nfile = %s\n", setup->database);
  if (setup->sign)
    g_string_append_printf(text, "[verp]\nbase = %s\nkey = %s/key\npolicy = prefer\n",
                           setup->address, folder);
  return g_string_free(text, FALSE);
}

static void
plan_config(Setup *setup, const char *folder)
{
  g_autofree char *text = missing_settings(setup, folder);
  if (*text == '\0')
    return;
  g_autofree char *above = g_path_get_dirname(setup->config);
  g_autofree char *config = permission_quote(setup->config), *directory = permission_quote(above);
  setup_save(setup, setup->config);
  setup_step(setup, "The configuration", "install -d %s\ncat >>%s <<'END'\n%sEND", directory,
             config, text);
}

static void
plan_key(Setup *setup, const char *folder)
{
  g_autofree char *path = g_build_filename(folder, "key", NULL), *key = permission_quote(path);
  if (setup->sign && !g_file_test(path, G_FILE_TEST_EXISTS))
    setup_step(setup, "The key that signs return paths", "%s verp keygen %s", setup->command, key);
}

static bool
check_sign(const Setup *setup, GError **error)
{
  const Settings *settings = setup->settings;
  if (!setup->sign || (settings->verp_key == NULL && settings->verp_base == NULL))
    return true;
  return throw(
      error, BOUNCEDB_ERROR_CONFIG,
      "%s: [verp] is there already, so --verp has nothing to add; bouncedb doctor checks it",
      settings->file);
}

/* The database that the system's configuration names belongs to somebody else. Without one in an
 * empty configuration, it is in the user's default place, where the first delivery creates it. */
static void
plan_own_config(Setup *setup)
{
  const Context *context = setup->context;
  g_autofree char *folder = g_build_filename(g_get_home_dir(), ".config", "bouncedb", NULL);
  g_autofree char *path = g_build_filename(folder, "bouncedb.conf", NULL);
  g_autofree char *where = permission_quote(folder), *file = permission_quote(path);
  if (context->config_file != NULL || context->database != NULL ||
      !owner_is_other(setup->database) || g_file_test(path, G_FILE_TEST_EXISTS))
    return;
  g_autofree char *why =
      g_strdup_printf("A configuration of your own, because the database that %s names belongs to"
                      " another user",
                      setup->config);
  setup_step(setup, why, "install -d %s\n: >%s\nchmod 600 %s", where, file, file);
}

/* The first delivery creates a database in the default place only: elsewhere, it may be a disk that
 * is not mounted yet. */
static void
plan_own_database(Setup *setup)
{
  if (setup->settings->database_default || owner_is_other(setup->database) ||
      g_file_test(setup->database, G_FILE_TEST_EXISTS))
    return;
  g_autofree char *folder = g_path_get_dirname(setup->database);
  g_autofree char *word = permission_quote(folder);
  if (!g_file_test(folder, G_FILE_TEST_IS_DIR))
    setup_step(setup, "The directory of the database", "install -d -m 0700 %s", word);
  setup_step(setup, "The database", "%s db init", setup->command);
}

static bool
plan_for_oneself(Setup *setup, GError **error)
{
  if (setup->sign)
    return throw(error, BOUNCEDB_ERROR_USAGE,
                 "--verp is for a database of the system, not for ~/.forward");
  plan_own_config(setup);
  plan_own_database(setup);
  return true;
}

bool
setup_plan_database(Setup *setup, GError **error)
{
  g_autofree char *folder = g_path_get_dirname(setup->database);
  if (setup->forward)
    return plan_for_oneself(setup, error);
  if (!check_sign(setup, error))
    return false;
  plan_user(setup, folder);
  plan_config(setup, folder);
  plan_key(setup, folder);
  if (!g_file_test(setup->database, G_FILE_TEST_EXISTS))
    setup_step(setup, "The database", "%s db init", setup->command);
  return true;
}

/* --- ~/.forward --------------------------------------------------------------------------------*/

bool
setup_plan_forward(Setup *setup, const char *line, GError **error)
{
  g_autofree char *path = g_build_filename(g_get_home_dir(), ".forward", NULL);
  g_autofree char *file = permission_quote(path), *word = permission_quote(line);
  g_autofree char *text = setup_read(path);
  if (setup_text_has(text, "bouncedb"))
    return true;
  if (text != NULL && *g_strstrip(text) != '\0')
    return throw(error, BOUNCEDB_ERROR_CONFIG,
                 "%s forwards your mail already; have bounces sent to an address that is used for"
                 " nothing else, or add this line yourself: %s",
                 path, line);
  setup_step(setup, "Your mail goes to bouncedb, and nowhere else",
             "printf '%%s\\n' %s >%s\nchmod 600 %s", word, file, file);
  return true;
}
