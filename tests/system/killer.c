/* killer KILLS PROGRAM ARGUMENT...: a mail server that kills.
 *
 * Delivers letters to the program, each again and again until it exits 0, and kills it (SIGKILL) at
 * a random moment of so many of the tries. Every third letter is no report. Prints how many letters
 * were acknowledged and how many tries were killed alive; exits 1 where a try ended in any other
 * way. */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <glib.h>

typedef enum { ACKNOWLEDGED, KILLED, FAILED } Outcome;

static void
write_letter(FILE *file, int number)
{
  rewind(file);
  if (ftruncate(fileno(file), 0) != 0)
    abort();
  if (number % 3 == 0)
    fprintf(file, "From: friend@example.com\nMessage-ID: <%d@example.com>\n\nAt noon?\n", number);
  else
    fprintf(file,
            "From: MAILER-DAEMON@mx.example.org\nMIME-Version: 1.0\n"
            "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
            "--b\n\nNot delivered.\n--b\nContent-Type: message/delivery-status\n\n"
            "Reporting-MTA: dns; mx.example.org\n\n"
            "Final-Recipient: rfc822; r%d@example.net\nAction: failed\nStatus: 5.1.1\n"
            "Diagnostic-Code: smtp; 550 5.1.1 User unknown\n\n"
            "--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <o%d@example.org>\n--b--\n",
            number, number);
  fflush(file);
}

static pid_t
start(FILE *letter, char **command)
{
  pid_t pid = fork();
  if (pid == 0) {
    lseek(fileno(letter), 0, SEEK_SET);
    dup2(fileno(letter), STDIN_FILENO);
    execv(command[0], command);
    _exit(127);
  }
  return pid;
}

static Outcome
finish(pid_t pid)
{
  int status;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
    ;
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
    return KILLED;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? ACKNOWLEDGED : FAILED;
}

/* One try. after: microseconds until it is killed; negative = never. */
static Outcome
attempt(FILE *letter, char **command, gint64 after)
{
  pid_t pid = start(letter, command);
  if (after >= 0) {
    const struct timespec pause = {after / 1000000, after % 1000000 * 1000};
    nanosleep(&pause, NULL);
    kill(pid, SIGKILL);
  }
  return finish(pid);
}

/* How long a try lasts, so that the kills fall everywhere in it. */
static gint64
measure(FILE *letter, char **command, int *number)
{
  gint64 start = g_get_monotonic_time();
  for (int i = 0; i < 10; i++) {
    write_letter(letter, (*number)++);
    if (attempt(letter, command, -1) != ACKNOWLEDGED)
      return -1;
  }
  return (g_get_monotonic_time() - start) / 10;
}

int
main(int argc, char **argv)
{
  gint64 wanted = argc > 2 ? g_ascii_strtoll(argv[1], NULL, 10) : 0;
  FILE *letter = tmpfile();
  if (wanted <= 0 || letter == NULL)
    return 64;
  g_autoptr(GRand) random = g_rand_new();
  int number = 0;
  gint64 duration = measure(letter, argv + 2, &number);
  Outcome outcome = duration < 0 ? FAILED : ACKNOWLEDGED;
  gint64 kills = 0;
  while (kills < wanted && outcome != FAILED) {
    write_letter(letter, number++);
    do {
      gint64 after = (gint64)(g_rand_double(random) * (double)duration * 1.2);
      outcome = attempt(letter, argv + 2, kills < wanted ? after : -1);
      kills += outcome == KILLED;
    } while (outcome == KILLED);
  }
  printf("%d %" G_GINT64_FORMAT "\n", number, kills);
  return outcome == FAILED;
}
