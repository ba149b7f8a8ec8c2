/* Who did what, when and why: the table audit, to which rows are only added. */
#include "config.h"

#include "store/store-private.h"

static gint64
or_none(gint64 number)
{
  return number != 0 ? number : NUMBER_NONE;
}

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
                   (StoreValue[]){{":at", NULL, decision->now},
                                  {":by_uid", NULL, decision->uid},
                                  {":command", decision->command, 0},
                                  {":address", address, NUMBER_NONE},
                                  {":provider", span->provider, NUMBER_NONE},
                                  {":domain", span->domain, NUMBER_NONE},
                                  {":since", NULL, or_none(span->since)},
                                  {":until", NULL, or_none(span->until)},
                                  {":note", decision->note, NUMBER_NONE},
                                  {":rows", NULL, rows},
                                  {0}},
                   error);
}
