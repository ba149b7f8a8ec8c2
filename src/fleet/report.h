/* What a sync has done. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
  gint64 messages, decisions, verdicts; /* sent */
  gint64 changes;                       /* applied */
  gint64 aside;                         /* messages that the fleet refused */
  guint erased;                         /* addresses */
  bool joined;                          /* for the first time, or again */
  gint64 skew;                          /* this clock minus the fleet's, in seconds */
} SyncReport;
