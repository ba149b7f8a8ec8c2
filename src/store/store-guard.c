/* The guard against a provider's outages and floods of forged reports: new entries above its limits
 * are held until a person decides. Reports that nothing proves have narrower limits, for anyone can
 * send them. The limits are in the table guard (store-thresholds.c), the
 * counts in the table tally, which triggers maintain. */
#include "config.h"

#include "base/dates.h"
#include "store/store-private.h"

/* What the guard of a day says. */
typedef struct {
  bool full, unproven_full;
  gint64 factor, per_message; /* per_message: 0 = no limit */
} Day;

/* One statement for all that most deliveries need. */
static const char select_day[] =
    "SELECT added >= cap, unproven >= unproven_cap, provider_factor, unproven_message"
    " FROM guard LEFT JOIN tally ON source = '' AND day = :day";

static bool
read_day(Store *store, gint64 day, Day *out, GError **error)
{
  g_autoptr(KeptStatement) s =
      store_statement(store, STATEMENT_GUARD, select_day, VALUES(INT(":day", day)), error);
  if (s == NULL || !store_step_row(store, s, error))
    return false;
  *out = (Day){.full = sqlite3_column_int(s, 0) != 0,
               .unproven_full = sqlite3_column_int(s, 1) != 0,
               .factor = sqlite3_column_int64(s, 2),
               .per_message = sqlite3_column_int64(s, 3)};
  return true;
}

/* An archive is dated by its messages, and its owner vouches for it: only each message has a limit.
 * Whoever records a message about one recipient need not count. */
static bool
unproven_are_full(Store *store, const Guarded *entry, const Day *day, bool *full, GError **error)
{
  gint64 added = 0;
  *full = entry->unproven &&
          ((day->unproven_full && !store->archive) || store->filled == entry->message_id);
  if (!entry->unproven || *full || day->per_message == 0 || store->about_one)
    return true;
  if (!store_get_int_kept(store, STATEMENT_GUARD_UNPROVEN,
                          "SELECT count(*) FROM entry"
                          " WHERE message_id = :message AND unproven = 1 AND state = 'active'",
                          VALUES(INT(":message", entry->message_id)), &added, error))
    return false;
  *full = added >= day->per_message;
  if (*full)
    store->filled = entry->message_id;
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
  gint64 number = entry->at / SECONDS_PER_DAY;
  Day day;
  if (!read_day(store, number, &day, error))
    return false;
  bool full = day.full;
  if ((!full && !unproven_are_full(store, entry, &day, &full, error)) ||
      (!full && !source_is_full(store, entry->source, day.factor, number, &full, error)))
    return false;
  *held = full;
  return true;
}
