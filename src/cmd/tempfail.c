#include "config.h"

#include "cmd/tempfail.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "cmd/exits.h"

static const struct {
  int signal;
  const char *line;
} endings[] = {
    {SIGALRM, "bouncedb: gave up, for it took too long\n"},
    {SIGTERM, "bouncedb: was told to stop (SIGTERM)\n"},
    {SIGINT, "bouncedb: was told to stop (SIGINT)\n"},
    {SIGHUP, "bouncedb: was told to stop (SIGHUP)\n"},
    {SIGQUIT, "bouncedb: was told to stop (SIGQUIT)\n"},
    {SIGXCPU, "bouncedb: used up its time of the processor (SIGXCPU)\n"},
    {SIGUSR1, "bouncedb: was told to stop (SIGUSR1)\n"},
    {SIGUSR2, "bouncedb: was told to stop (SIGUSR2)\n"},
#ifndef SANITIZED
    {SIGABRT, "bouncedb: internal error (SIGABRT)\n"},
    {SIGTRAP, "bouncedb: internal error (SIGTRAP)\n"},
    {SIGSEGV, "bouncedb: internal error (SIGSEGV)\n"},
    {SIGBUS, "bouncedb: internal error (SIGBUS)\n"},
    {SIGFPE, "bouncedb: internal error (SIGFPE)\n"},
    {SIGILL, "bouncedb: internal error (SIGILL)\n"},
#endif
};

/* Only what is safe in a signal handler. A commit that is under way is like any other at a sudden
 * death: it is there or it is not, and the next try finds out. */
static void
end(int signal)
{
  const char *line = "";
  for (gsize i = 0; i < G_N_ELEMENTS(endings); i++)
    if (endings[i].signal == signal)
      line = endings[i].line;
  ssize_t n = write(STDERR_FILENO, line, strlen(line));
  (void)n; /* there is nobody left to tell */
  _exit(EXIT_TEMPFAIL);
}

/* GLib's own complaints, in the form that mail servers are to see; lesser ones not at all. */
static void
log_line(const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
  (void)domain, (void)data;
  if ((level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL)) == 0)
    return;
  g_autofree char *line = g_strdup_printf("bouncedb: %s\n", message);
  ssize_t n = write(STDERR_FILENO, line, strlen(line));
  (void)n;
}

void
tempfail_arm(unsigned seconds)
{
  /* A stack of its own, for where the stack is what ran out. */
  static char stack[64 << 10];
  const stack_t alternative = {.ss_sp = stack, .ss_size = sizeof stack};
  sigaltstack(&alternative, NULL);
  struct sigaction action = {.sa_handler = end, .sa_flags = SA_ONSTACK};
  sigfillset(&action.sa_mask);
  for (gsize i = 0; i < G_N_ELEMENTS(endings); i++)
    sigaction(endings[i].signal, &action, NULL);
  g_log_set_default_handler(log_line, NULL);
  alarm(seconds);
}
