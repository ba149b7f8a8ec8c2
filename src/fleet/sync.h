/* One sync of a host with its fleet: tells what was recorded and decided here, and applies what has
 * changed on the fleet's list. */
#pragma once

#include "store/store.h"
#include "fleet/report.h"
#include "fleet/session.h"

typedef struct {
  const char *name; /* of this host, for people */
  bool full;        /* read the whole list again */
  gint64 now;       /* Unix seconds */
} SyncOptions;

bool sync_run(Store *store, Session *session, const SyncOptions *options, SyncReport *report,
              GError **error);
