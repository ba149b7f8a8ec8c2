#include "config.h"

#include "cmd/notify.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/dates.h"
#include "store/store-trends.h"
#include "record/log.h"
#include "cmd/news-print.h"

enum {
  PAUSE = 20 * 3600, /* between two times, so that an hourly timer tells once a day */
  REMEMBERED = 60,   /* days */
  HOOK_LIMIT = 60,   /* seconds */
};

/* --- what was told -----------------------------------------------------------------------------*/

/* The name under which a change at a provider is remembered. (transfer full) */
static char *
name_of(const Change *change, const char *provider)
{
  return g_strdup_printf("%s/%s/%s", reason_name(change->reason), provider != NULL ? provider : "*",
                         change->list != NULL ? change->list : "*");
}

/* Calls func with each name of a change, until it returns false. */
typedef bool (*NameFunc)(const char *name, const Change *change, gpointer data, GError **error);
static bool
each_name(const Change *change, NameFunc func, gpointer data, GError **error)
{
  for (guint i = 0; i < MAX(change->providers->len, 1); i++) {
    const char *provider =
        change->providers->len > 0 ? g_ptr_array_index(change->providers, i) : NULL;
    g_autofree char *name = name_of(change, provider);
    if (!func(name, change, data, error))
      return false;
  }
  return true;
}

static bool
add_told(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  const char *name = store_cell(cells, n, "name");
  gint64 *day = g_new(gint64, 1);
  *day = store_cell_int(cells, n, "day");
  g_hash_table_insert(data, g_strdup(name != NULL ? name : ""), day);
  return true;
}

/* Ends at the first name that was told; the first day of a change may move by some days. */
static bool
is_not_told(const char *name, const Change *change, gpointer data, GError **error)
{
  (void)error;
  const gint64 *day = g_hash_table_lookup(data, name);
  return day == NULL || ABS(*day - change->first) >= TRENDS_PAUSE;
}

bool
notify_choose(Store *store, News *news, gint64 now, GError **error)
{
  g_autoptr(GHashTable) told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  if (!store_told(store, add_told, told, error))
    return false;
  const gint64 *at = g_hash_table_lookup(told, "");
  bool wait = at != NULL && *at <= now && now - *at < PAUSE;
  for (guint i = news->evidence->len; i > 0; i--) {
    const Evidence *evidence = g_ptr_array_index(news->evidence, i - 1);
    if (wait || !each_name(evidence->change, is_not_told, told, NULL))
      g_ptr_array_remove_index(news->evidence, i - 1);
  }
  return true;
}

static bool
tell(const char *name, const Change *change, gpointer store, GError **error)
{
  return store_tell(store, name, change->first, error);
}

static bool
remember(Store *store, const News *news, gint64 now, GError **error)
{
  for (guint i = 0; i < news->evidence->len; i++) {
    const Evidence *evidence = g_ptr_array_index(news->evidence, i);
    if (!each_name(evidence->change, tell, store, error))
      return false;
  }
  return store_tell(store, "", now, error) &&
         store_forget_told(store, now / SECONDS_PER_DAY - REMEMBERED, error);
}

bool
notify_remember(Store *store, const News *news, gint64 now, GError **error)
{
  if (!store_begin(store, error))
    return false;
  if (remember(store, news, now, error))
    return store_commit(store, error);
  store_rollback(store);
  return false;
}

/* --- the hook ----------------------------------------------------------------------------------*/

/* A file without a name, at its beginning; -1 and *error if there is none. */
static int
file_with(const char *text, GError **error)
{
  FILE *file = tmpfile();
  int fd = -1;
  if (file == NULL || fputs(text, file) < 0 || fflush(file) != 0 ||
      lseek(fileno(file), 0, SEEK_SET) != 0 || (fd = dup(fileno(file))) < 0)
    throw_errno(error, "cannot write a temporary file");
  if (file != NULL)
    fclose(file);
  return fd;
}

static void
become_hook(char **argv, int input)
{
  if (dup2(input, STDIN_FILENO) < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
    _exit(127);
  signal(SIGPIPE, SIG_DFL);
  signal(SIGXFSZ, SIG_DFL);
  setpgid(0, 0);
  execv(argv[0], argv);
  _exit(127);
}

/* Whether the process has ended within the limit; its status. */
static bool
wait_for(pid_t pid, int *status)
{
  const gint64 end = g_get_monotonic_time() + HOOK_LIMIT * G_TIME_SPAN_SECOND;
  for (;;) {
    pid_t ended = waitpid(pid, status, WNOHANG);
    if (ended == pid)
      return true;
    if ((ended < 0 && errno != EINTR) || g_get_monotonic_time() > end)
      return false;
    g_usleep(G_TIME_SPAN_SECOND / 50);
  }
}

static bool
run_hook(char **argv, int input, GError **error)
{
  int status = 0;
  fflush(NULL);
  pid_t pid = fork();
  if (pid < 0)
    return throw_errno(error, "cannot start %s", argv[0]);
  if (pid == 0)
    become_hook(argv, input);
  if (!wait_for(pid, &status)) {
    kill(-pid, SIGKILL);
    waitpid(pid, NULL, 0);
    return throw(error, BOUNCEDB_ERROR_TEMPFAIL, "%s took longer than %d seconds and was ended",
                 argv[0], HOOK_LIMIT);
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
    return true;
  return throw(error, BOUNCEDB_ERROR_TEMPFAIL, "%s failed (%s %d)", argv[0],
               WIFSIGNALED(status) ? "signal" : "exit status",
               WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

bool
notify_send(const Settings *settings, const Rules *rules, const News *news, const char *text,
            GError **error)
{
  g_auto(GStrv) argv = NULL;
  if (settings->trends_hook != NULL) {
    int input = file_with(text, error);
    if (input < 0 || !g_shell_parse_argv(settings->trends_hook, NULL, &argv, error))
      return false;
    bool ok = run_hook(argv, input, error);
    close(input);
    if (!ok)
      return false;
  }
  for (guint i = 0; settings->trends_syslog && i < news->evidence->len; i++) {
    g_autofree char *sentence = news_sentence(rules, g_ptr_array_index(news->evidence, i));
    log_warning(sentence);
  }
  return true;
}
