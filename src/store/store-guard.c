/* The guard against a provider's outages and floods of forged reports: new entries above its limits
 * are held until a person decides. The limits are in the table guard (store-thresholds.c), the
 * counts in the table tally, which triggers maintain. */
#include "config.h"

#include "base/dates.h"
#include "store/store-private.h"

typedef struct {
  gint64 cap; /* new entries a day; G_MAXINT64 = any number */
  gint64 provider_factor;
} Limits;

static bool
read_guard(Store *store, Limits *out, GError **error)
{
  g_autoptr(KeptStatement) s = store_statement(
      store, STATEMENT_GUARD, "SELECT cap, provider_factor FROM guard", NULL, error);
  if (s == NULL || !store_step_row(store, s, error))
    return false;
  bool capped = sqlite3_column_type(s, 0) != SQLITE_NULL;
  *out = (Limits){capped ? sqlite3_column_int64(s, 0) : G_MAXINT64, sqlite3_column_int64(s, 1)};
  return true;
}

static bool
day_is_full(Store *store, gint64 cap, gint64 day, bool *full, GError **error)
{
  *full = false;
  if (cap == G_MAXINT64)
    return true;
  gint64 added;
  if (!store_get_int_kept(store, STATEMENT_GUARD_ALL,
                          "SELECT added FROM tally WHERE source = '' AND day = :day",
                          VALUES(INT(":day", day)), &added, error))
    return false;
  *full = added >= cap;
  return true;
}

/* Days on which entries were held are not a measure for later days. Fewer than three days are not a
 * history, and below 20 entries a factor says nothing. */
static const char exceeds_history[] =
    "SELECT count(*) >= 3 AND (SELECT added FROM tally WHERE source = :source AND day = :day)"
    "  >= max(20, :factor * max(added))"
    " FROM tally WHERE source = :source AND day BETWEEN :day - 90 AND :day - 1"
    "   AND held = 0 AND added > 0";

static bool
source_is_full(Store *store, const char *source, gint64 factor, gint64 day, bool *full,
               GError **error)
{
  *full = false;
  if (factor == 0)
    return true;
  gint64 exceeds;
  if (!store_get_int_kept(store, STATEMENT_GUARD_SOURCE, exceeds_history,
                          VALUES(TEXT(":source", source), INT(":factor", factor), INT(":day", day)),
                          &exceeds, error))
    return false;
  *full = exceeds != 0;
  return true;
}

bool
store_guard(Store *store, const char *source, gint64 at, bool *held, GError **error)
{
  Limits guard = {0};
  gint64 day = at / SECONDS_PER_DAY;
  bool day_full = false, source_full = false;
  if (!read_guard(store, &guard, error) || !day_is_full(store, guard.cap, day, &day_full, error) ||
      (!day_full &&
       !source_is_full(store, source, guard.provider_factor, day, &source_full, error)))
    return false;
  *held = day_full || source_full;
  return true;
}
