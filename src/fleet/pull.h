/* Reading what has changed on the fleet's list, a page at a time. */
#pragma once

#include "fleet/push.h"

/* Applies all changes after place->seen, and moves place. */
bool pull_all(Store *store, Session *session, StoreFleetPlace *place, gint64 now,
              SyncReport *report, GError **error);
