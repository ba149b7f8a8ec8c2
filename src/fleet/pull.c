#include "config.h"

#include "fleet/pull.h"

#include "store/store-fleet.h"

#define PAGE "5000"

static const char select_page[] =
    "SELECT seq, replace(who::text, '-', ''), state, address, recipient, recipient_domain, "
    "provider,"
    " class, reason, since, mark FROM fleet.pull($1::uuid, $2::bigint, " PAGE ")";

static StoreFleetChange
read_change(const Rows *rows, int row)
{
  return (StoreFleetChange){.seq = session_int(rows, row, 0),
                            .who = session_text(rows, row, 1),
                            .state = session_text(rows, row, 2),
                            .address = session_text(rows, row, 3),
                            .recipient = session_text(rows, row, 4),
                            .recipient_domain = session_text(rows, row, 5),
                            .provider = session_text(rows, row, 6),
                            .klass = session_text(rows, row, 7),
                            .reason = session_text(rows, row, 8),
                            .since = session_int(rows, row, 9),
                            .mark = session_text(rows, row, 10)};
}

static Rows *
read_page(Session *session, const StoreFleetPlace *place, GError **error)
{
  g_autofree char *seen = g_strdup_printf("%" G_GINT64_FORMAT, place->seen);
  const char *const values[] = {place->identity, seen};
  return session_call(session, select_page, values, 2, NULL, error);
}

/* The page after the last one is empty: asking for it tells the centre how far this host is. */
bool
pull_all(Store *store, Session *session, StoreFleetPlace *place, gint64 now, SyncReport *report,
         GError **error)
{
  for (;;) {
    g_autoptr(Rows) rows = read_page(session, place, error);
    if (rows == NULL)
      return false;
    guint n = (guint)PQntuples(rows);
    if (n == 0)
      return true;
    g_autofree StoreFleetChange *changes = g_new(StoreFleetChange, n);
    for (guint i = 0; i < n; i++)
      changes[i] = read_change(rows, (int)i);
    if (!store_fleet_apply(store, changes, n, place, now, &report->erased, error))
      return false;
    report->changes += n;
  }
}
