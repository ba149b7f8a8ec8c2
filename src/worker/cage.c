#include "config.h"

#include "worker/cage.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

#ifdef HAVE_VALGRIND_VALGRIND_H
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

#include "mail/scan.h"
#include "readers/readers.h"
#include "judge/classify.h"
#include "worker/channel.h"
#include "worker/wire.h"

#ifndef SANITIZED
#define SANITIZED 0
#endif

#ifndef COVERED
#define COVERED 0
#endif

/* A worker is killed without notice, so gcov's counts are written after each message. */
#if COVERED
void __gcov_dump(void);
void __gcov_reset(void);

static void
write_counts(void)
{
  __gcov_dump();
  __gcov_reset();
}
#else
static void
write_counts(void)
{
}
#endif

static void
limit(int resource, rlim_t value)
{
  struct rlimit both = {value, value};
  setrlimit(resource, &both);
}

/* Seconds of CPU from now on. Only the soft limit moves, so it can be set again for each message.
 */
static void
limit_cpu(int seconds)
{
  struct rusage usage;
  struct rlimit both;
  if (getrusage(RUSAGE_SELF, &usage) != 0 || getrlimit(RLIMIT_CPU, &both) != 0)
    return;
  rlim_t used = (rlim_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + 1);
  rlim_t soft = used + (rlim_t)seconds;
  both.rlim_cur = both.rlim_max != RLIM_INFINITY && soft > both.rlim_max ? both.rlim_max : soft;
  setrlimit(RLIMIT_CPU, &both);
}

/* Standard error is closed too: what is written there may decide what a mail server does with the
 * message. Sanitizers need it for their reports. */
static void
close_all_but(int channel)
{
  if (channel != CAGE_CHANNEL)
    dup2(channel, CAGE_CHANNEL);
  close(STDIN_FILENO);
  close(STDOUT_FILENO);
  if (!SANITIZED)
    close(STDERR_FILENO);
#ifdef HAVE_CLOSEFROM
  closefrom(CAGE_CHANNEL + 1);
#else
  long max = sysconf(_SC_OPEN_MAX);
  for (int fd = CAGE_CHANNEL + 1; fd < (max > 0 && max < 65536 ? max : 65536); fd++)
    close(fd);
#endif
}

/* The parent's handlers act for the parent. A Ctrl-C in a terminal reaches the whole process group,
 * but it is the parent that decides when a worker ends. */
static void
reset_signals(void)
{
  static const int ours[] = {SIGALRM, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGXCPU};
  static const int parents[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  for (gsize i = 0; i < G_N_ELEMENTS(ours) && !SANITIZED; i++)
    signal(ours[i], SIG_DFL);
  for (gsize i = 0; i < G_N_ELEMENTS(parents); i++)
    signal(parents[i], SIG_IGN);
}

void
cage_enter(int channel, const CageLimits *limits)
{
  reset_signals();
  close_all_but(channel);
#ifdef __linux__
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  prctl(PR_SET_DUMPABLE, 0);
#endif
  limit(RLIMIT_CORE, 0);
  if (!COVERED)
    limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_NOFILE, 16);
  /* These tools map far more memory than any useful limit. */
  if (!SANITIZED && !RUNNING_ON_VALGRIND)
    limit(RLIMIT_AS, (rlim_t)limits->memory);
}

static Report *
read_window(const char *window, size_t length, const Rules *rules)
{
  g_autoptr(Message) message = message_new(window, length);
  Report *report = readers_read(message);
  classify_report(rules, report);
  return report;
}

static ChannelResult
answer(GBytes *window, const Rules *rules)
{
  size_t length;
  const char *bytes = g_bytes_get_data(window, &length);
  g_autoptr(Report) report = read_window(bytes, length, rules);
  g_autoptr(GVariant) variant = g_variant_ref_sink(wire_encode(report));
  return channel_send(CAGE_CHANNEL, g_variant_get_data(variant), g_variant_get_size(variant),
                      CHANNEL_FOREVER);
}

int
cage_serve(const Rules *rules, const CageLimits *limits)
{
  for (;;) {
    g_autoptr(GBytes) window = NULL;
    ChannelResult result = channel_receive(CAGE_CHANNEL, SCAN_WINDOW_MAX, CHANNEL_FOREVER, &window);
    if (result != CHANNEL_OK)
      return result == CHANNEL_CLOSED ? 0 : 1;
    limit_cpu(limits->cpu);
    ChannelResult sent = answer(window, rules);
    write_counts();
    if (sent != CHANNEL_OK)
      return 1;
  }
}
