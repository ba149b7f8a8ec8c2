/* The progress of a long command, on standard error: a bar on a terminal, otherwise a line every
 * minute. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
  bool terminal;
  gint64 started, shown; /* monotonic microseconds */
  gint64 total;          /* octets; 0 = unknown */
} Progress;

void progress_start(Progress *progress, gint64 total);

/* May be called often: it does little until the next update is due. done: octets. */
void progress_show(Progress *progress, gint64 done, guint64 messages);

/* Removes the bar. */
void progress_end(Progress *progress);

/* The bar: "[#####.....]  50 %  1234 messages, 300/s". width: columns of the terminal. (transfer
 * full) */
char *progress_bar(int percent, guint64 messages, guint64 per_second, int width);
