/* The limits of the cage. This test brings a reader of its own that does what the message tells it,
 * because what a hostile message costs depends on the version of GMime and on the machine. */
#include "config.h"

#include "lib/check.h"

#ifdef HAVE_VALGRIND_VALGRIND_H
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

#include <errno.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "readers/readers.h"
#include "worker/worker.h"

static bool broken; /* the channel of the worker */

/* Takes the place of the C library's. */
ssize_t
writev(int fd, const struct iovec *pieces, int n)
{
  errno = EIO;
  return broken ? -1 : (ssize_t)syscall(SYS_writev, fd, pieces, n);
}

static void
spin(void)
{
  for (volatile unsigned turns = 0;; turns++)
    ;
}

/* GLib ends the process when it cannot allocate. */
static void
eat(void)
{
  enum { BITE = 1 << 20 };
  for (;;)
    memset(g_malloc(BITE), 'x', BITE);
}

Report *
readers_read(const Message *message, const char *const *subscriber_headers)
{
  (void)subscriber_headers;
  const char *order = part_header(message_part(message, 0), "Subject");
  if (g_strcmp0(order, "spin") == 0)
    spin();
  else if (g_strcmp0(order, "eat") == 0)
    eat();
  Report *report = report_new();
  report->subject = g_strdup(order);
  return report;
}

static Report *
ask(Worker *worker, const char *order)
{
  g_autoptr(GString) window = g_string_new(NULL);
  g_string_printf(window, "Subject: %s\n\n", order);
  assert_true(worker_submit(worker, window, NULL));
  return worker_collect(worker, NULL);
}

/* What one message costs does not count against the next one. */
static void
check_limit(const CageLimits *limits, const char *order, Note note)
{
  g_autoptr(Rules) rules = rules_load(NULL, NULL);
  g_autoptr(Worker) worker = worker_new(rules, limits, NULL);
  g_autoptr(Report) bad = ask(worker, order);
  check_string(order, kind_name(bad->kind), "unreadable");
  check_int(order, bad->notes, note);
  g_autoptr(Report) good = ask(worker, "next");
  check_string(order, good->subject, "next");
  check_int(order, good->notes, 0);
}

static void
test_cpu(void **state)
{
  (void)state;
  static const CageLimits limits = {.cpu = 1, .wall = 3600};
  check_limit(&limits, "spin", NOTE_WORKER_LATE);
}

static void
test_memory(void **state)
{
  (void)state;
#ifndef SANITIZED
  static const CageLimits limits = {.memory = 64 << 20, .cpu = 60, .wall = 3600};
  if (!RUNNING_ON_VALGRIND)
    check_limit(&limits, "eat", NOTE_WORKER_DIED);
#endif
}

/* A worker that cannot answer is not to blame, and neither is the message. */
static void
test_broken_channel(void **state)
{
  (void)state;
  g_autoptr(Rules) rules = rules_load(NULL, NULL);
  broken = true;
  g_autoptr(Worker) worker = worker_new(rules, NULL, NULL);
  broken = false;
  g_autoptr(Report) report = ask(worker, "hello");
  check_int("notes", report->notes, NOTE_WORKER_STOPPED);
  g_autoptr(Report) good = ask(worker, "next");
  check_string("next", good->subject, "next");
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_cpu),
      cmocka_unit_test(test_memory),
      cmocka_unit_test(test_broken_channel),
  };
  return cmocka_run_group_tests_name("cage-limits", tests, NULL, NULL);
}
