/* The programs of mail servers, run for the administrator who sets one up. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/setup.h"

/* An administrator's shell need not have these, but mail servers are there. */
static void
extend_path(void)
{
  static bool done;
  const char *path = g_getenv("PATH");
  g_autofree char *longer =
      g_strconcat(path != NULL ? path : "/usr/bin:/bin", ":/usr/sbin:/sbin:/usr/local/sbin", NULL);
  if (!done)
    g_setenv("PATH", longer, true);
  done = true;
}

static bool
succeeded(int status)
{
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool
setup_have(const char *program)
{
  extend_path();
  g_autofree char *path = g_find_program_in_path(program);
  return path != NULL;
}

char *
setup_ask(const char *const *argv)
{
  g_autofree char *out = NULL;
  int status = 0;
  extend_path();
  if (!g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL,
                    NULL, NULL, &out, NULL, &status, NULL) ||
      !succeeded(status))
    return NULL;
  return g_strchomp(g_steal_pointer(&out));
}

/* The shell stops at the first command that fails. */
static bool
run_step(const SetupStep *step, GError **error)
{
  g_autofree char *script = g_strconcat("umask 022\n", step->commands, "\n", NULL);
  char *argv[] = {(char *)"/bin/sh", (char *)"-euc", script, NULL};
  int status = 0;
  if (!g_spawn_sync("/", argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status, NULL))
    return throw_errno(error, "cannot run /bin/sh");
  return succeeded(status) ||
         throw(
             error, BOUNCEDB_ERROR_TEMPFAIL,
             "this step failed: %s; the steps before it are done, and the next run leaves them out",
             step->why);
}

bool
setup_run(const Setup *setup, GError **error)
{
  extend_path();
  fflush(NULL);
  for (guint i = 0; i < setup->steps->len; i++)
    if (!run_step(g_ptr_array_index(setup->steps, i), error))
      return false;
  return true;
}

static bool
write_all(int fd, const char *text)
{
  size_t left = strlen(text);
  while (left > 0) {
    ssize_t n = write(fd, text, left);
    if (n < 0 && errno != EINTR)
      return false;
    text += MAX(n, 0);
    left -= (size_t)MAX(n, 0);
  }
  return true;
}

bool
setup_feed(char **argv, const char *text, GError **error)
{
  GPid pid;
  int input, status = 0;
  extend_path();
  if (!g_spawn_async_with_pipes(NULL, argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD,
                                NULL, NULL, &pid, &input, NULL, NULL, NULL))
    return throw(error, BOUNCEDB_ERROR_TEMPFAIL, "cannot run %s", argv[0]);
  bool ok = write_all(input, text);
  close(input);
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
    continue;
  return (ok && succeeded(status)) ||
         throw(error, BOUNCEDB_ERROR_TEMPFAIL, "%s did not take the message", argv[0]);
}
