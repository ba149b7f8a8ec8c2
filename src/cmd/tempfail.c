#include "config.h"

#include "cmd/tempfail.h"

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include <glib.h>

#include "cmd/exits.h"

#ifndef SANITIZED
#define SANITIZED 0
#endif

#ifdef SIGRTMAX
#define LAST_SIGNAL SIGRTMAX
#else
#define LAST_SIGNAL (NSIG - 1)
#endif

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
    {SIGSYS, "bouncedb: internal error (SIGSYS)\n"},
    {SIGABRT, "bouncedb: internal error (SIGABRT)\n"},
    {SIGTRAP, "bouncedb: internal error (SIGTRAP)\n"},
    {SIGSEGV, "bouncedb: internal error (SIGSEGV)\n"},
    {SIGBUS, "bouncedb: internal error (SIGBUS)\n"},
    {SIGFPE, "bouncedb: internal error (SIGFPE)\n"},
    {SIGILL, "bouncedb: internal error (SIGILL)\n"},
};

/* Those that do not end a process, or that nobody can catch. SIGPIPE and SIGXFSZ are ignored: they
 * are errors of write(). */
static bool
is_harmless(int signal)
{
  static const int harmless[] = {SIGKILL, SIGSTOP, SIGCHLD,  SIGCONT, SIGTSTP, SIGTTIN,
                                 SIGTTOU, SIGURG,  SIGWINCH, SIGPIPE, SIGXFSZ};
  for (gsize i = 0; i < G_N_ELEMENTS(harmless); i++)
    if (harmless[i] == signal)
      return true;
  return false;
}

/* A sanitizer reports faults itself. */
static bool
is_fault(int signal)
{
  static const int faults[] = {SIGABRT, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
  for (gsize i = 0; i < G_N_ELEMENTS(faults); i++)
    if (faults[i] == signal)
      return true;
  return false;
}

/* Calls only what is safe in a signal handler. A commit under way either happens or not, as in any
 * crash, and the next attempt finds out. */
static void
end(int signal)
{
  const char *line = "bouncedb: stopped by a signal\n";
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

/* Interval timers outlive exec(), and would end each attempt in the same way. */
static void
stop_timers(void)
{
  const struct itimerval never = {0};
  setitimer(ITIMER_VIRTUAL, &never, NULL);
  setitimer(ITIMER_PROF, &never, NULL);
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
  for (int number = 1; number <= LAST_SIGNAL; number++)
    if (!is_harmless(number) && !(SANITIZED && is_fault(number)))
      sigaction(number, &action, NULL);
  stop_timers();
  g_log_set_default_handler(log_line, NULL);
  alarm(seconds);
  tempfail_accept_signals();
}

void
tempfail_accept_signals(void)
{
  sigset_t none;
  sigemptyset(&none);
  signal(SIGCHLD, SIG_DFL);
  sigprocmask(SIG_SETMASK, &none, NULL);
}
