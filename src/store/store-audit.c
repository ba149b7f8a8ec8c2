/* The table audit: who did what, when and why. Rows are only ever added. */
#include "config.h"

#include <string.h>

#include "store/store-fleet.h"
#include "store/store-private.h"

bool
store_audit(Store *store, const Decision *decision, const char *address, const Span *span,
            gint64 rows, GError **error)
{
  static const Span nothing = {0};
  if (span == NULL)
    span = &nothing;
  return store_run(store,
                   "INSERT INTO audit (at, by_uid, command, address, provider, domain, since,"
                   "  until, note, rows)"
                   " VALUES (:at, :by_uid, :command, lower(:address), :provider, lower(:domain),"
                   "  :since, :until, :note, :rows)",
                   VALUES(INT(":at", decision->now), INT(":by_uid", decision->uid),
                          TEXT(":command", decision->command), ADDRESS(":address", address),
                          TEXT(":provider", span->provider), ADDRESS(":domain", span->domain),
                          INT_OR_NULL(":since", span->since), INT_OR_NULL(":until", span->until),
                          TEXT(":note", decision->note), INT(":rows", rows)),
                   error);
}

/* The fleet's own orders are not sent back to it. */
static bool
find_who(Store *store, const Decision *decision, const char *address, char **who, GError **error)
{
  bool in_fleet;
  if (strcmp(decision->command, "forget") != 0)
    return true;
  if (!store_in_fleet(store, &in_fleet, error) || (in_fleet && !store_fleet_read_key(store, error)))
    return false;
  *who = in_fleet ? store_fleet_who(store, address) : NULL;
  return true;
}

bool
store_audit_forget(Store *store, const Decision *decision, const char *address, bool found,
                   GError **error)
{
  g_autofree char *who = NULL;
  if (!find_who(store, decision, address, &who, error))
    return false;
  if (!found && who == NULL)
    return true;
  return store_run(store,
                   "INSERT INTO audit (at, by_uid, command, note, rows, who)"
                   " VALUES (:at, :by_uid, :command, :note, :rows, :who)",
                   VALUES(INT(":at", decision->now), INT(":by_uid", decision->uid),
                          TEXT(":command", decision->command), TEXT(":note", decision->note),
                          INT(":rows", found), TEXT(":who", who)),
                   error);
}
