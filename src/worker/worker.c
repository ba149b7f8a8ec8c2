#include "config.h"

#include "worker/worker.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "worker/channel.h"
#include "worker/wire.h"

struct Worker {
  const Rules *rules;
  CageLimits limits;
  pid_t pid;       /* 0: not running */
  int fd;          /* our end of the channel */
  gint64 deadline; /* of the current request; monotonic, microseconds */
  ChannelResult sent;
#ifdef HAVE_SCHED_GETCPU
  cpu_set_t cpus; /* the parent's CPUs before they were split */
#endif
  bool split;
};

static bool
start(Worker *worker, GError **error)
{
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
    return throw_errno(error, "cannot make a socket pair");
  pid_t pid = fork();
  if (pid == 0) { /* exit handlers and buffers are the parent's, hence _exit */
    cage_enter(pair[1], &worker->limits);
    _exit(cage_serve(worker->rules, &worker->limits));
  }
  int saved = errno;
  close(pair[1]);
  if (pid < 0) {
    close(pair[0]);
    errno = saved;
    return throw_errno(error, "cannot fork");
  }
  worker->pid = pid;
  worker->fd = pair[0];
  return true;
}

/* Kills and reaps the process. Returns its wait status; one that had already died keeps its own. */
static int
stop(Worker *worker)
{
  int status = 0;
  if (worker->pid == 0)
    return status;
  kill(worker->pid, SIGKILL);
  while (waitpid(worker->pid, &status, 0) < 0 && errno == EINTR)
    ;
  close(worker->fd);
  worker->pid = 0;
  worker->fd = -1;
  return status;
}

Worker *
worker_new(const Rules *rules, const CageLimits *limits, GError **error)
{
  g_autoptr(Worker) worker = g_new0(Worker, 1);
  worker->rules = rules;
  if (limits != NULL)
    worker->limits = *limits;
  if (worker->limits.memory == 0)
    worker->limits.memory = 512 << 20;
  if (worker->limits.cpu == 0)
    worker->limits.cpu = 5;
  if (worker->limits.wall == 0)
    worker->limits.wall = 60;
  if (!start(worker, error))
    return NULL;
  return g_steal_pointer(&worker);
}

#ifdef HAVE_SCHED_GETCPU
void
worker_split_cpus(Worker *worker)
{
  cpu_set_t mine, others;
  int cpu = sched_getcpu();
  if (worker->pid == 0 || worker->split || cpu < 0 ||
      sched_getaffinity(0, sizeof worker->cpus, &worker->cpus) != 0)
    return;
  CPU_ZERO(&mine);
  CPU_SET(cpu, &mine);
  others = worker->cpus;
  CPU_CLR(cpu, &others);
  worker->split = CPU_COUNT(&others) > 0 &&
                  sched_setaffinity(worker->pid, sizeof others, &others) == 0 &&
                  sched_setaffinity(0, sizeof mine, &mine) == 0;
}

static void
rejoin(Worker *worker)
{
  if (worker->split)
    sched_setaffinity(0, sizeof worker->cpus, &worker->cpus);
  worker->split = false;
}
#else
void
worker_split_cpus(Worker *worker)
{
  (void)worker;
}

static void
rejoin(Worker *worker)
{
  (void)worker;
}
#endif

void
worker_dismiss(Worker *worker)
{
  if (worker->pid != 0)
    kill(worker->pid, SIGKILL);
}

void
worker_free(Worker *worker)
{
  if (worker == NULL)
    return;
  rejoin(worker);
  stop(worker);
  g_free(worker);
}

int
worker_fd(const Worker *worker)
{
  return worker->fd;
}

static void
hand_over(Worker *worker, const GString *window)
{
  worker->deadline = g_get_monotonic_time() + (gint64)worker->limits.wall * G_TIME_SPAN_SECOND;
  worker->sent = channel_send(worker->fd, window->str, window->len, worker->deadline);
}

bool
worker_submit(Worker *worker, const GString *window, GError **error)
{
  if (worker->pid == 0 && !start(worker, error))
    return false;
  hand_over(worker, window);
  if (worker->sent != CHANNEL_CLOSED)
    return true;
  /* It died while idle, so this message is not the cause. */
  stop(worker);
  if (!start(worker, error))
    return false;
  hand_over(worker, window);
  return true;
}

static Report *
give_up(Worker *worker, Note note)
{
  int status = stop(worker);
  if (note == NOTE_WORKER_DIED && WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
    note = NOTE_WORKER_LATE;
  Report *report = report_new();
  report->kind = KIND_UNREADABLE;
  report->notes = note;
  return report;
}

/* (nullable) */
static Report *
decode(GBytes *bytes, const Rules *rules)
{
  g_autoptr(GVariant) variant =
      g_variant_ref_sink(g_variant_new_from_bytes(wire_type(), bytes, FALSE));
  return wire_decode(variant, rules);
}

Report *
worker_collect(Worker *worker)
{
  g_autoptr(GBytes) bytes = NULL;
  ChannelResult result = worker->sent;
  if (result == CHANNEL_OK)
    result = channel_receive(worker->fd, WIRE_MAX, worker->deadline, &bytes);
  rejoin(worker);
  switch (result) {
  case CHANNEL_OK:
    break;
  case CHANNEL_LATE:
    return give_up(worker, NOTE_WORKER_LATE);
  case CHANNEL_CLOSED:
    return give_up(worker, NOTE_WORKER_DIED);
  case CHANNEL_BAD:
    return give_up(worker, NOTE_WORKER_LIED);
  }
  Report *report = decode(bytes, worker->rules);
  return report != NULL ? report : give_up(worker, NOTE_WORKER_LIED);
}
