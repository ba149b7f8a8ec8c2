/* The table audit: who did what, when and why. Rows are only ever added. */
#include "config.h"

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
