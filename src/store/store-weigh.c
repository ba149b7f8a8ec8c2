/* What a new row means for the suppression list, in the transaction that records it. Whatever this
 * file does, the schema refuses entries that have no reason, that rest on a fault of the sender, or
 * that rest on a failure that does not count.
 *
 * These are statements rather than triggers because SQLite parses every trigger when it opens the
 * database, and compiles the triggers of a table into each statement that writes to it. Most
 * deliveries need none of them. */
#include "config.h"

#include <string.h>

#include "store/store-decide.h"
#include "store/store-private.h"

static const char new_failure[] = OF_FAILURE ":id AND f.counting = 1 AND f.address IS NOT NULL";

static const char new_complaint[] = OF_COMPLAINT "complaint_id = :id AND address IS NOT NULL";

/* A release of its time, or a later decision to allow its address. */
#define OVERTAKEN                                                                                  \
  "WHEN EXISTS (SELECT 1 FROM release WHERE :at BETWEEN since AND until"                           \
  "   AND (provider IS NULL OR provider = :provider) AND (domain IS NULL OR domain = :domain))"    \
  " THEN 'release'"                                                                                \
  " WHEN EXISTS (SELECT 1 FROM override"                                                           \
  "              WHERE address = :address AND verdict = 'allow' AND at > :at) THEN 'allow'"

/* What had overtaken the failure by the time it was recorded (an import, a late report); whether it
 * can change nothing, because the address has an entry, or a failure for the same reason on the
 * same day that proves as much; and whether the address has failed before. */
static const char look_around[] =
    "SELECT CASE " OVERTAKEN
    " WHEN EXISTS (SELECT 1 FROM delivery WHERE address = :address AND action = 'delivered'"
    "   AND counts = 1 AND delivered_at > :at) THEN 'delivered' END,"
    " EXISTS (SELECT 1 FROM entry WHERE address = :address)"
    "   OR EXISTS (SELECT 1 FROM failure WHERE address = :address AND reason = :reason"
    "     AND counting = 1 AND day = :day AND failure_id <> :id"
    "     AND (:unproven OR trust = 'verified')),"
    " EXISTS (SELECT 1 FROM failure WHERE address = :address AND failure_id <> :id)";

static const char look_back[] = "SELECT CASE " OVERTAKEN " END";

/* --- a new failure --- */

typedef struct {
  const char *lifted; /* borrowed from a constant */
  bool idle;          /* it can change nothing */
  bool named;         /* the address has failed before */
} Surroundings;

static const char *
lifted_name(const char *text)
{
  static const char *const names[] = {"release", "allow", "delivered"};
  for (gsize i = 0; text != NULL && i < G_N_ELEMENTS(names); i++)
    if (strcmp(text, names[i]) == 0)
      return names[i];
  return NULL;
}

/* The parameters of OVERTAKEN. */
#define WHO_AND_WHEN(row)                                                                          \
  COLUMN(":address", row, COLUMN_ADDRESS), COLUMN(":domain", row, COLUMN_DOMAIN),                  \
      COLUMN(":provider", row, COLUMN_PROVIDER), COLUMN(":at", row, COLUMN_AT)

static bool
look_at(Store *store, gint64 failure_id, sqlite3_stmt *row, Surroundings *out, GError **error)
{
  g_autoptr(KeptStatement) s = store_statement(
      store, STATEMENT_LOOK, look_around,
      VALUES(INT(":id", failure_id), WHO_AND_WHEN(row), COLUMN(":reason", row, COLUMN_REASON),
             COLUMN(":day", row, COLUMN_DAY), COLUMN(":unproven", row, COLUMN_UNPROVEN)),
      error);
  if (s == NULL || !store_step_row(store, s, error))
    return false;
  *out = (Surroundings){.lifted = lifted_name(store_column_text(s, 0)),
                        .idle = sqlite3_column_int(s, 1) != 0,
                        .named = sqlite3_column_int(s, 2) != 0};
  return true;
}

/* An overtaken failure does not count. Other failures may still decide. */
static bool
lift(Store *store, gint64 failure_id, const char *address, const char *lifted, GError **error)
{
  return store_run(store, "UPDATE failure SET lifted = :lifted WHERE failure_id = :id",
                   VALUES(TEXT(":lifted", lifted), INT(":id", failure_id)), error) &&
         store_reconsider(store, address, error);
}

static bool
run_about(Store *store, const char *sql, const char *address, GError **error)
{
  return store_run(store, sql, VALUES(TEXT(":address", address)), error);
}

/* An entry that was held for want of proof makes room for one that is proven. */
static bool
prove(Store *store, sqlite3_stmt *row, Surroundings *around, GError **error)
{
  if (sqlite3_column_int(row, COLUMN_UNPROVEN) != 0 || !around->idle || around->lifted != NULL)
    return true;
  if (!run_about(store,
                 "DELETE FROM entry WHERE address = :address AND state = 'held' AND unproven = 1",
                 store_column_text(row, COLUMN_ADDRESS), error))
    return false;
  around->idle = sqlite3_changes(store->db) == 0;
  return true;
}

/* guard.named counts the addresses in the table failure. */
static bool
count_named(Store *store, GError **error)
{
  return store_run_kept(store, STATEMENT_NAMED, "UPDATE guard SET named = named + 1", NULL, error);
}

/* row: the new failure. If one day is enough, this failure decides. Searching the others would cost
 * more than all other statements of a delivery together. */
static bool
weigh(Store *store, gint64 failure_id, sqlite3_stmt *row, GError **error)
{
  Surroundings around = {0};
  bool in_wave = false, undefined = strcmp(store_column_text(row, COLUMN_REASON), "undefined") == 0;
  if (!look_at(store, failure_id, row, &around, error) ||
      (!around.named && !count_named(store, error)) ||
      (undefined && !store_weigh_wave(store, failure_id, &in_wave, error)))
    return false;
  if (!prove(store, row, &around, error))
    return false;
  if (around.lifted != NULL)
    return lift(store, failure_id, store_column_text(row, COLUMN_ADDRESS), around.lifted, error);
  if (in_wave || around.idle || sqlite3_column_type(row, COLUMN_DAYS) == SQLITE_NULL)
    return true;
  bool at_once =
      sqlite3_column_int(row, COLUMN_DAYS) == 1 && sqlite3_column_int(row, COLUMN_SPAN) == 0;
  return at_once ? store_enter(store, row, error) : store_enter_by_days(store, row, error);
}

bool
store_name_address(Store *store, gint64 failure_id, GError **error)
{
  static const char sql[] =
      "UPDATE guard SET named = named + 1 WHERE EXISTS"
      " (SELECT 1 FROM failure AS f WHERE f.failure_id = :id AND f.address IS NOT NULL"
      "    AND NOT EXISTS (SELECT 1 FROM failure AS o"
      "                    WHERE o.address = f.address AND o.failure_id <> f.failure_id))";
  return store_run_kept(store, STATEMENT_NAME, sql, VALUES(INT(":id", failure_id)), error);
}

bool
store_expect_weighing(Store *store, GError **error)
{
  return store_expect(store, STATEMENT_NEW_FAILURE, new_failure, error) &&
         store_expect(store, STATEMENT_LOOK, look_around, error);
}

bool
store_weigh_failure(Store *store, gint64 failure_id, GError **error)
{
  bool found;
  g_autoptr(KeptStatement) row = store_statement(store, STATEMENT_NEW_FAILURE, new_failure,
                                                 VALUES(INT(":id", failure_id)), error);
  if (row == NULL || !store_step(store, row, &found, error))
    return false;
  return found ? weigh(store, failure_id, row, error)
               : store_name_address(store, failure_id, error);
}

/* --- a new delivery or complaint --- */

static const char is_reached[] =
    "SELECT d.address, d.delivered_at FROM delivery AS d"
    " WHERE d.delivery_id = :id AND d.action = 'delivered' AND d.counts = 1 AND EXISTS"
    "   (SELECT 1 FROM failure AS f"
    "    WHERE f.address = d.address AND " COUNTS " AND f.failed_at <= d.delivered_at)";

/* A delivery proves that the mailbox works, so earlier failures stop counting. Complaints still
 * count. */
static bool
lift_earlier(Store *store, const char *address, gint64 at, GError **error)
{
  return run_about(store, "DELETE FROM entry WHERE address = :address AND failure_id IS NOT NULL",
                   address, error) &&
         store_run(store,
                   "UPDATE failure SET lifted = 'delivered'"
                   " WHERE address = :address AND " COUNTS " AND failed_at <= :at",
                   VALUES(TEXT(":address", address), INT(":at", at)), error) &&
         store_reconsider(store, address, error);
}

bool
store_weigh_delivery(Store *store, gint64 delivery_id, GError **error)
{
  bool found;
  g_autoptr(KeptStatement) row =
      store_statement(store, STATEMENT_REACHED, is_reached, VALUES(INT(":id", delivery_id)), error);
  return row != NULL && store_step(store, row, &found, error) &&
         (!found ||
          lift_earlier(store, store_column_text(row, 0), sqlite3_column_int64(row, 1), error));
}

/* *lifted: borrowed from a constant; NULL if nothing has overtaken the complaint. */
static bool
look_behind(Store *store, sqlite3_stmt *row, const char **lifted, GError **error)
{
  g_autoptr(KeptStatement) s =
      store_statement(store, STATEMENT_LOOK_BACK, look_back, VALUES(WHO_AND_WHEN(row)), error);
  if (s == NULL || !store_step_row(store, s, error))
    return false;
  *lifted = lifted_name(store_column_text(s, 0));
  return true;
}

/* A complaint suppresses at once, even if an entry for failures is held. */
static bool
weigh_complaint(Store *store, gint64 complaint_id, sqlite3_stmt *row, GError **error)
{
  const char *address = store_column_text(row, COLUMN_ADDRESS), *lifted;
  if (!look_behind(store, row, &lifted, error))
    return false;
  if (lifted != NULL)
    return store_run(store, "UPDATE complaint SET lifted = :lifted WHERE complaint_id = :id",
                     VALUES(TEXT(":lifted", lifted), INT(":id", complaint_id)), error);
  return run_about(store,
                   "DELETE FROM entry"
                   " WHERE address = :address AND state = 'held' AND failure_id IS NOT NULL",
                   address, error) &&
         store_reconsider(store, address, error);
}

bool
store_weigh_complaint(Store *store, gint64 complaint_id, GError **error)
{
  bool found;
  g_autoptr(KeptStatement) row = store_statement(store, STATEMENT_NEW_COMPLAINT, new_complaint,
                                                 VALUES(INT(":id", complaint_id)), error);
  return row != NULL && store_step(store, row, &found, error) &&
         (!found || weigh_complaint(store, complaint_id, row, error));
}
