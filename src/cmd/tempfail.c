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
    {SIGALRM, "bouncedb: timed out\n"},
    {SIGTERM, "bouncedb: stopped by SIGTERM\n"},
    {SIGINT, "bouncedb: stopped by SIGINT\n"},
    {SIGHUP, "bouncedb: stopped by SIGHUP\n"},
    {SIGQUIT, "bouncedb: stopped by SIGQUIT\n"},
    {SIGXCPU, "bouncedb: exceeded its CPU time limit (SIGXCPU)\n"},
    {SIGUSR1, "bouncedb: stopped by SIGUSR1\n"},
    {SIGUSR2, "bouncedb: stopped by SIGUSR2\n"},
#ifndef SANITIZED
    {SIGABRT, "bouncedb: internal error (SIGABRT)\n"},
    {SIGTRAP, "bouncedb: internal error (SIGTRAP)\n"},
    {SIGSEGV, "bouncedb: internal error (SIGSEGV)\n"},
    {SIGBUS, "bouncedb: internal error (SIGBUS)\n"},
    {SIGFPE, "bouncedb: internal error (SIGFPE)\n"},
    {SIGILL, "bouncedb: internal error (SIGILL)\n"},
#endif
};

/* Calls only what is safe in a signal handler. A commit under way either happens or not, as in any
 * crash, and the next attempt finds out. */
static void
end(int signal)
{
  const char *line = "";
  for (gsize i = 0; i < G_N_ELEMENTS(endings); i++)
    if (endings[i].signal == signal)
      line = endings[i].line;
  ssize_t n = write(STDERR_FILENO, line, strlen(line));
  (void)n; /* there is nobody to tell */
  _exit(EXIT_TEMPFAIL);
}

/* GLib's own messages, in the format for mail servers; those less than critical are dropped. */
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
  /* A separate stack, in case the signal is a stack overflow. */
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
