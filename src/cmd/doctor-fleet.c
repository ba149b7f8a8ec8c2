/* What doctor finds about the fleet, as far as it is known here. */
#include "config.h"

#include "base/dates.h"
#include "store/store-fleet.h"
#include "cmd/doctor.h"

enum { SYNC_HOURS = 24 }; /* a sync that is older needs attention */

static void
check_sync(Doctor *doctor, const StoreFleet *state, const StoreFleetStock *stock)
{
  char at[DATE_BUFFER];
  if (state->synced_at == 0)
    doctor_finding(doctor, "fleet", "no sync was completed yet; run bouncedb sync");
  else if (state->synced_at < doctor->now - SYNC_HOURS * (gint64)3600)
    doctor_finding(doctor, "fleet",
                   "the last sync was on %s, and %" G_GINT64_FORMAT
                   " messages wait; run bouncedb sync",
                   date_minute(state->synced_at, at), stock->backlog);
  if (stock->aside > 0)
    doctor_finding(doctor, "fleet",
                   "the fleet has refused %" G_GINT64_FORMAT
                   " messages; the table fleet_aside says why",
                   stock->aside);
}

bool
doctor_check_fleet(Doctor *doctor, Store *store, GError **error)
{
  g_auto(StoreFleet) state = {0};
  g_auto(StoreFleetStock) stock = {0};
  if (!store_fleet_state(store, &state, error) ||
      !store_fleet_stock(store, state.message_id, &stock, error))
    return false;
  if (state.identity != NULL)
    check_sync(doctor, &state, &stock);
  else if (doctor->settings->fleet_connection != NULL)
    doctor_finding(doctor, "fleet",
                   "[fleet] connection is set, but this host has not joined; run bouncedb sync");
  return true;
}
