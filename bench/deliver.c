/* deliver ROUNDS FLOOR... -- PROGRAM...: one delivery through the pipe, exec to exit, by either
 * command, the two in turns over letters each of which is another. Prints the medians, and the
 * median of the ratios of each turn.
 *
 * deliver mbox N: prints N such letters */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdbool.h>
#include <string.h>

#include <glib.h>

/* About as long as a usual report: some 5 kB. */
static char *
make_letter(int number)
{
  GString *letter = g_string_new(NULL);
  g_string_append_printf(
      letter,
      "Return-Path: <>\nDelivered-To: bounces@example.org\n"
      "Received: by mx.example.org (Postfix)\n\tid %08X; Sat, 21 Nov 2026 10:00:00 +0000 (UTC)\n"
      "Date: Sat, 21 Nov 2026 10:00:00 +0000 (UTC)\n"
      "From: MAILER-DAEMON@mx.example.org (Mail Delivery System)\n"
      "Subject: Undelivered Mail Returned to Sender\nTo: bounces@example.org\n"
      "Auto-Submitted: auto-replied\nMIME-Version: 1.0\n"
      "Content-Type: multipart/report; report-type=delivery-status;\n\tboundary=\"%08X.1/mx\"\n"
      "Message-Id: <%d@mx.example.org>\n\nThis is a MIME-encapsulated message.\n\n"
      "--%08X.1/mx\nContent-Description: Notification\nContent-Type: text/plain\n\n"
      "This is the mail system at host mx.example.org.\n\n"
      "I'm sorry to have to inform you that your message could not\n"
      "be delivered to one or more recipients. It's attached below.\n\n"
      "<r%d@example.net>: host mx.example.net[192.0.2.1] said: 550 5.1.1\n"
      "    <r%d@example.net>: Recipient address rejected: User unknown\n"
      "    (in reply to RCPT TO command)\n\n"
      "--%08X.1/mx\nContent-Description: Delivery report\nContent-Type: message/delivery-status\n\n"
      "Reporting-MTA: dns; mx.example.org\nX-Postfix-Queue-ID: %08X\n"
      "Arrival-Date: Sat, 21 Nov 2026 09:59:59 +0000 (UTC)\n\n"
      "Final-Recipient: rfc822; r%d@example.net\nOriginal-Recipient: rfc822;r%d@example.net\n"
      "Action: failed\nStatus: 5.1.1\nRemote-MTA: dns; mx.example.net\n"
      "Diagnostic-Code: smtp; 550 5.1.1 <r%d@example.net>: Recipient address\n"
      "    rejected: User unknown\n\n"
      "--%08X.1/mx\nContent-Description: Undelivered Message\nContent-Type: message/rfc822\n\n"
      "Received: from app.example.org by mx.example.org; Sat, 21 Nov 2026 09:59:59 +0000\n"
      "Message-ID: <news-%d@example.org>\nFrom: news@example.org\nTo: r%d@example.net\n"
      "Subject: News of the week\nList-Id: <news.example.org>\n"
      "Content-Type: text/plain; charset=utf-8\n\n",
      number, number, number, number, number, number, number, number, number, number, number,
      number, number, number);
  while (letter->len < 5000)
    g_string_append(letter, "All that has happened this week, and some of what has not.\n");
  g_string_append_printf(letter, "\n--%08X.1/mx--\n", number);
  return g_string_free(letter, FALSE);
}

typedef struct {
  double wall, cpu; /* microseconds; cpu: of the program and what it waited for */
} Cost;

static double
microseconds(struct timeval time)
{
  return (double)time.tv_sec * 1e6 + (double)time.tv_usec;
}

static pid_t
start(char **command, const int ends[2])
{
  pid_t pid = fork();
  if (pid == 0) {
    dup2(ends[0], STDIN_FILENO);
    close(ends[0]);
    close(ends[1]);
    execv(command[0], command);
    _exit(127);
  }
  return pid;
}

/* From fork to exit; the letter comes through a pipe, as from a mail server. */
static Cost
run(char **command, const char *letter)
{
  int ends[2];
  if (pipe(ends) != 0)
    exit(75);
  gint64 begin = g_get_monotonic_time();
  pid_t pid = start(command, ends);
  close(ends[0]);
  size_t length = strlen(letter);
  bool written = write(ends[1], letter, length) == (ssize_t)length;
  close(ends[1]);
  int status;
  struct rusage usage;
  if (wait4(pid, &status, 0, &usage) != pid || status != 0 || !written) {
    fprintf(stderr, "%s failed: %d\n", command[0], status);
    exit(1);
  }
  return (Cost){(double)(g_get_monotonic_time() - begin),
                microseconds(usage.ru_utime) + microseconds(usage.ru_stime)};
}

static int
compare(gconstpointer a, gconstpointer b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double
quantile(GArray *values, double q)
{
  g_array_sort(values, compare);
  return g_array_index(values, double, (guint)(q * (values->len - 1)));
}

typedef struct {
  GArray *floor, *own, *ratio;
} Series;

static Series
series_new(void)
{
  return (Series){g_array_new(FALSE, FALSE, sizeof(double)),
                  g_array_new(FALSE, FALSE, sizeof(double)),
                  g_array_new(FALSE, FALSE, sizeof(double))};
}

static void
series_add(Series *series, double floor, double own)
{
  double ratio = own / floor;
  g_array_append_val(series->floor, floor);
  g_array_append_val(series->own, own);
  g_array_append_val(series->ratio, ratio);
}

static void
series_print(Series *series, const char *what)
{
  printf("deliver, %s: floor %.2f ms, bouncedb %.2f ms; ratio %.2f (quartiles %.2f to %.2f)\n",
         what, quantile(series->floor, 0.5) / 1000, quantile(series->own, 0.5) / 1000,
         quantile(series->ratio, 0.5), quantile(series->ratio, 0.25),
         quantile(series->ratio, 0.75));
}

static int
print_mbox(int n)
{
  for (int i = 0; i < n; i++) {
    g_autofree char *letter = make_letter(i + 1);
    printf("From MAILER-DAEMON Sat Nov 21 10:00:00 2026\n%s\n", letter);
  }
  return 0;
}

int
main(int argc, char **argv)
{
  if (argc == 3 && strcmp(argv[1], "mbox") == 0)
    return print_mbox((int)g_ascii_strtoll(argv[2], NULL, 10));
  char **floor_command = argv + 2, **own_command = argv + 2;
  while (argc > 3 && *own_command != NULL && strcmp(*own_command, "--") != 0)
    own_command++;
  if (argc <= 3 || *own_command == NULL || own_command == floor_command)
    return 64;
  *own_command++ = NULL;
  int rounds = (int)g_ascii_strtoll(argv[1], NULL, 10);
  Series wall = series_new(), cpu = series_new();
  for (int i = 0; i < rounds; i++) {
    g_autofree char *letter = make_letter(i + 1);
    bool own_first = i % 2 == 1; /* so that neither always finds the disk as the other left it */
    Cost own = {0, 0};
    if (own_first)
      own = run(own_command, letter);
    Cost floor = run(floor_command, letter);
    if (!own_first)
      own = run(own_command, letter);
    series_add(&wall, floor.wall, own.wall);
    series_add(&cpu, floor.cpu, own.cpu);
  }
  series_print(&wall, "time");
  series_print(&cpu, "processor");
  return 0;
}
