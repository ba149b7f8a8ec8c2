/* lmtp-killer MILLISECONDS PROGRAM ARGUMENT...: a service manager that kills.
 *
 * Until the end of standard input it runs the program, and kills (SIGKILL) it or one of its
 * children at random moments, so many milliseconds from each other on average; a program that has
 * ended is started again. Then it ends it with SIGTERM. Copies its input to standard output, and
 * prints how often it has killed either. Exits 1 if the program ended in another way, or not with
 * 0. */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib.h>
#include <stdbool.h>

enum { MOMENT_MS = 200 };

typedef struct {
  const char *socket;
  char **command;
  pid_t pid;
  GRand *random;
  int services, workers;
} Killer;

static void
start(Killer *killer)
{
  killer->pid = fork();
  if (killer->pid == 0) {
    execv(killer->command[0], killer->command);
    _exit(127);
  }
}

/* Waits until it listens, unless it has been told to end. */
static void
wait_for_service(const Killer *killer)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  g_strlcpy(address.sun_path, killer->socket, sizeof address.sun_path);
  for (int i = 0; i < 6000; i++) {
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    bool listens = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    close(fd);
    if (listens)
      return;
    poll(NULL, 0, 10);
  }
}

static int
reap(const Killer *killer)
{
  int status = -1;
  while (waitpid(killer->pid, &status, 0) < 0 && errno == EINTR)
    ;
  return status;
}

/* 0 = it has none. */
static pid_t
any_child(const Killer *killer)
{
  g_autofree char *path =
      g_strdup_printf("/proc/%ld/task/%ld/children", (long)killer->pid, (long)killer->pid);
  g_autofree char *text = NULL;
  if (!g_file_get_contents(path, &text, NULL, NULL))
    return 0;
  g_auto(GStrv) pids = g_strsplit(g_strchomp(text), " ", -1);
  guint n = g_strv_length(pids);
  return n > 0 ? (pid_t)strtol(pids[g_rand_int_range(killer->random, 0, (gint32)n)], NULL, 10) : 0;
}

/* Returns false if the service ended by itself. */
static bool
disturb(Killer *killer)
{
  pid_t child = g_rand_boolean(killer->random) ? any_child(killer) : 0;
  if (child > 0) {
    kill(child, SIGKILL);
    killer->workers++;
    return true;
  }
  kill(killer->pid, SIGKILL);
  killer->services++;
  int status = reap(killer);
  start(killer);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

int
main(int argc, char **argv)
{
  int kills = argc > 3 ? (int)strtol(argv[1], NULL, 10) : 0;
  if (kills <= 0)
    return 64;
  Killer killer = {.socket = argv[2], .command = argv + 3, .random = g_rand_new()};
  struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
  char buffer[512];
  bool ok = true;
  start(&killer);
  for (;;) {
    wait_for_service(&killer);
    bool more = killer.services + killer.workers < kills;
    if (poll(&input, 1, more ? g_rand_int_range(killer.random, 0, MOMENT_MS) : -1) == 0) {
      ok = disturb(&killer) && ok;
      continue;
    }
    ssize_t n = read(STDIN_FILENO, buffer, sizeof buffer);
    if (n <= 0)
      break;
    fwrite(buffer, 1, (size_t)n, stdout);
  }
  kill(killer.pid, SIGTERM);
  int status = reap(&killer);
  printf("%d services, %d workers\n", killer.services, killer.workers);
  g_rand_free(killer.random);
  return ok && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : 1;
}
