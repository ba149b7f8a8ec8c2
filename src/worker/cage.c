#include "config.h"

#include "worker/cage.h"

#include <signal.h>
#include <string.h>
#include <sys/mman.h>
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

#include "mail/message.h"
#include "mail/scan.h"
#include "readers/event.h"
#include "readers/readers.h"
#include "judge/classify.h"
#include "worker/budget.h"
#include "worker/channel.h"
#include "worker/filter.h"
#include "worker/landlock.h"
#include "worker/wire.h"

#ifndef SANITIZED
#define SANITIZED 0
#endif

#ifndef COVERED
#define COVERED 0
#endif

#if defined __linux__ && !defined PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
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

/* Standard error is closed too: what is written there may decide what a mail server does with the
 * message. Sanitizers need it for their reports. */
static void
close_all_but(int channel)
{
  if (channel != CAGE_CHANNEL && dup2(channel, CAGE_CHANNEL) < 0)
    _exit(CAGE_NO_CHANNEL);
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

/* Handlers, and signals that are ignored or blocked, are inherited: from the parent, and some even
 * from the mail server. A Ctrl-C in a terminal reaches the whole process group, but it is the
 * parent that decides when a worker ends. (Timers and alarms do not survive a fork.) */
static void
reset_signals(void)
{
  static const int parents[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  sigset_t none;
  for (int i = 1; i <= SIGSYS && !SANITIZED; i++)
    signal(i, SIG_DFL);
  for (gsize i = 0; i < G_N_ELEMENTS(parents); i++)
    signal(parents[i], SIG_IGN);
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Memory that the parent shares with others is shared with the worker too, above all the index of
 * the database's log. In a delivery nothing is open yet when the worker starts: then the channel
 * has the first two descriptors, and looking for such memory is not worth the time. */
static void
drop_shared_memory(int channel)
{
  g_autofree char *maps = NULL;
  if (channel <= STDERR_FILENO + 2 || !g_file_get_contents("/proc/self/maps", &maps, NULL, NULL))
    return;
  for (const char *line = maps; line != NULL && *line != '\0';) {
    char *end;
    guint64 from = g_ascii_strtoull(line, &end, 16);
    guint64 to = *end == '-' ? g_ascii_strtoull(end + 1, &end, 16) : from;
    if (g_str_has_prefix(end, " rw-s"))
      munmap((void *)(guintptr)from, (size_t)(to - from));
    line = strchr(end, '\n');
    line = line != NULL ? line + 1 : NULL;
  }
}

/* These tools map far more memory than any useful limit, open files, and run programs. */
static bool
is_watched(void)
{
  return SANITIZED || RUNNING_ON_VALGRIND;
}

static void
set_limits(const CageLimits *limits)
{
  limit(RLIMIT_CORE, 0);
  if (!COVERED)
    limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_NOFILE, 16);
  if (is_watched())
    return;
#ifdef RLIMIT_NPROC
  limit(RLIMIT_NPROC, 0);
#endif
  limit(RLIMIT_AS, (rlim_t)limits->memory);
}

/* GLib's default writes to standard error, which is closed, after asking what it is. What is fatal
 * stays fatal. */
static void
say_nothing(const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
  (void)domain, (void)level, (void)message, (void)data;
}

unsigned
cage_layers(void)
{
  return (filter_available() ? CAGE_FILTER : 0) | (landlock_version() > 0 ? CAGE_LANDLOCK : 0);
}

/* Landlock comes first, for the filter does not allow its calls. */
static bool
give_up_authority(void)
{
#ifdef __linux__
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  prctl(PR_SET_DUMPABLE, 0);
  if (is_watched() || COVERED)
    return true;
  prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0); /* since Linux 6.3 */
#endif
  landlock_deny_all();
  return filter_install();
}

bool
cage_enter(int channel, const CageLimits *limits, ConverterSet charsets)
{
  reset_signals();
  if (!is_watched())
    drop_shared_memory(channel);
  close_all_but(channel);
  if (!SANITIZED)
    g_log_set_default_handler(say_nothing, NULL);
  if (!message_init())
    _exit(CAGE_NO_PARSER);
  event_init();
  converters_confine(charsets);
  budget_begin(limits->cpu);
  set_limits(limits);
  return give_up_authority() || !limits->required;
}

enum { RECORD_USUAL = 4 << 10 }; /* octets of an answer about one recipient, with room to spare */

/* A process that ends after its answer leaves it to the kernel to free what it has. */
static void
leave(Message *message, Report *report)
{
  static G_GNUC_UNUSED Message *volatile left_message; /* so that leak checkers find them */
  static G_GNUC_UNUSED Report *volatile left_report;
  left_message = message;
  left_report = report;
}

/* An answer may instead be a wish for charsets: then the parent starts another worker that has
 * them, and gives that the same window. Nothing is freed before the parent can go on. */
static ChannelResult
answer(GBytes *window, const Rules *rules, const CageLimits *limits)
{
  size_t length;
  const char *bytes = g_bytes_get_data(window, &length);
  g_autoptr(Message) message = message_new(bytes, length);
  g_autoptr(Report) report = readers_read(message, limits->subscriber_headers);
  classify_report(rules, report);
  const ConverterSet wish = converters_missed();
  g_autoptr(GString) record = g_string_sized_new(RECORD_USUAL);
  if (wish != 0)
    g_string_append_len(record, (const char *)&wish, sizeof wish);
  else
    wire_encode(report, record);
  ChannelResult sent = channel_send(CAGE_CHANNEL, record->str, record->len, CHANNEL_FOREVER);
  if (limits->once)
    leave(g_steal_pointer(&message), g_steal_pointer(&report));
  return sent;
}

int
cage_serve(const Rules *rules, const CageLimits *limits)
{
  ChannelResult sent;
  do {
    g_autoptr(GBytes) window = NULL;
    ChannelResult result = channel_receive(CAGE_CHANNEL, SCAN_WINDOW_MAX, CHANNEL_FOREVER, &window);
    if (result != CHANNEL_OK)
      return result == CHANNEL_CLOSED ? 0 : CAGE_NO_CHANNEL;
    sent = answer(window, rules, limits);
    write_counts();
  } while (sent == CHANNEL_OK && !limits->once);
  return sent == CHANNEL_OK ? 0 : CAGE_NO_CHANNEL;
}
