#include "config.h"

#include "store/store-expire.h"

#include "store/store-private.h"

static const char ended[] =
    "SELECT e.address FROM threshold AS t CROSS JOIN entry AS e"
    " WHERE t.expires IS NOT NULL AND e.reason = t.reason AND e.since <= :now - 86400 * t.expires"
    "  AND e.message_id IS NOT 0"; /* the fleet ends its own */

/* With the first of these failures goes the entry: the trigger failure_bears_no_more removes it. If
 * they still counted, the next failure would suppress again. */
static const char lift_failures[] =
    "UPDATE failure SET lifted = 'expired' WHERE address = :address AND counting = 1"
    " AND reason = (SELECT reason FROM entry WHERE address = :address)";

/* What else is known about the address may suppress it. */
static bool
end_entry(Store *store, const char *address, GError **error)
{
  const StoreValue *values = VALUES(TEXT(":address", address));
  return store_run(store, lift_failures, values, error) &&
         store_run(store, "DELETE FROM entry WHERE address = :address", values, error) &&
         store_reconsider(store, address, error);
}

static bool
find_ended(Store *store, gint64 now, GPtrArray *addresses, GError **error)
{
  g_ptr_array_set_size(addresses, 0);
  return store_get_texts(store, ended, VALUES(INT(":now", now)), addresses, error);
}

/* An entry that takes the place of another one may have ended too. Each round leaves fewer failures
 * that count, so there is a last one. */
static bool
end_all(Store *store, gint64 now, GPtrArray *addresses, GError **error)
{
  while (find_ended(store, now, addresses, error)) {
    if (addresses->len == 0)
      return true;
    for (guint i = 0; i < addresses->len; i++)
      if (!end_entry(store, g_ptr_array_index(addresses, i), error))
        return false;
  }
  return false;
}

bool
store_expire(Store *store, gint64 now, GError **error)
{
  g_autoptr(GPtrArray) addresses = g_ptr_array_new_with_free_func(g_free);
  if (!find_ended(store, now, addresses, error))
    return false;
  if (addresses->len == 0)
    return true;
  return store_begin(store, error) &&
         store_end(store, end_all(store, now, addresses, error), error);
}

bool
store_any_expiry(Store *store, bool *any, GError **error)
{
  gint64 found;
  if (!store_get_int(store, "SELECT EXISTS (SELECT 1 FROM threshold WHERE expires IS NOT NULL)",
                     NULL, &found, error))
    return false;
  *any = found != 0;
  return true;
}
