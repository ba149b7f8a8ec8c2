/* killer KILLS PROGRAM ARGUMENT...: a mail server that kills.
 *
 * Delivers letters to the program, each again and again until it exits 0, and kills it (SIGKILL) at
 * a random moment of so many of the tries. Every third letter is no report, and every fifth comes
 * once more after it was acknowledged. Prints how many letters were acknowledged; exits 1 where a
 * try ended in any other way. */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <glib.h>
#include <stdbool.h>

#include "lib/letters.h"

typedef enum { ACKNOWLEDGED, KILLED, FAILED } Outcome;

static void
write_letter(FILE *file, int number)
{
  fseek(file, 0, SEEK_SET);
  if (ftruncate(fileno(file), 0) != 0)
    abort();
  g_autofree char *text = letter_text(number);
  fputs(text, file);
  fflush(file);
}

typedef struct {
  FILE *letter;
  char **command;
  sigset_t child;  /* SIGCHLD alone, which is blocked */
  gint64 duration; /* microseconds that a delivery takes at present */
} Server;

static pid_t
start(const Server *server)
{
  pid_t pid = fork();
  if (pid == 0) {
    sigprocmask(SIG_UNBLOCK, &server->child, NULL);
    lseek(fileno(server->letter), 0, SEEK_SET);
    dup2(fileno(server->letter), STDIN_FILENO);
    execv(server->command[0], server->command);
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

static bool
ends_within(const Server *server, gint64 microseconds)
{
  const struct timespec patience = {microseconds / G_USEC_PER_SEC,
                                    microseconds % G_USEC_PER_SEC * 1000};
  return sigtimedwait(&server->child, NULL, &patience) == SIGCHLD;
}

/* One try. after: microseconds until it is killed; negative = never. */
static Outcome
attempt(Server *server, gint64 after)
{
  ends_within(server, 0); /* the signal of the try before, which finish() did not take */
  gint64 begin = g_get_monotonic_time();
  pid_t pid = start(server);
  if (after >= 0 && !ends_within(server, after))
    kill(pid, SIGKILL);
  Outcome outcome = finish(pid);
  if (after < 0)
    server->duration = (server->duration * 3 + g_get_monotonic_time() - begin) / 4;
  return outcome;
}

/* Kills tries until there were so many. Some letters, and the first few, are left alone: they tell
 * how long a delivery takes. Returns the number of letters; -1 = a try failed. */
static int
deliver(Server *server, gint64 wanted)
{
  enum { FIRST = 10, EVERY = 8, AGAIN = 5 };
  g_autoptr(GRand) random = g_rand_new();
  int number = 0;
  for (gint64 kills = 0; kills < wanted; number++) {
    Outcome outcome;
    write_letter(server->letter, number);
    do {
      double moment = g_rand_double(random) * (double)server->duration * 1.2;
      bool disturb = number >= FIRST && number % EVERY != 0 && kills < wanted;
      outcome = attempt(server, disturb ? (gint64)moment : -1);
      kills += outcome == KILLED;
    } while (outcome == KILLED);
    if (outcome == ACKNOWLEDGED && number % AGAIN == 0)
      outcome = attempt(server, -1);
    if (outcome == FAILED)
      return -1;
  }
  return number;
}

int
main(int argc, char **argv)
{
  gint64 wanted = argc > 2 ? g_ascii_strtoll(argv[1], NULL, 10) : 0;
  Server server = {.letter = tmpfile(), .command = argv + 2};
  if (wanted <= 0 || server.letter == NULL)
    return 64;
  sigemptyset(&server.child);
  sigaddset(&server.child, SIGCHLD);
  sigprocmask(SIG_BLOCK, &server.child, NULL);
  int number = deliver(&server, wanted);
  printf("%d\n", number);
  return number < 0;
}
