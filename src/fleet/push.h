/* Sending to the centre, a batch at a time. */
#pragma once

#include "store/store-fleet.h"
#include "fleet/report.h"
#include "fleet/session.h"

/* Sends all that the centre does not have, and moves place. */
bool push_all(Store *store, Session *session, StoreFleetPlace *place, SyncReport *report,
              GError **error);
