/* The guard against a provider's outages and floods of forged reports: new entries above its limits
 * are held until a person decides. Reports that nothing proves have narrower limits, for anyone can
 * send them. The limits are in the table guard (store-thresholds.c), the
 * counts in the table tally, which triggers maintain. */
#include "config.h"

#include "base/dates.h"
#include "store/store-private.h"

/* One statement for what most deliveries need: whether the day is full, and the factor. */
static const char day_is_full[] =
    "SELECT cap IS NOT NULL"
    "   AND (SELECT added FROM tally WHERE source = '' AND day = :day) >= cap,"
    " provider_factor FROM guard";

static bool
read_day(Store *store, gint64 day, bool *full, gint64 *factor, GError **error)
{
  g_autoptr(KeptStatement) s =
      store_statement(store, STATEMENT_GUARD, day_is_full, VALUES(INT(":day", day)), error);
  if (s == NULL || !store_step_row(store, s, error))
    return false;
  *full = sqlite3_column_int(s, 0) != 0;
  *factor = sqlite3_column_int64(s, 1);
  return true;
}

/* An archive is dated by its messages, and its owner vouches for it: only each message has a limit.
 */
static const char unproven_is_full[] =
    "SELECT 1 FROM guard WHERE"
    " (unproven_message > 0 AND unproven_message <="
    "   (SELECT count(*) FROM entry"
    "    WHERE message_id = :message AND unproven = 1 AND state = 'active'))"
    " OR (NOT :archive AND unproven_cap <="
    "   (SELECT unproven FROM tally WHERE source = '' AND day = :day))";

static bool
unproven_are_full(Store *store, const Guarded *entry, gint64 day, bool *full, GError **error)
{
  gint64 found = 0;
  if (entry->unproven &&
      !store_get_int_kept(store, STATEMENT_GUARD_UNPROVEN, unproven_is_full,
                          VALUES(INT(":message", entry->message_id),
                                 INT(":archive", store->archive), INT(":day", day)),
                          &found, error))
    return false;
  *full = found != 0;
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
store_guard(Store *store, const Guarded *entry, bool *held, GError **error)
{
  gint64 day = entry->at / SECONDS_PER_DAY, factor;
  bool full = false;
  if (!read_day(store, day, &full, &factor, error) ||
      (!full && !unproven_are_full(store, entry, day, &full, error)) ||
      (!full && !source_is_full(store, entry->source, factor, day, &full, error)))
    return false;
  *held = full;
  return true;
}
