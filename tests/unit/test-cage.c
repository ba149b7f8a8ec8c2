/* The real cage: messages are read in it, and what a worker can still do. */
#include "config.h"

#include "lib/check.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#ifdef HAVE_VALGRIND_VALGRIND_H
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

#include "worker/worker.h"

static Rules *rules;

#define HEAD                                                                                       \
  "MIME-Version: 1.0\n"                                                                            \
  "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"                    \
  "--b\n\nNot delivered.\n"                                                                        \
  "--b\nContent-Type: message/delivery-status\n\n"                                                 \
  "Reporting-MTA: dns; mx.example.org\n\n"                                                         \
  "Final-Recipient: rfc822; r@example.net\n"                                                       \
  "Action: failed\nStatus: 5.1.1\n"                                                                \
  "Diagnostic-Code: smtp; 550 5.1.1 User unknown\n\n"

static const char bounce_head[] = HEAD;
static const char bounce[] = HEAD "--b--\n";

static Report *
ask(Worker *worker, const char *window, size_t length)
{
  g_autoptr(GString) text = g_string_new_len(window, (gssize)length);
  assert_true(worker_submit(worker, text, NULL));
  return worker_collect(worker, NULL);
}

static void
check_bounce(Worker *worker)
{
  g_autoptr(Report) report = ask(worker, bounce, strlen(bounce));
  check_string("kind", kind_name(report->kind), "bounce");
  assert_int_equal(report->recipients->len, 1);
  const Recipient *recipient = report_recipient(report, 0);
  check_string("recipient", recipient->recipient, "r@example.net");
  check_string("reason", reason_name(recipient->verdict.reason), "user_unknown");
  check_int("notes", report->notes, 0);
}

static void
test_reading(void **state)
{
  (void)state;
  g_autoptr(Worker) worker = worker_new(rules, NULL, NULL);
  for (int i = 0; i < 3; i++)
    check_bounce(worker);
  g_autoptr(Report) empty = ask(worker, "", 0);
  check_string("empty", kind_name(empty->kind), "other");
}

/* The process is gone before anyone tells it to go, and another reads the next message. */
static void
test_once(void **state)
{
  (void)state;
  const CageLimits limits = {.once = true};
  g_autoptr(Worker) worker = worker_new(rules, &limits, NULL);
  for (int i = 0; i < 2; i++) {
    check_bounce(worker);
    struct pollfd end = {.fd = worker_fd(worker)};
    assert_int_equal(poll(&end, 1, -1), 1);
    assert_true(end.revents & POLLHUP);
  }
}

/* A process in the cage can load no library for a charset, so it gets a new one for each that a
 * message needs. */
static void
test_charsets(void **state)
{
  (void)state;
  static const struct {
    const char *subject, *want;
  } cases[] = {
      {"=?windows-1251?Q?=CF=F0=E8=E2=E5=F2?=", "Привет"},
      {"=?iso-2022-jp?B?GyRCJEYkOSRIGyhC?=", "てすと"},
      {"=?iso-8859-2?Q?=B1=E6=EA?=", "ąćę"},
      {"=?utf-8?Q?=C3=A9t=C3=A9?=", "été"},
      {"=?gb2312?B?xOO6ww==?=", "你好"},
      {"\xcf\xf0\xe8\xe2\xe5\xf2 \xec\xe8\xf0", "Привет мир"},
      {"=?no-such-charset?Q?plain?=", "plain"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(Worker) worker = worker_new(rules, NULL, NULL);
    g_autofree char *subject = g_strcompress(cases[i].subject);
    g_autofree char *window = g_strdup_printf(
        "%s--b\nContent-Type: message/rfc822\n\nSubject: %s\n\n\n--b--\n", bounce_head, subject);
    g_autoptr(Report) report = ask(worker, window, strlen(window));
    check_string(cases[i].subject, report->subject, cases[i].want);
    check_int(cases[i].subject, report->notes, 0);
  }
}

#ifdef __linux__
static bool
read_proc(const char *pid, const char *name, char **out)
{
  g_autofree char *path = g_build_filename("/proc", pid, name, NULL);
  return g_file_get_contents(path, out, NULL, NULL);
}

static void
check_limit(const char *limits, const char *name, const char *want)
{
  const char *line = strstr(limits, name);
  assert_non_null(line);
  line += strlen(name);
  g_autofree char *got =
      g_strndup(line + strspn(line, " "), strcspn(line + strspn(line, " "), " "));
  check_string(name, got, want);
}

/* Only the channel is still open. The worker is not dumpable, so the kernel shows its descriptors
 * only to those who may trace any process, which root in a container may not. */
static void
check_descriptors(const char *pid)
{
  g_autofree char *path = g_build_filename("/proc", pid, "fd", NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(GDir) dir = g_dir_open(path, 0, &error);
  if (dir == NULL) {
    assert_true(g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_ACCES));
    return;
  }
  GString *names = g_string_new(NULL);
  const char *name;
  while ((name = g_dir_read_name(dir)) != NULL)
#ifdef SANITIZED
    if (strcmp(name, "2") != 0) /* where their reports go */
#endif
      g_string_append(names, name);
  check_string("descriptors", names->str, "3");
  g_string_free(names, TRUE);
}

static void
test_confinement(void **state)
{
  (void)state;
  if (RUNNING_ON_VALGRIND)
    return;                    /* it has descriptors of its own */
  FILE *inherited = tmpfile(); /* as a mail server may leave one open */
  g_autoptr(Worker) worker = worker_new(rules, NULL, NULL);
  check_bounce(worker);
  g_autofree char *pid = NULL, *limits = NULL, *status = NULL;
  if (!read_proc("thread-self", "children", &pid) || *pid == '\0')
    return; /* a kernel without CONFIG_PROC_CHILDREN */
  g_strchomp(pid);
  assert_true(read_proc(pid, "limits", &limits) && read_proc(pid, "status", &status));
  check_limit(limits, "Max core file size", "0");
#ifndef COVERED /* gcov's counts are files */
  check_limit(limits, "Max file size", "0");
#endif
  check_limit(limits, "Max open files", "16");
  assert_non_null(strstr(status, "NoNewPrivs:\t1\n"));
  check_descriptors(pid);
  fclose(inherited);
}
#endif

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_reading),
      cmocka_unit_test(test_once),
      cmocka_unit_test(test_charsets),
#ifdef __linux__
      cmocka_unit_test(test_confinement),
#endif
  };
  rules = rules_load(NULL, NULL);
  int failed = cmocka_run_group_tests_name("cage", tests, NULL, NULL);
  rules_free(rules);
  return failed;
}
