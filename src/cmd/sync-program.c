#include "config.h"

#include "cmd/sync-program.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/owner.h"

#define PROGRAM "bouncedb-sync"

/* Next to this program, as in the directory of a build, or where it is installed. (transfer full)
 */
static char *
find_program(GError **error)
{
  g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
  g_autofree char *folder = self != NULL ? g_path_get_dirname(self) : g_strdup(PKGLIBEXECDIR);
  g_autofree char *near = g_build_filename(folder, PROGRAM, NULL);
  g_autofree char *installed = g_build_filename(PKGLIBEXECDIR, PROGRAM, NULL);
  if (access(near, X_OK) == 0)
    return g_steal_pointer(&near);
  if (access(installed, X_OK) == 0)
    return g_steal_pointer(&installed);
  throw(error, BOUNCEDB_ERROR_TEMPFAIL,
        "%s is not installed (the package bouncedb-fleet, or configure did not find libpq)",
        installed);
  return NULL;
}

static void
add(GStrvBuilder *words, const char *option, const char *value)
{
  if (value == NULL)
    return;
  g_strv_builder_add(words, option);
  if (*value != '\0')
    g_strv_builder_add(words, value);
}

static GStrv
compose(const Context *context, const char *program, const char *verb, const char *connection,
        const SyncOption *options)
{
  const Settings *settings = context->settings;
  g_autoptr(GStrvBuilder) words = g_strv_builder_new();
  g_autofree char *now = g_strdup_printf("%" G_GINT64_FORMAT, context->now);
  add(words, program, "");
  add(words, verb, "");
  add(words, "--db", settings->database);
  add(words, "--connection", connection != NULL ? connection : settings->fleet_connection);
  add(words, "--name", settings->fleet_name != NULL ? settings->fleet_name : g_get_host_name());
  add(words, "--now", now);
  add(words, "--quiet", context->quiet ? "" : NULL);
  add(words, "--json", context->json ? "" : NULL);
  for (; options->option != NULL; options++)
    add(words, options->option, options->value);
  return g_strv_builder_end(words);
}

/* libpq looks there for certificates, and fails if it may not. */
static void
leave_home_of_root(void)
{
  const struct passwd *user = owner_became() != NULL ? getpwuid(geteuid()) : NULL;
  if (owner_became() != NULL)
    g_setenv("HOME", user != NULL ? user->pw_dir : "/", TRUE);
}

static bool
wait_for(pid_t pid, int *status, GError **error)
{
  int ended;
  while (waitpid(pid, &ended, 0) < 0)
    if (errno != EINTR)
      return throw_errno(error, PROGRAM);
  if (!WIFEXITED(ended))
    return throw(error, BOUNCEDB_ERROR_TEMPFAIL, PROGRAM " was ended by signal %d",
                 WTERMSIG(ended));
  *status = WEXITSTATUS(ended);
  return true;
}

bool
sync_program_run(Context *context, const char *verb, const char *connection,
                 const SyncOption *options, GError **error)
{
  if (connection == NULL && context->settings->fleet_connection == NULL)
    return throw(error, BOUNCEDB_ERROR_CONFIG,
                 "[fleet] connection is not set: see bouncedb-fleet(7)");
  g_autofree char *program = find_program(error);
  if (program == NULL || !owner_become(context->settings->database, error))
    return false;
  g_auto(GStrv) words = compose(context, program, verb, connection, options);
  fflush(NULL);
  pid_t pid = fork();
  if (pid < 0)
    return throw_errno(error, "cannot start %s", program);
  if (pid == 0) {
    leave_home_of_root();
    execv(program, words);
    _exit(EXIT_TEMPFAIL);
  }
  return wait_for(pid, &context->status, error);
}
