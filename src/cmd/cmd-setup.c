/* bouncedb setup: how this machine's mail server is told to run bouncedb. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/json.h"
#include "base/nearest.h"
#include "base/permission.h"
#include "base/text.h"
#include "mail/address.h"
#include "cmd/cmd.h"
#include "cmd/owner.h"
#include "cmd/setup.h"

#define SYSTEM_CONFIG SYSCONFDIR "/bouncedb/bouncedb.conf"

enum { WAIT = 60, WAIT_MAX = 3600 }; /* seconds for a test */

static const SetupServer *const servers[] = {&setup_postfix, &setup_exim, &setup_opensmtpd,
                                             &setup_sendmail};

typedef struct {
  gboolean apply, check, forward, sign;
  int seconds;
  char *address, *owner, *server_config;
} SetupOptions;

static void
setup_clear(Setup *setup)
{
  g_free(setup->address);
  g_free(setup->owner);
  g_free(setup->config);
  g_free(setup->database);
  g_free(setup->server_config);
  g_free(setup->self);
  g_free(setup->program);
  g_free(setup->command);
  g_ptr_array_unref(setup->steps);
  g_ptr_array_unref(setup->notes);
  g_hash_table_unref(setup->saved);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Setup, setup_clear)

static const SetupServer *
find_server(const char *word, GError **error)
{
  const char *names[G_N_ELEMENTS(servers) + 1] = {NULL};
  for (gsize i = 0; i < G_N_ELEMENTS(servers); i++) {
    names[i] = servers[i]->name;
    if (word != NULL && strcmp(word, names[i]) == 0)
      return servers[i];
  }
  g_autofree char *list = g_strjoinv(", ", (char **)names);
  g_autofree char *hint = word != NULL ? nearest_hint(word, names) : g_strdup("");
  if (word == NULL)
    throw(error, BOUNCEDB_ERROR_USAGE, "setup needs the name of a mail server: %s", list);
  else
    throw(error, BOUNCEDB_ERROR_USAGE, "setup does not know %s%s%s; bouncedb-mta(7) has more", word,
          *hint != '\0' ? hint : ", only ", *hint != '\0' ? "" : list);
  return NULL;
}

/* --- what the machine says ---------------------------------------------------------------------*/

static bool
is_same_file(const char *a, const char *b)
{
  struct stat first, second;
  return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino;
}

/* Mail servers look in /usr/bin, so there the name is enough. */
static void
find_program(Setup *setup)
{
  setup->self = g_file_read_link("/proc/self/exe", NULL);
  if (setup->self == NULL)
    setup->self = g_strdup("/usr/bin/bouncedb");
  setup->program = is_same_file(setup->self, "/usr/bin/bouncedb") ? g_strdup("bouncedb")
                                                                  : permission_quote(setup->self);
  const char *file = setup->context->config_file;
  g_autofree char *config = file != NULL ? permission_quote(setup->config) : NULL;
  setup->command = config != NULL ? g_strdup_printf("%s --config %s", setup->program, config)
                                  : g_strdup(setup->program);
}

/* For the system, root's own configuration does not matter, here and in the commands of the steps.
 */
static bool
load_settings(Context *context, bool forward, GError **error)
{
  if (forward || context->config_file != NULL)
    return true;
  g_setenv("XDG_CONFIG_HOME", "/nonexistent", true);
  settings_free(context->settings);
  context->settings = settings_load(NULL, context->database, error);
  return context->settings != NULL;
}

static void
find_database(Setup *setup)
{
  const Settings *settings = setup->settings;
  const char *file = setup->context->config_file;
  setup->config = file != NULL     ? g_canonicalize_filename(file, NULL)
                  : setup->forward ? g_strdup(settings->file)
                                   : g_strdup(SYSTEM_CONFIG);
  bool chosen = setup->forward || !settings->database_default;
  setup->database = g_strdup(chosen ? settings->database : "/var/lib/bouncedb/bounces.db");
}

/* Whoever has the database, or its directory, keeps it. */
static void
find_owner(Setup *setup, const char *wanted)
{
  g_auto(Owner) owner = {0};
  owner_of(setup->database, &owner);
  const char *name = wanted != NULL                         ? wanted
                     : owner.uid != 0 && owner.name != NULL ? owner.name
                     : setup->owner != NULL                 ? setup->owner
                                                            : "bouncedb";
  char *chosen = g_strdup(name);
  g_free(setup->owner);
  setup->owner = chosen;
}

/* Every server's configuration takes these characters as they are, in a list and in a pattern too.
 */
static bool
is_plain(const char *text, const char *punctuation)
{
  for (const char *p = text; *p != '\0'; p++)
    if (!g_ascii_isalnum(*p) && strchr(punctuation, *p) == NULL)
      return false;
  return g_ascii_isalnum(*text) || *text == '_';
}

static bool
check_names(const Setup *setup, GError **error)
{
  g_autofree char *address = address_parse(setup->address, false);
  if (address == NULL || *address_domain(address) == '\0')
    return throw(error, BOUNCEDB_ERROR_USAGE, "not an address with a domain: %s", setup->address);
  if (!is_plain(setup->address, "@._-"))
    return throw(error, BOUNCEDB_ERROR_USAGE,
                 "setup takes only letters, digits, and . _ - in an address: %s", setup->address);
  return is_plain(setup->owner, "._-") ||
         throw(error, BOUNCEDB_ERROR_USAGE, "not the name of a user: %s", setup->owner);
}

static bool
look(Setup *setup, const SetupServer *server, const SetupOptions *options, GError **error)
{
  const char *base = setup->settings->verp_base;
  const char *address = options->address != NULL ? options->address : base;
  find_database(setup);
  find_program(setup);
  setup->address = g_strdup(address);
  if (!server->look(setup, error))
    return false;
  find_owner(setup, options->owner);
  return check_names(setup, error);
}

/* --- what is printed ---------------------------------------------------------------------------*/

static void
print_steps(const Setup *setup)
{
  for (guint i = 0; i < setup->steps->len; i++) {
    const SetupStep *step = g_ptr_array_index(setup->steps, i);
    g_auto(GStrv) lines = g_strsplit(step->commands, "\n", -1);
    printf("# %s\n", step->why);
    for (char **line = lines; *line != NULL; line++) {
      g_autofree char *safe = escape_visible(*line);
      puts(safe);
    }
    putchar('\n');
  }
}

static void
print_json(const Setup *setup, const SetupServer *server, bool applied)
{
  Json json = json_begin();
  json_text(&json, "server", server->name);
  json_text(&json, "address", setup->address);
  json_text(&json, "database", setup->database);
  json_bool(&json, "applied", applied);
  json_open(&json, "steps", '[');
  for (guint i = 0; i < setup->steps->len; i++) {
    const SetupStep *step = g_ptr_array_index(setup->steps, i);
    json_open(&json, NULL, '{');
    json_text(&json, "why", step->why);
    json_text(&json, "commands", step->commands);
    json_close(&json, '}');
  }
  json_close(&json, ']');
  json_open(&json, "notes", '[');
  for (guint i = 0; i < setup->notes->len; i++)
    json_text(&json, NULL, g_ptr_array_index(setup->notes, i));
  json_close(&json, ']');
  json_print(&json);
}

/* Comments, so that all of the output is a script. */
static void
print_end(const Setup *setup, const SetupServer *server, bool applied)
{
  g_autofree char *steps = text_count(setup->steps->len, "step", "steps");
  for (guint i = 0; i < setup->notes->len; i++)
    cmd_say(setup->context, "# Note: %s", (const char *)g_ptr_array_index(setup->notes, i));
  if (setup->steps->len == 0)
    cmd_say(setup->context, "# Nothing is left to do for %s (%s).", setup->address, server->name);
  else if (applied)
    cmd_say(setup->context, "# %s done. To send a test bounce: bouncedb setup %s --check", steps,
            server->name);
  else
    cmd_say(setup->context, "# Nothing was changed. To do this, as %s: bouncedb setup %s --apply",
            setup->forward ? "the same user" : "root", server->name);
}

/* --- the command -------------------------------------------------------------------------------*/

static bool
plan_and_apply(Setup *setup, const SetupServer *server, const SetupOptions *options, GError **error)
{
  if (!setup_plan_database(setup, error) || !server->plan(setup, error))
    return false;
  if (options->apply && !setup->forward && geteuid() != 0 && setup->steps->len > 0)
    return throw(
        error, BOUNCEDB_ERROR_USAGE,
        "only root can do that: sudo bouncedb setup %s --apply (or --forward, for yourself)",
        server->name);
  if (!setup->context->json)
    print_steps(setup);
  if (options->apply && !setup_run(setup, error))
    return false;
  if (setup->context->json)
    print_json(setup, server, options->apply);
  else
    print_end(setup, server, options->apply);
  return true;
}

/* What has been applied may have changed the settings. */
static bool
check(Setup *setup, Context *context, const SetupServer *server, const SetupOptions *options,
      GError **error)
{
  const char *file = setup->forward ? context->config_file : setup->config;
  settings_free(context->settings);
  context->settings = settings_load(file, context->database, error);
  setup->settings = context->settings;
  return context->settings != NULL && setup_check(setup, server, options->seconds, error);
}

static bool
run(Context *context, const char *name, const SetupOptions *options, GError **error)
{
  const SetupServer *server = find_server(name, error);
  bool forward = options->forward || geteuid() != 0;
  if (server == NULL || !load_settings(context, forward, error))
    return false;
  g_auto(Setup) setup = {
      .context = context,
      .settings = context->settings,
      .forward = forward,
      .sign = options->sign,
      .server_config = g_strdup(options->server_config),
      .steps = g_ptr_array_new_with_free_func((GDestroyNotify)setup_step_free),
      .notes = g_ptr_array_new_with_free_func(g_free),
      .saved = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
  };
  if (!look(&setup, server, options, error))
    return false;
  if ((options->apply || !options->check) && !plan_and_apply(&setup, server, options, error))
    return false;
  return !options->check || check(&setup, context, server, options, error);
}

static void
options_clear(SetupOptions *options)
{
  g_free(options->address);
  g_free(options->owner);
  g_free(options->server_config);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SetupOptions, options_clear)

bool
cmd_setup(Context *context, int argc, char **argv, GError **error)
{
  g_auto(SetupOptions) options = {.seconds = WAIT};
  const GOptionEntry entries[] = {
      {"apply", 0, 0, G_OPTION_ARG_NONE, &options.apply, "Do it", NULL},
      {"check", 0, 0, G_OPTION_ARG_NONE, &options.check,
       "Send a test bounce through the server, and wait until it is recorded", NULL},
      {"wait", 0, 0, G_OPTION_ARG_INT, &options.seconds,
       "Wait so long for the test (default: 60 seconds)", "SECONDS"},
      {"address", 0, 0, G_OPTION_ARG_FILENAME, &options.address,
       "Have bounces sent to ADDRESS (default: bounces at the server's domain)", "ADDRESS"},
      {"owner", 0, 0, G_OPTION_ARG_FILENAME, &options.owner,
       "The user who is to own the database (default: bouncedb)", "USER"},
      {"forward", 0, 0, G_OPTION_ARG_NONE, &options.forward,
       "For yourself: ~/.forward (the default unless you are root)", NULL},
      {"verp", 0, 0, G_OPTION_ARG_NONE, &options.sign, "Make a key for signed return paths too",
       NULL},
      {"server-config", 0, 0, G_OPTION_ARG_FILENAME, &options.server_config,
       "The server's configuration, if it is not in the usual place", "FILE"},
      {"json", 0, 0, G_OPTION_ARG_NONE, &context->json, "Print a JSON object", NULL},
      G_OPTION_ENTRY_NULL};
  if (!cmd_options(context, "postfix|exim|opensmtpd|sendmail",
                   "Print the commands that make this machine's mail server run bouncedb. What is\n"
                   "done already is left out. Nothing is changed without --apply.",
                   entries, &argc, &argv, error))
    return false;
  if (argc > 2)
    return throw(error, BOUNCEDB_ERROR_USAGE, "setup takes one name: %s", argv[2]);
  if (options.seconds < 1 || options.seconds > WAIT_MAX)
    return throw(error, BOUNCEDB_ERROR_USAGE, "--wait must be from 1 to %d", WAIT_MAX);
  return run(context, argc > 1 ? argv[1] : NULL, &options, error);
}
