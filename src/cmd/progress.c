#include "config.h"

#include "cmd/progress.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { BAR_MAX = 40 };

#define BAR_EVERY (G_TIME_SPAN_SECOND / 10)
#define LINE_EVERY G_TIME_SPAN_MINUTE

static int
columns(void)
{
  struct winsize size;
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

void
progress_start(Progress *progress, gint64 total)
{
  progress->terminal = isatty(STDERR_FILENO) == 1;
  progress->started = progress->shown = g_get_monotonic_time();
  progress->total = total;
}

char *
progress_bar(int percent, guint64 messages, guint64 per_second, int width)
{
  g_autofree char *numbers =
      g_strdup_printf("%3d %%  %" G_GUINT64_FORMAT " messages, %" G_GUINT64_FORMAT "/s", percent,
                      messages, per_second);
  int room = width - 1 - 4 - (int)g_utf8_strlen(numbers, -1);
  int bar = CLAMP(room, 0, BAR_MAX);
  if (bar < 5)
    return g_steal_pointer(&numbers);
  int full = bar * percent / 100;
  g_autofree char *done = g_strnfill((gsize)full, '#');
  g_autofree char *rest = g_strnfill((gsize)(bar - full), '.');
  return g_strdup_printf("[%s%s]  %s", done, rest, numbers);
}

void
progress_show(Progress *progress, gint64 done, guint64 messages)
{
  gint64 now = g_get_monotonic_time();
  if (now - progress->shown < (progress->terminal ? BAR_EVERY : LINE_EVERY))
    return;
  progress->shown = now;
  gint64 elapsed = MAX(now - progress->started, 1);
  guint64 per_second = messages * G_TIME_SPAN_SECOND / (guint64)elapsed;
  int percent = progress->total > 0 ? (int)(MIN(done, progress->total) * 100 / progress->total) : 0;
  if (progress->terminal) {
    g_autofree char *bar = progress_bar(percent, messages, per_second, columns());
    fprintf(stderr, "\r\033[K%s", bar);
  } else {
    fprintf(stderr, "bouncedb: %d %%, %" G_GUINT64_FORMAT " messages, %" G_GUINT64_FORMAT "/s\n",
            percent, messages, per_second);
  }
}

void
progress_end(Progress *progress)
{
  if (progress->terminal)
    fputs("\r\033[K", stderr);
}
