#include "config.h"

#include "store/store-own.h"

#include "store/store-private.h"

/* No entry for such an address can be added, whoever writes. It is not an error to try: a report
 * that names one's own address is recorded like any other. SQLite compiles a trigger into every
 * statement that adds an entry, so there is none without names. */
static const char guard_own[] = "CREATE TRIGGER entry_is_not_ones_own BEFORE INSERT ON entry"
                                " WHEN EXISTS (SELECT 1 FROM never WHERE " IS_OWN(
                                    "NEW.address") ")"
                                                   " BEGIN SELECT raise(IGNORE); END";

static const char remove_own[] =
    "DELETE FROM entry WHERE EXISTS (SELECT 1 FROM never WHERE " IS_OWN("entry.address") ")";

static bool
write_names(Store *store, char **names, GError **error)
{
  for (; *names != NULL; names++)
    if (!store_run(store, "INSERT INTO never (name) VALUES (:name) ON CONFLICT DO NOTHING",
                   VALUES(TEXT(":name", *names)), error))
      return false;
  return true;
}

bool
store_write_own(Store *store, const char *never, GError **error)
{
  g_auto(GStrv) names = g_strsplit(never != NULL ? never : "", " ", -1);
  if (!store_exec(store, "DELETE FROM never", error) ||
      !store_exec(store, "DROP TRIGGER IF EXISTS entry_is_not_ones_own", error))
    return false;
  return *names == NULL ||
         (write_names(store, names, error) && store_exec(store, guard_own, error) &&
          store_exec(store, remove_own, error));
}

bool
store_is_own(Store *store, const char *address, bool *own, GError **error)
{
  gint64 found;
  if (!store_get_int(store, "SELECT 1 FROM never WHERE " IS_OWN("lower(:address)"),
                     VALUES(ADDRESS(":address", address)), &found, error))
    return false;
  *own = found != 0;
  return true;
}
