/* The parent's side of the cage. The cage is replaced by one that does what the window tells it,
 * since a worker that has parsed untrusted bytes may do anything. */
#include "config.h"

#include "lib/check.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "worker/channel.h"
#include "worker/wire.h"
#include "worker/worker.h"

static int channel;
static ConverterSet charsets;

/* --- a system that fails ---
 *
 * These take the place of the C library's. */

typedef struct {
  const char *call; /* NULL = none */
  int error;
} Fault;

static Fault fault; /* of the next such call */

static bool
fails(const char *call)
{
  if (fault.call == NULL || strcmp(fault.call, call) != 0)
    return false;
  fault.call = NULL;
  errno = fault.error;
  return true;
}

#define REAL(call) __typeof__(&(call)) real = dlsym(RTLD_NEXT, #call)

ssize_t
recv(int fd, void *buffer, size_t length, int flags)
{
  return fails("recv") ? -1 : recvfrom(fd, buffer, length, flags, NULL, NULL);
}

ssize_t
sendmsg(int fd, const struct msghdr *message, int flags)
{
  REAL(sendmsg);
  return fails("sendmsg") ? -1 : real(fd, message, flags);
}

int
poll(struct pollfd *entries, nfds_t n, int timeout)
{
  REAL(poll);
  return fails("poll") ? -1 : real(entries, n, timeout);
}

pid_t
waitpid(pid_t pid, int *status, int options)
{
  REAL(waitpid);
  return fails("waitpid") ? -1 : real(pid, status, options);
}

pid_t
fork(void)
{
  REAL(fork);
  return fails("fork") ? -1 : real();
}

int
socketpair(int domain, int type, int protocol, int pair[2])
{
  REAL(socketpair);
  return fails("socketpair") ? -1 : real(domain, type, protocol, pair);
}

/* --- a worker that obeys --- */

bool
cage_enter(int fd, const CageLimits *limits, ConverterSet set)
{
  (void)limits;
  channel = fd;
  charsets = set;
  return true;
}

unsigned
cage_layers(void)
{
  return 0;
}

static void
send_report(const char *subject, Kind kind)
{
  g_autoptr(Report) report = report_new();
  report->kind = kind;
  bounce_set(&report->subject, subject, BOUNCE_TEXT_MAX);
  g_autoptr(GString) record = g_string_new(NULL);
  wire_encode(report, record);
  channel_send(channel, record->str, record->len, CHANNEL_FOREVER);
}

/* The CPUs that this process may use. */
static char *
cpus(void)
{
  g_autoptr(GString) list = g_string_new("on");
#ifdef HAVE_SCHED_GETCPU
  cpu_set_t set;
  assert_int_equal(sched_getaffinity(0, sizeof set, &set), 0);
  for (int i = 0; i < CPU_SETSIZE; i++)
    if (CPU_ISSET(i, &set))
      g_string_append_printf(list, " %d", i);
#endif
  return g_string_free(g_steal_pointer(&list), FALSE);
}

/* Wishes for charsets, and tells which it has, once it has them. */
static void
wish(const char *order)
{
  const ConverterSet wanted = (ConverterSet)g_ascii_strtoull(order, NULL, 10);
  if (wanted == 0 || (charsets & wanted) != wanted) {
    channel_send(channel, wanted == 0 ? &charsets : &wanted, sizeof wanted, CHANNEL_FOREVER);
    return;
  }
  g_autofree char *has = g_strdup_printf("%" G_GUINT64_FORMAT, charsets);
  send_report(has, KIND_OTHER);
}

/* cmocka catches some of them. */
static void
end_by(int number)
{
  signal(number, SIG_DFL);
  raise(number);
}

static void
obey(const char *order)
{
  static const guint32 huge = 0xffffffff;
  static const char half[] = {100, 0, 0, 0, 'x'};
  if (g_str_has_prefix(order, "signal "))
    end_by((int)g_ascii_strtoll(order + 7, NULL, 10));
  else if (g_str_has_prefix(order, "exit"))
    _exit((int)g_ascii_strtoll(order + 4, NULL, 10));
  else if (strcmp(order, "no channel") == 0)
    _exit(CAGE_NO_CHANNEL);
  else if (strcmp(order, "hang") == 0)
    pause();
  else if (strcmp(order, "half") == 0)
    _exit(write(channel, half, sizeof half) < 0);
  else if (strcmp(order, "huge") == 0)
    _exit(write(channel, &huge, sizeof huge) < 0 || pause());
  else if (strcmp(order, "garbage") == 0)
    channel_send(channel, "garbage", 7, CHANNEL_FOREVER);
  else if (strcmp(order, "last") == 0) {
    send_report(order, KIND_OTHER);
    _exit(0);
  } else if (strcmp(order, "empty") == 0)
    channel_send(channel, "", 0, CHANNEL_FOREVER);
  else if (strcmp(order, "silence") == 0)
    _exit(close(channel) || pause());
  else if (g_str_has_prefix(order, "wish "))
    wish(order + 5);
  else if (strcmp(order, "presume") == 0)
    send_report(order, KIND_UNREADABLE);
  else if (strcmp(order, "where") == 0) {
    g_autofree char *where = cpus();
    send_report(where, KIND_OTHER);
  } else {
    send_report(order, KIND_OTHER);
  }
}

int
cage_serve(const Rules *rules, const CageLimits *limits)
{
  (void)rules;
  (void)limits;
  g_autoptr(GBytes) window = NULL;
  while (channel_receive(channel, 1 << 20, CHANNEL_FOREVER, &window) == CHANNEL_OK) {
    obey(g_bytes_get_data(window, NULL));
    g_clear_pointer(&window, g_bytes_unref);
  }
  return 0;
}

static Report *
ask(Worker *worker, const char *order)
{
  g_autoptr(GString) window = g_string_new(order);
  assert_true(worker_submit(worker, window, NULL));
  return worker_collect(worker, NULL);
}

static Worker *
new_worker_for(int seconds, Rules **rules)
{
  static Rules *loaded;
  if (loaded == NULL)
    loaded = rules_load(NULL, NULL);
  *rules = loaded;
  const CageLimits limits = {.wall = seconds};
  Worker *worker = worker_new(loaded, &limits, NULL);
  assert_non_null(worker);
  return worker;
}

static Worker *
new_worker(Rules **rules)
{
  return new_worker_for(3600, rules);
}

/* Whatever the worker does, the parent gets a report that says so, and the next message is read. */
static void
test_misbehaviour(void **state)
{
  (void)state;
  static const struct {
    const char *order;
    Note note;
  } cases[] = {
      {"exit", NOTE_WORKER_DIED},    {"half", NOTE_WORKER_DIED},  {"huge", NOTE_WORKER_LIED},
      {"garbage", NOTE_WORKER_LIED}, {"empty", NOTE_WORKER_LIED}, {"presume", NOTE_WORKER_LIED},
  };
  Rules *rules;
  g_autoptr(Worker) worker = new_worker(&rules);
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(Report) bad = ask(worker, cases[i].order);
    check_string(cases[i].order, kind_name(bad->kind), "unreadable");
    check_int(cases[i].order, bad->notes, cases[i].note);
    g_autoptr(Report) good = ask(worker, "next");
    check_string(cases[i].order, good->subject, "next");
    check_int(cases[i].order, good->notes, 0);
  }
}

/* Nor is a fault of the system blamed on the message: it is worth another try. */
static void
test_faults(void **state)
{
  (void)state;
  static const struct {
    Fault fault;
    const char *order;
  } cases[] = {
      {{"recv", EIO}, "hello"},      {{"recv", ENOMEM}, "hello"},     {{"recv", ENOBUFS}, "hello"},
      {{"sendmsg", EIO}, "hello"},   {{"sendmsg", ENOBUFS}, "hello"}, {{"poll", ENOMEM}, "hang"},
      {{"waitpid", ECHILD}, "exit"},
  };
  Rules *rules;
  g_autoptr(Worker) worker = new_worker(&rules);
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    fault = cases[i].fault;
    g_autoptr(Report) report = ask(worker, cases[i].order);
    check_string(cases[i].fault.call, kind_name(report->kind), "unreadable");
    check_int(cases[i].fault.call, report->notes, NOTE_WORKER_STOPPED);
    g_autoptr(Report) good = ask(worker, "next");
    check_string(cases[i].fault.call, good->subject, "next");
  }
}

/* Without a process, there is no answer at all. */
static void
test_no_process(void **state)
{
  (void)state;
  static const Fault cases[] = {{"fork", EAGAIN}, {"fork", ENOMEM}, {"socketpair", EMFILE}};
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    Rules *rules;
    g_autoptr(GError) error = NULL;
    g_autoptr(Worker) worker = new_worker(&rules);
    fault = cases[i];
    assert_null(worker_new(rules, NULL, &error));
    assert_true(g_error_matches(error, BOUNCEDB_ERROR, BOUNCEDB_ERROR_TEMPFAIL));
    g_clear_error(&error);
    g_autoptr(Report) dead = ask(worker, "exit");
    g_autoptr(GString) window = g_string_new("next");
    fault = cases[i];
    assert_false(worker_submit(worker, window, &error));
    assert_true(g_error_matches(error, BOUNCEDB_ERROR, BOUNCEDB_ERROR_TEMPFAIL));
    g_autoptr(Report) good = ask(worker, "later");
    check_string(cases[i].call, good->subject, "later");
    g_clear_error(&error);
    g_string_assign(window, "wish 4");
    assert_true(worker_submit(worker, window, NULL));
    fault = cases[i];
    assert_null(worker_collect(worker, &error)); /* for the worker that has the charset */
    assert_true(g_error_matches(error, BOUNCEDB_ERROR, BOUNCEDB_ERROR_TEMPFAIL));
  }
}

/* A worker could say that it found no cage, so as to be asked again for days. It is believed only
 * if the settings demand one. */
static void
test_no_cage(void **state)
{
  (void)state;
  Rules *rules;
  g_autoptr(Worker) worker = new_worker(&rules);
  g_autoptr(Report) report = ask(worker, "exit 77");
  check_int("notes", report->notes, NOTE_WORKER_DIED);
}

/* Only what a message can cause is blamed on it. */
static void
test_signals(void **state)
{
  (void)state;
  static const struct {
    int signal;
    Note note;
  } cases[] = {
      {SIGXCPU, NOTE_WORKER_LATE},    {SIGSYS, NOTE_WORKER_FORBIDDEN},
      {SIGTRAP, NOTE_WORKER_DIED},    {SIGFPE, NOTE_WORKER_DIED},
      {SIGKILL, NOTE_WORKER_STOPPED}, {SIGTERM, NOTE_WORKER_STOPPED},
      {SIGUSR1, NOTE_WORKER_STOPPED}, {SIGALRM, NOTE_WORKER_STOPPED},
#ifndef SANITIZED /* they catch these */
      {SIGSEGV, NOTE_WORKER_DIED},    {SIGBUS, NOTE_WORKER_DIED},
      {SIGABRT, NOTE_WORKER_DIED},    {SIGILL, NOTE_WORKER_DIED},
#endif
  };
  Rules *rules;
  g_autoptr(Worker) worker = new_worker(&rules);
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *order = g_strdup_printf("signal %d", cases[i].signal);
    g_autoptr(Report) report = ask(worker, order);
    check_string(order, kind_name(report->kind), "unreadable");
    check_int(order, report->notes, cases[i].note);
  }
}

/* A worker that needs charsets is replaced by one that has them, once for the message, and then by
 * one that has all. */
static void
test_wishes(void **state)
{
  (void)state;
  Rules *rules;
  g_autoptr(Worker) worker = new_worker(&rules);
  g_autoptr(Report) first = ask(worker, "wish 6");
  check_string("what it has", first->subject, "6");
  g_autoptr(Report) second = ask(worker, "wish 1");
  check_string("it keeps", second->subject, "7");
  g_autoptr(Report) insatiable = ask(worker, "wish for ever");
  check_int("no more than all", insatiable->notes, NOTE_WORKER_LIED);
}

/* One that closes its channel but lives on has been taken over. */
static void
test_silence(void **state)
{
  (void)state;
  Rules *rules;
  g_autoptr(Worker) worker = new_worker_for(1, &rules);
  g_autoptr(Report) report = ask(worker, "silence");
  check_int("notes", report->notes, NOTE_WORKER_LIED);
}

/* On a busy machine the next message may be late too, so it gets many tries. */
static void
test_hanging(void **state)
{
  (void)state;
  Rules *rules;
  g_autoptr(Worker) worker = new_worker_for(1, &rules);
  g_autoptr(Report) bad = ask(worker, "hang");
  check_string("hang", kind_name(bad->kind), "unreadable");
  check_int("hang", bad->notes, NOTE_WORKER_STOPPED);
  g_autoptr(Report) good = ask(worker, "next");
  for (int i = 0; i < 60 && good->notes == NOTE_WORKER_STOPPED; i++) {
    g_clear_pointer(&good, report_free);
    good = ask(worker, "next");
  }
  check_string("hang", good->subject, "next");
}

/* What the system refuses to either of them is not blamed on the message. */
static void
test_refusals(void **state)
{
  (void)state;
  Rules *rules;
  g_autoptr(Worker) worker = new_worker(&rules);
  g_autoptr(Report) inside = ask(worker, "no channel");
  check_int("inside", inside->notes, NOTE_WORKER_STOPPED);
  g_autoptr(Report) good = ask(worker, "hello");
  check_string("a new one", good->subject, "hello");

  g_autoptr(GString) window = g_string_new("hello");
  assert_true(worker_submit(worker, window, NULL));
  int null = open("/dev/null", O_RDONLY | O_CLOEXEC); /* recv() is for sockets */
  assert_true(null >= 0 && dup2(null, worker_fd(worker)) >= 0);
  close(null);
  g_autoptr(Report) outside = worker_collect(worker, NULL);
  check_int("outside", outside->notes, NOTE_WORKER_STOPPED);
}

/* One process reads many messages. */
static void
test_persistence(void **state)
{
  (void)state;
  Rules *rules;
  g_autoptr(Worker) worker = new_worker(&rules);
  int fd = worker_fd(worker);
  for (int i = 0; i < 100; i++) {
    g_autofree char *order = g_strdup_printf("message %d", i);
    g_autoptr(Report) report = ask(worker, order);
    check_string(order, report->subject, order);
  }
  assert_int_equal(worker_fd(worker), fd);
}

/* If the worker dies between two messages, the second is not to blame. */
static void
test_idle_death(void **state)
{
  (void)state;
  Rules *rules;
  g_autoptr(Worker) worker = new_worker(&rules);
  g_autoptr(Report) last = ask(worker, "last");
  check_string("subject", last->subject, "last");
  char byte;
  assert_int_equal(read(worker_fd(worker), &byte, 1), 0); /* it is gone */
  g_autoptr(Report) report = ask(worker, "hello");
  check_string("subject", report->subject, "hello");
}

/* Answers come in the order of the windows, whatever happens between. Who dies or has a wish takes
 * nobody with it. */
static void
test_queue(void **state)
{
  (void)state;
  static const struct {
    const char *order, *subject;
    Note note;
  } cases[] = {
      {"one", "one", 0},
      {"exit", NULL, NOTE_WORKER_DIED},
      {"two", "two", 0},
      {"wish 2", "2", 0},
      {"garbage", NULL, NOTE_WORKER_LIED},
      {"three", "three", 0},
      {"last", "last", 0},
      {"four", NULL, NOTE_WORKER_DIED},
      {"five", "five", 0},
      {"signal 9", NULL, NOTE_WORKER_STOPPED},
  };
  Rules *rules;
  g_autoptr(Worker) worker = new_worker(&rules);
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GString) window = g_string_new(cases[i].order);
    assert_true(worker_has_room(worker, window->len));
    assert_true(worker_submit(worker, window, NULL));
  }
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(Report) report = worker_collect(worker, NULL);
    check_string(cases[i].order, report->subject, cases[i].subject);
    check_int(cases[i].order, report->notes, cases[i].note);
  }
}

/* An idle worker takes any window, and then only as much as the socket holds. */
static void
test_room(void **state)
{
  (void)state;
  Rules *rules;
  g_autoptr(Worker) worker = new_worker(&rules);
  g_autoptr(GString) window = g_string_new("small");
  assert_true(worker_has_room(worker, 1 << 20));
  int n = 0;
  for (; worker_has_room(worker, window->len); n++)
    assert_true(worker_submit(worker, window, NULL));
  check_int("windows", n, 16);
  for (; n > 1; n--)
    report_free(worker_collect(worker, NULL));
  assert_false(worker_has_room(worker, 1 << 20));
  report_free(worker_collect(worker, NULL));
  assert_true(worker_has_room(worker, 1 << 20));
}

/* A window larger than any socket buffer, for a worker that does not read. */
static void
test_large_window(void **state)
{
  (void)state;
  Rules *rules;
  g_autoptr(Worker) worker = new_worker(&rules);
  g_autoptr(GString) window = g_string_new(NULL);
  g_string_set_size(window, 1 << 20);
  memset(window->str, 'a', window->len);
  assert_true(worker_submit(worker, window, NULL));
  g_autoptr(Report) report = worker_collect(worker, NULL);
  check_int("length", (gint64)strlen(report->subject), BOUNCE_TEXT_MAX);
}

/* Until the parent waits for the answer, the two use different CPUs; then both may use all again.
 * If there is only one CPU, both stay on it. */
static void
test_split_cpus(void **state)
{
  (void)state;
  Rules *rules;
  g_autoptr(Worker) worker = new_worker(&rules);
  g_autofree char *before = cpus();
  worker_split_cpus(worker);
  g_autofree char *apart = cpus();
  g_autoptr(GString) where = g_string_new("where");
  assert_true(worker_submit(worker, where, NULL));
  struct pollfd answered = {.fd = worker_fd(worker), .events = POLLIN};
  assert_int_equal(poll(&answered, 1, -1), 1);
  g_autoptr(Report) report = worker_collect(worker, NULL);
  g_autofree char *after = cpus();
  g_autoptr(Report) rejoined = ask(worker, "where");
  check_string("rejoined", rejoined->subject, before);
  check_string("after", after, before);
  if (strchr(before + 3, ' ') != NULL)
    assert_string_not_equal(report->subject, apart);
  assert_int_equal(strlen(before) >= strlen(apart), true);
  g_autofree char *both = g_strdup_printf("%s%s", apart, report->subject + 2);
  if (strcmp(apart, before) != 0)
    check_int("together all", (gint64)strlen(both), (gint64)strlen(before));

  worker_split_cpus(worker);
  g_autoptr(Report) dead = ask(worker, "exit");
  check_int("it died", dead->notes, NOTE_WORKER_DIED);
  g_autofree char *alone = cpus();
  check_string("alone", alone, before);

  g_autoptr(Worker) other = new_worker(&rules);
  worker_split_cpus(other);
  g_clear_pointer(&other, worker_free);
  g_autofree char *unasked = cpus();
  check_string("unasked", unasked, before);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_misbehaviour), cmocka_unit_test(test_hanging),
      cmocka_unit_test(test_signals),      cmocka_unit_test(test_wishes),
      cmocka_unit_test(test_refusals),     cmocka_unit_test(test_silence),
      cmocka_unit_test(test_persistence),  cmocka_unit_test(test_idle_death),
      cmocka_unit_test(test_queue),        cmocka_unit_test(test_room),
      cmocka_unit_test(test_large_window), cmocka_unit_test(test_split_cpus),
      cmocka_unit_test(test_faults),       cmocka_unit_test(test_no_process),
      cmocka_unit_test(test_no_cage),
  };
  return cmocka_run_group_tests_name("worker", tests, NULL, NULL);
}
