/* How far a long command is: a bar on a terminal, a line a minute otherwise. On standard error. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
  bool terminal;
  gint64 started, shown; /* monotonic microseconds */
  gint64 total;          /* octets; 0 = unknown */
} Progress;

void progress_start(Progress *progress, gint64 total);

/* Cheap where nothing is due. done: octets. */
void progress_show(Progress *progress, gint64 done, guint64 messages);

/* Takes the bar away. */
void progress_end(Progress *progress);

/* The bar: "[#####.....]  50 %  1234 messages, 300/s". width: columns of the terminal. (transfer
 * full) */
char *progress_bar(int percent, guint64 messages, guint64 per_second, int width);
