/* bouncedb lmtp: the service. What it does with a message is in recorder.c, and how it speaks to
 * clients in lmtp; this is how it starts, and what it does when it is told to reload or to stop. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "base/escape.h"
#include "lmtp/server.h"
#include "lmtp/systemd.h"
#include "record/log.h"
#include "cmd/cmd.h"
#include "cmd/owner.h"
#include "cmd/recorder.h"

enum {
  TICK_MS = 1000,
  METRICS_TICKS = 15,
  STOP_TICKS = 20, /* for the messages that are complete */
};

typedef struct {
  char **listen;
  char *mode;
  gboolean remote;
  char *metrics; /* NULL = no file */
} Options;

typedef struct {
  Context *context;
  const Options *options;
  Recorder *recorder;
  Server *server;
  guint ticks, stopping; /* stopping: ticks since then; 0 = it is not */
} Service;

/* --- signals -----------------------------------------------------------------------------------*/

/* A pipe, because GLib watches signals with a thread, and workers are forked from this process. */
static int signal_pipe[2];

static void
on_signal(int number)
{
  const char octet = (char)number;
  int saved = errno;
  (void)!write(signal_pipe[1], &octet, 1);
  errno = saved;
}

static bool
catch_signals(GError **error)
{
  static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
  const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
  if (!g_unix_open_pipe(signal_pipe, FD_CLOEXEC, NULL) ||
      !g_unix_set_fd_nonblocking(signal_pipe[0], TRUE, NULL) ||
      !g_unix_set_fd_nonblocking(signal_pipe[1], TRUE, NULL))
    return throw_errno(error, "cannot make a pipe");
  for (gsize i = 0; i < G_N_ELEMENTS(signals); i++)
    sigaction(signals[i], &action, NULL);
  return true;
}

/* To the service's log, and to whoever has started it by hand. */
static void
complain(const Service *service, const char *what, const GError *error)
{
  g_autofree char *text = g_strdup_printf("%s: %s", what, error->message);
  g_autofree char *clean = escape_terminal(text);
  fprintf(stderr, "bouncedb: %s\n", clean);
  if (service->context->settings->syslog)
    log_warning(text);
}

static void
reload(Service *service)
{
  g_autoptr(GError) error = NULL;
  systemd_notify("RELOADING=1");
  if (!recorder_reload(service->recorder, &error))
    complain(service, "the configuration is not reloaded", error);
  systemd_notify("READY=1");
}

static void
stop(Service *service)
{
  if (service->stopping > 0)
    return;
  service->stopping = 1;
  systemd_notify("STOPPING=1");
  server_stop(service->server);
}

static gboolean
on_signals(int fd, GIOCondition condition, gpointer data)
{
  (void)condition;
  char octets[16];
  ssize_t n = read(fd, octets, sizeof octets);
  for (ssize_t i = 0; i < n; i++)
    if (octets[i] == SIGHUP)
      reload(data);
    else
      stop(data);
  return G_SOURCE_CONTINUE;
}

/* --- every second ------------------------------------------------------------------------------*/

static void
write_counters(FILE *file, const ServerCounts *server, const RecorderCounts *recorder)
{
  const struct {
    const char *name, *labels, *type, *help;
    gint64 value;
  } rows[] = {
      {"connections", "", "gauge", "Open connections", server->open},
      {"connections_total", "{result=\"accepted\"}", "counter", "Connections",
       (gint64)server->accepted},
      {"connections_total", "{result=\"refused\"}", NULL, NULL, (gint64)server->refused},
      {"messages_total", "{result=\"recorded\"}", "counter", "Messages by how they were answered",
       (gint64)recorder->recorded},
      {"messages_total", "{result=\"duplicate\"}", NULL, NULL, (gint64)recorder->duplicates},
      {"messages_total", "{result=\"deferred\"}", NULL, NULL, (gint64)recorder->deferred},
      {"commits_total", "", "counter", "Transactions", (gint64)recorder->commits},
      {"commit_microseconds_total", "", "counter", "Time that these took", recorder->commit_time},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    if (rows[i].type != NULL)
      fprintf(file, "# HELP bouncedb_lmtp_%s %s\n# TYPE bouncedb_lmtp_%s %s\n", rows[i].name,
              rows[i].help, rows[i].name, rows[i].type);
    fprintf(file, "bouncedb_lmtp_%s%s %" G_GINT64_FORMAT "\n", rows[i].name, rows[i].labels,
            rows[i].value);
  }
}

/* As that of report, the file keeps its mode. */
static bool
write_metrics(const Service *service, GError **error)
{
  if (service->options->metrics == NULL)
    return true;
  g_autoptr(AtomicFile) draft = atomic_file_new(service->options->metrics, error);
  if (draft == NULL)
    return false;
  FILE *file = atomic_file_stream(draft);
  const ServerCounts counts = server_counts(service->server);
  write_counters(file, &counts, recorder_counts(service->recorder));
  return atomic_file_publish(draft, -1, error);
}

/* The settings may have been loaded again. */
static void
apply_limits(Service *service)
{
  const Settings *settings = service->context->settings;
  const ServerLimits limits = {.connections = (guint)settings->lmtp_connections,
                               .per_peer = (guint)settings->lmtp_per_peer,
                               .idle = settings->lmtp_idle,
                               .message = settings->lmtp_message};
  server_limit(service->server, &limits);
}

static gboolean
on_tick(gpointer data)
{
  Service *service = data;
  g_autoptr(GError) error = NULL;
  apply_limits(service);
  server_tick(service->server);
  recorder_tick(service->recorder);
  if (systemd_watchdog() > 0)
    systemd_notify("WATCHDOG=1");
  if (++service->ticks % METRICS_TICKS == 0 && !write_metrics(service, &error))
    complain(service, "cannot write the metrics", error);
  if (service->stopping > 0)
    service->stopping++;
  return G_SOURCE_CONTINUE;
}

/* --- starting ----------------------------------------------------------------------------------*/

/* "0660" */
static bool
parse_mode(const char *text, mode_t *mode, GError **error)
{
  char *end;
  guint64 value = g_ascii_strtoull(text, &end, 8);
  if (!g_ascii_isdigit(*text) || *end != '\0' || value > 0777)
    return throw(error, BOUNCEDB_ERROR_USAGE, "--mode is not an octal mode such as 0660: %s", text);
  *mode = (mode_t)value;
  return true;
}

/* listeners: (element-type Listener) */
static bool
open_listeners(const Options *options, GArray *listeners, GError **error)
{
  ListenerOptions how = {.mode = 0660, .remote = options->remote};
  Listener listener;
  if (options->mode != NULL && !parse_mode(options->mode, &how.mode, error))
    return false;
  int n = systemd_sockets();
  for (int i = 0; i < n; i++) {
    if (!listener_adopt(&listener, SYSTEMD_FIRST + i, error))
      return false;
    g_array_append_val(listeners, listener);
  }
  for (char **address = options->listen; address != NULL && *address != NULL; address++, n++) {
    if (!listener_open(&listener, *address, &how, error))
      return false;
    g_array_append_val(listeners, listener);
  }
  return n > 0 || throw(error, BOUNCEDB_ERROR_USAGE,
                        "lmtp needs --listen unix:PATH or inet:ADDRESS:PORT, or a socket from "
                        "systemd");
}

/* Each connection may have a file too. */
static void
raise_file_limit(void)
{
  struct rlimit both;
  if (getrlimit(RLIMIT_NOFILE, &both) == 0) {
    both.rlim_cur = both.rlim_max;
    setrlimit(RLIMIT_NOFILE, &both);
  }
}

/* Without a database, clients are told to come again: it may be there soon. */
static void
open_database(const Service *service)
{
  g_autoptr(GError) error = NULL;
  if (!recorder_open(service->recorder, &error))
    complain(service, "no message is recorded for the time being", error);
}

static bool
is_done(const Service *service)
{
  return service->stopping > 0 &&
         (recorder_pending(service->recorder) == 0 || service->stopping > STOP_TICKS);
}

static void
serve(Service *service)
{
  guint tick = g_timeout_add(TICK_MS, on_tick, service);
  guint signals = g_unix_fd_add(signal_pipe[0], G_IO_IN, on_signals, service);
  systemd_notify("READY=1");
  while (!is_done(service))
    g_main_context_iteration(NULL, TRUE);
  g_source_remove(tick);
  g_source_remove(signals);
}

/* Root opens the sockets, and only these: the owner of the database reads its keys, and starts the
 * workers, which it could not end if they were root's. */
static bool
run(Context *context, const Options *options, GError **error)
{
  g_autoptr(GError) ignored = NULL;
  g_autoptr(GArray) listeners = g_array_new(FALSE, FALSE, sizeof(Listener));
  g_array_set_clear_func(listeners, (GDestroyNotify)listener_close);
  Service service = {.context = context, .options = options};
  if (!cmd_check_output(context, options->metrics, error) || !catch_signals(error) ||
      !open_listeners(options, listeners, error) ||
      !owner_become(context->settings->database, error))
    return false;
  g_autoptr(Recorder) recorder = recorder_new(context, error);
  if (recorder == NULL)
    return false;
  service.recorder = recorder;
  service.server = server_new(recorder_handler(recorder), g_get_host_name());
  for (guint i = 0; i < listeners->len; i++)
    server_add(service.server, &g_array_index(listeners, Listener, i));
  g_array_set_clear_func(listeners, NULL); /* they are the server's */
  apply_limits(&service);
  raise_file_limit();
  open_database(&service);
  serve(&service);
  write_metrics(&service, &ignored);
  server_free(service.server);
  return true;
}

bool
cmd_lmtp(Context *context, int argc, char **argv, GError **error)
{
  Options options = {NULL};
  const GOptionEntry entries[] = {{"listen", 'l', 0, G_OPTION_ARG_FILENAME_ARRAY, &options.listen,
                                   "Where clients connect: unix:PATH or inet:ADDRESS:PORT",
                                   "ADDRESS"},
                                  {"mode", 0, 0, G_OPTION_ARG_FILENAME, &options.mode,
                                   "The mode of a local socket (default: 0660)", "MODE"},
                                  {"allow-remote", 0, 0, G_OPTION_ARG_NONE, &options.remote,
                                   "Allow addresses that other hosts can reach", NULL},
                                  {"metrics", 0, 0, G_OPTION_ARG_FILENAME, &options.metrics,
                                   "Write counters for Prometheus to this file", "FILE"},
                                  G_OPTION_ENTRY_NULL};
  bool ok = cmd_options(context, NULL,
                        "Record the messages that mail servers deliver by LMTP, until SIGTERM.\n"
                        "SIGHUP loads the configuration again.",
                        entries, &argc, &argv, error);
  if (ok && argc > 1)
    ok = throw(error, BOUNCEDB_ERROR_USAGE, "lmtp takes no arguments: %s", argv[1]);
  ok = ok && run(context, &options, error);
  g_strfreev(options.listen);
  g_free(options.mode);
  g_free(options.metrics);
  return ok;
}
