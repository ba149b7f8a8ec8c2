/* The guard against bad days: a provider's own, and a flood of forged reports. New suppressions
 * above its limits are held for a person to decide. The limits are in the table guard
 * (store-thresholds.c), the counts in the table tally, which triggers maintain. */
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
  sqlite3_stmt *s =
      store_statement(store, STATEMENT_GUARD, "SELECT cap, provider_factor FROM guard", error);
  if (s == NULL)
    return false;
  if (sqlite3_step(s) != SQLITE_ROW)
    return store_fail(store, "cannot read", error);
  bool capped = sqlite3_column_type(s, 0) != SQLITE_NULL;
  *out = (Limits){capped ? sqlite3_column_int64(s, 0) : G_MAXINT64, sqlite3_column_int64(s, 1)};
  sqlite3_reset(s);
  return true;
}

/* The number of the statement's only row; 0 where it has none. */
static bool
count(Store *store, sqlite3_stmt *s, gint64 *out, GError **error)
{
  int result = sqlite3_step(s);
  *out = result == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
  sqlite3_reset(s);
  return result == SQLITE_ROW || result == SQLITE_DONE || store_fail(store, "cannot read", error);
}

static bool
day_is_full(Store *store, gint64 cap, gint64 day, bool *full, GError **error)
{
  *full = false;
  if (cap == G_MAXINT64)
    return true;
  sqlite3_stmt *s = store_statement(store, STATEMENT_GUARD_ALL,
                                    "SELECT added FROM tally WHERE source = '' AND day = ?", error);
  if (s == NULL)
    return false;
  sqlite3_bind_int64(s, 1, day);
  gint64 added;
  bool ok = count(store, s, &added, error);
  *full = added >= cap;
  return ok;
}

/* Days on which something was held are no measure for later ones, and fewer than three days are no
 * history; nor are so few entries that a factor of them says nothing. */
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
  sqlite3_stmt *s = store_statement(store, STATEMENT_GUARD_SOURCE, exceeds_history, error);
  if (s == NULL)
    return false;
  store_bind_text(s, ":source", source);
  store_bind_int(s, ":factor", factor);
  store_bind_int(s, ":day", day);
  gint64 exceeds;
  bool ok = count(store, s, &exceeds, error);
  *full = exceeds != 0;
  return ok;
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
