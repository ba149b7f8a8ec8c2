#include "config.h"

#include "worker/worker.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "base/error.h"
#include "mail/message.h"
#include "worker/budget.h"
#include "worker/channel.h"
#include "worker/wire.h"

static const char no_filter[] =
    "[cage] required: this system cannot filter the system calls of the process that parses";

enum {
  EXIT_NO_CAGE = 77,
  WISHES_MAX = 2, /* for a message: what it asks for, and then all */
  QUEUE_MAX = 16, /* windows that wait for an answer */
  /* What is sent while another answer may be on its way has to fit into the socket's buffer: if the
   * parent waited until it can send, and the worker until it can answer, neither would go on. */
  QUEUE_OCTETS = 64 << 10,
};

/* A window that waits for its answer. */
typedef struct {
  GString *window;
  ChannelResult sent;
} Request;

struct Worker {
  const Rules *rules;
  CageLimits limits;
  ConverterSet charsets; /* that the process has, or will have */
  GQueue requests;       /* (element-type Request) the first is being read */
  size_t queued;         /* octets of their windows */
  int wishes;            /* for charsets, during the first request */
  pid_t pid;             /* 0: not running */
  bool fresh;            /* it has not had a window yet */
  int fd;                /* our end of the channel */
  gint64 deadline;       /* of the first request; monotonic, microseconds */
#ifdef HAVE_SCHED_GETCPU
  cpu_set_t cpus; /* the parent's CPUs before they were split */
#endif
  bool split;
};

/* A worker runs as the same user, so without this it could read and write the memory of the parent,
 * in /proc or by ptrace, if the kernel had nothing else against it. */
#ifdef __linux__
static guint exposed; /* workers that live */
static int dumpable;  /* what the parent was before the first */

static void
shut_memory(void)
{
  if (exposed++ > 0)
    return;
  dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static void
reopen_memory(void)
{
  if (--exposed == 0 && dumpable == 1)
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}
#else
static void
shut_memory(void)
{
}

static void
reopen_memory(void)
{
}
#endif

/* Does not return. Exit handlers and buffers are the parent's, hence _exit. */
static void
be_worker(const Worker *worker, int channel)
{
  if (!cage_enter(channel, &worker->limits, worker->charsets))
    _exit(EXIT_NO_CAGE);
  _exit(cage_serve(worker->rules, &worker->limits));
}

static bool
start(Worker *worker, GError **error)
{
  int pair[2];
  if (worker->limits.required && (cage_layers() & CAGE_FILTER) == 0)
    return throw(error, BOUNCEDB_ERROR_TEMPFAIL, "%s", no_filter);
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
    return throw_errno(error, "cannot make a socket pair");
  shut_memory();
  pid_t pid = fork();
  if (pid == 0)
    be_worker(worker, pair[1]);
  int saved = errno;
  close(pair[1]);
  if (pid < 0) {
    close(pair[0]);
    reopen_memory();
    errno = saved;
    return throw_errno(error, "cannot fork");
  }
  worker->pid = pid;
  worker->fd = pair[0];
  worker->fresh = true;
  return true;
}

/* After it has been reaped. */
static void
forget_process(Worker *worker)
{
  close(worker->fd);
  reopen_memory();
  worker->pid = 0;
  worker->fd = -1;
}

/* Kills and reaps the process. */
static void
stop(Worker *worker)
{
  if (worker->pid == 0)
    return;
  kill(worker->pid, SIGKILL);
  while (waitpid(worker->pid, NULL, 0) < 0 && errno == EINTR)
    ;
  forget_process(worker);
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
  g_queue_init(&worker->requests);
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

/* Before the parent waits: another process may need its CPU, and another CPU may be free. */
static void
rejoin(Worker *worker)
{
  if (worker->split) {
    sched_setaffinity(0, sizeof worker->cpus, &worker->cpus);
    sched_setaffinity(worker->pid, sizeof worker->cpus, &worker->cpus);
  }
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

static void
request_free(gpointer request)
{
  g_string_free(((Request *)request)->window, TRUE);
  g_free(request);
}

static void
forget_requests(Worker *worker)
{
  g_queue_clear_full(&worker->requests, request_free);
  worker->queued = 0;
}

void
worker_free(Worker *worker)
{
  if (worker == NULL)
    return;
  rejoin(worker);
  stop(worker);
  forget_requests(worker);
  g_free(worker);
}

int
worker_fd(const Worker *worker)
{
  return worker->fd;
}

/* --- handing over --- */

static Request *
first(Worker *worker)
{
  return g_queue_peek_head(&worker->requests);
}

static void
set_deadline(Worker *worker)
{
  worker->deadline = g_get_monotonic_time() + (gint64)worker->limits.wall * G_TIME_SPAN_SECOND;
}

/* Once one could not be sent, none after it is: the process may have had a part of it. */
static void
hand_over(Worker *worker, GList *link)
{
  Request *request = link->data;
  const Request *before = link->prev != NULL ? link->prev->data : NULL;
  worker->fresh = false;
  if (before == NULL)
    set_deadline(worker);
  request->sent =
      before != NULL && before->sent != CHANNEL_OK
          ? CHANNEL_FAILED
          : channel_send(worker->fd, request->window->str, request->window->len, worker->deadline);
}

static bool
hand_over_to_new(Worker *worker, GError **error)
{
  stop(worker);
  if (!start(worker, error))
    return false;
  for (GList *link = worker->requests.head; link != NULL; link = link->next)
    hand_over(worker, link);
  return true;
}

bool
worker_has_room(const Worker *worker, size_t length)
{
  return worker->requests.length == 0 ||
         (!worker->limits.once && worker->requests.length < QUEUE_MAX &&
          worker->queued + length <= QUEUE_OCTETS);
}

static bool
submit(Worker *worker, const GString *window, GError **error)
{
  Request *request = g_new0(Request, 1);
  bool idle = worker->requests.length == 0;
  request->window = g_string_new_len(window->str, (gssize)window->len);
  g_queue_push_tail(&worker->requests, request);
  worker->queued += window->len;
  if (idle)
    worker->wishes = 0;
  if (worker->pid == 0 ||
      (idle && !worker->fresh && !budget_renew(worker->pid, worker->limits.cpu)))
    return hand_over_to_new(worker, error);
  hand_over(worker, worker->requests.tail);
  /* If it is gone, it died while idle, so this message is not the cause. */
  return !idle || request->sent != CHANNEL_CLOSED || hand_over_to_new(worker, error);
}

bool
worker_submit(Worker *worker, const GString *window, GError **error)
{
  if (submit(worker, window, error))
    return true;
  forget_requests(worker);
  return false;
}

/* The first request is done; what it left of the process reads the next one, or another does. */
static bool
go_on(Worker *worker, GError **error)
{
  Request *done = g_queue_pop_head(&worker->requests);
  worker->queued -= done->window->len;
  request_free(done);
  worker->wishes = 0;
  if (first(worker) == NULL)
    return true;
  set_deadline(worker);
  return (worker->pid != 0 && first(worker)->sent == CHANNEL_OK &&
          budget_renew(worker->pid, worker->limits.cpu)) ||
         hand_over_to_new(worker, error);
}

/* --- answers --- */

static Report *
give_up(Worker *worker, Note note)
{
  stop(worker);
  Report *report = report_new();
  report->kind = KIND_UNREADABLE;
  report->notes = note;
  return report;
}

/* What a message can make a process die of. SIGKILL, SIGTERM and the rest come from outside, for
 * example when the machine is out of memory. */
static Note
cause_of_death(int status)
{
  if (WIFEXITED(status) &&
      (WEXITSTATUS(status) == CAGE_NO_CHANNEL || WEXITSTATUS(status) == CAGE_NO_PARSER))
    return NOTE_WORKER_STOPPED;
  if (!WIFSIGNALED(status))
    return NOTE_WORKER_DIED; /* nothing that reads a message exits */
  switch (WTERMSIG(status)) {
  case SIGXCPU:
    return NOTE_WORKER_LATE;
  case SIGSYS:
    return NOTE_WORKER_FORBIDDEN;
  case SIGSEGV:
  case SIGBUS:
  case SIGABRT:
  case SIGILL:
  case SIGTRAP:
  case SIGFPE:
    return NOTE_WORKER_DIED;
  default:
    return NOTE_WORKER_STOPPED;
  }
}

/* The channel is closed, so the process is about to end, and what it ends by tells whose fault that
 * is. One that goes on after closing its channel has been taken over. */
static Report *
give_up_dead(Worker *worker, GError **error)
{
  int status = 0;
  pid_t pid;
  while ((pid = waitpid(worker->pid, &status, WNOHANG)) <= 0) {
    if (pid < 0 && errno != EINTR)
      return give_up(worker, NOTE_WORKER_STOPPED);
    if (g_get_monotonic_time() > worker->deadline)
      return give_up(worker, NOTE_WORKER_LIED);
    g_usleep(200);
  }
  forget_process(worker);
  if (worker->limits.required && WIFEXITED(status) && WEXITSTATUS(status) == EXIT_NO_CAGE) {
    throw(error, BOUNCEDB_ERROR_TEMPFAIL, "%s", no_filter);
    return NULL;
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == CAGE_NO_PARSER && !message_init()) {
    throw(error, BOUNCEDB_ERROR_TEMPFAIL, "GMime, which parses messages, is missing: install %s",
          GMIME_LIBRARY);
    return NULL;
  }
  return give_up(worker, cause_of_death(status));
}

/* The answer to the first window, or a wish. */
static ChannelResult
receive(Worker *worker, GBytes **bytes)
{
  if (first(worker)->sent != CHANNEL_OK)
    return first(worker)->sent;
  return channel_receive(worker->fd, WIRE_MAX, worker->deadline, bytes);
}

/* Charsets that the process has not got, because loading them takes time and few messages need any.
 * It cannot load them now, so another one gets them. */
static bool
grant(Worker *worker, ConverterSet wish, GError **error)
{
  worker->charsets |= worker->wishes++ == 0 ? wish : CONVERTERS_ALL;
  return hand_over_to_new(worker, error);
}

/* Takes wishes until there is something else. */
static bool
receive_answer(Worker *worker, ChannelResult *result, GBytes **bytes, GError **error)
{
  for (;;) {
    *result = receive(worker, bytes);
    if (*result != CHANNEL_OK || g_bytes_get_size(*bytes) != sizeof(ConverterSet) ||
        worker->wishes == WISHES_MAX)
      return true;
    ConverterSet wish;
    memcpy(&wish, g_bytes_get_data(*bytes, NULL), sizeof wish);
    g_clear_pointer(bytes, g_bytes_unref);
    if (!grant(worker, wish, error))
      return false;
  }
}

/* (nullable) */
static Report *
decode(GBytes *bytes, const Rules *rules)
{
  size_t length;
  const char *record = g_bytes_get_data(bytes, &length);
  return wire_decode(record, length, rules);
}

/* (nullable) */
static Report *
collect(Worker *worker, GError **error)
{
  g_autoptr(GBytes) bytes = NULL;
  ChannelResult result;
  if (!receive_answer(worker, &result, &bytes, error))
    return NULL;
  switch (result) {
  case CHANNEL_OK:
    break;
  case CHANNEL_LATE:
  case CHANNEL_FAILED:
    return give_up(worker, NOTE_WORKER_STOPPED);
  case CHANNEL_CLOSED:
    return give_up_dead(worker, error);
  case CHANNEL_BAD:
    return give_up(worker, NOTE_WORKER_LIED);
  }
  Report *report = decode(bytes, worker->rules);
  return report != NULL ? report : give_up(worker, NOTE_WORKER_LIED);
}

Report *
worker_collect(Worker *worker, GError **error)
{
  rejoin(worker);
  g_autoptr(Report) report = collect(worker, error);
  if (report != NULL && go_on(worker, error))
    return g_steal_pointer(&report);
  forget_requests(worker);
  return NULL;
}
