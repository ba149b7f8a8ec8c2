/* From what is reported to who is suppressed: in the transaction of the report, and only where it
 * can make a difference. What must never be, the schema refuses whatever is done here: an entry
 * that rests on nothing, on a fault of the sender, or on a failure that does not count.
 *
 * These are statements and not triggers because SQLite reads all triggers whenever it opens the
 * database, and prepares those of a table with every statement that writes to it; most deliveries
 * need none of them. */
#include "config.h"

#include <string.h>

#include "store/store-private.h"

/* What decides, with the columns of entry in their order, and what the guard counts by. */
#define OF_FAILURE                                                                                 \
  "SELECT f.address, f.recipient, f.recipient_domain, f.provider, f.class, f.reason, f.failed_at," \
  " f.message_id, f.failure_id, NULL, t.days, t.span, t.window,"                                   \
  " coalesce(f.provider, f.recipient_domain, '?'), f.day"                                          \
  " FROM failure AS f LEFT JOIN threshold AS t USING (reason) WHERE f.failure_id = "

enum { /* of OF_FAILURE, and of OF_COMPLAINT up to the source */
       COLUMN_ADDRESS,
       COLUMN_DOMAIN = 2,
       COLUMN_PROVIDER,
       COLUMN_REASON = 5,
       COLUMN_AT,
       COLUMN_DAYS = 10,
       COLUMN_SPAN,
       N_ENTRY_COLUMNS = 13,
       COLUMN_SOURCE = N_ENTRY_COLUMNS,
       COLUMN_DAY,
};

static const char insert_entry[] =
    "INSERT INTO entry (address, recipient, recipient_domain, provider, class, reason, since,"
    "  message_id, failure_id, complaint_id, days, span, window, state)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, :state)"
    " ON CONFLICT DO NOTHING";

/* Enough different days, far enough apart, in the window that ends with last.day. */
#define REACHES                                                                                    \
  "(SELECT count(DISTINCT day) >= t.days AND last.day - min(day) >= t.span FROM failure"           \
  " WHERE address = :address AND reason = t.reason AND counting = 1"                               \
  "   AND day BETWEEN last.day - t.window + 1 AND last.day)"

/* Have the failures for this reason, from the day of the new one on, reached the threshold? Each
 * day that has a failure is taken as the last of a window; so it does not matter in which order an
 * archive is imported. The first failure recorded on the first such day is the one that decided. */
static const char decide_by_failure[] =
    OF_FAILURE "(SELECT last.failure_id FROM threshold AS t,"
               "   (SELECT day, min(failure_id) AS failure_id FROM failure"
               "    WHERE address = :address AND reason = :reason AND counting = 1 AND day >= :day"
               "    GROUP BY day) AS last"
               " WHERE t.reason = :reason AND last.day < :day + t.window AND " REACHES
               " ORDER BY last.day LIMIT 1)";

/* Over all reasons: the threshold that was reached first. */
static const char decide_by_history[] = OF_FAILURE
    "(SELECT last.failure_id FROM threshold AS t JOIN"
    "   (SELECT reason, day, min(failure_id) AS failure_id FROM failure"
    "    WHERE address = :address AND counting = 1 GROUP BY reason, day) AS last USING (reason)"
    " WHERE " REACHES " ORDER BY last.day, last.failure_id LIMIT 1)";

#define OF_COMPLAINT                                                                               \
  "SELECT address, recipient, recipient_domain, provider, NULL, 'complaint', complained_at,"       \
  " message_id, NULL, complaint_id, 1, 0, 1, coalesce(provider, recipient_domain, '?')"            \
  " FROM complaint WHERE counting = 1 AND "

static const char decide_by_complaint[] =
    OF_COMPLAINT "address = :address ORDER BY complained_at, complaint_id LIMIT 1";

static const char new_failure[] = OF_FAILURE ":id AND f.counting = 1 AND f.address IS NOT NULL";

static const char new_complaint[] = OF_COMPLAINT "complaint_id = :id AND address IS NOT NULL";

/* What people have decided about its time, or about its address later. */
#define OVERTAKEN                                                                                  \
  "WHEN EXISTS (SELECT 1 FROM release WHERE :at BETWEEN since AND until"                           \
  "   AND (provider IS NULL OR provider = :provider) AND (domain IS NULL OR domain = :domain))"    \
  " THEN 'release'"                                                                                \
  " WHEN EXISTS (SELECT 1 FROM override"                                                           \
  "              WHERE address = :address AND verdict = 'allow' AND at > :at) THEN 'allow'"

/* What has overtaken the failure before it was recorded (an import, a slow report); whether it can
 * change anything: not where the address has an entry, nor as the second one of its day; and
 * whether the address was named before. */
static const char look_around[] =
    "SELECT CASE " OVERTAKEN
    " WHEN EXISTS (SELECT 1 FROM delivery WHERE address = :address AND action = 'delivered'"
    "   AND counts = 1 AND delivered_at > :at) THEN 'delivered' END,"
    " EXISTS (SELECT 1 FROM entry WHERE address = :address)"
    "   OR EXISTS (SELECT 1 FROM failure WHERE address = :address AND reason = :reason"
    "     AND counting = 1 AND day = :day AND failure_id <> :id),"
    " EXISTS (SELECT 1 FROM failure WHERE address = :address AND failure_id <> :id)";

static const char look_back[] = "SELECT CASE " OVERTAKEN " END";

/* --- small steps ------------------------------------------------------------------------------*/

static bool
run_about(Store *store, const char *sql, const char *address, GError **error)
{
  return store_run(store, sql, VALUES(TEXT(":address", address)), error);
}

/* --- the decision -----------------------------------------------------------------------------*/

static bool
is_decided(Store *store, const char *address, bool *decided, GError **error)
{
  gint64 found;
  if (!store_get_int_kept(store, STATEMENT_OVERRIDE,
                          "SELECT 1 FROM override WHERE address = :address",
                          VALUES(TEXT(":address", address)), &found, error))
    return false;
  *decided = found != 0;
  return true;
}

/* The address comes on the list, unless it is there or somebody has decided otherwise; at once, or
 * held where the guard says so. row: of OF_FAILURE or OF_COMPLAINT. */
static bool
enter(Store *store, sqlite3_stmt *row, GError **error)
{
  bool decided, held;
  if (!is_decided(store, store_column_text(row, COLUMN_ADDRESS), &decided, error))
    return false;
  if (decided)
    return true;
  if (!store_guard(store, store_column_text(row, COLUMN_SOURCE),
                   sqlite3_column_int64(row, COLUMN_AT), &held, error))
    return false;
  g_autoptr(KeptStatement) s =
      store_statement(store, STATEMENT_ENTRY, insert_entry,
                      VALUES(TEXT(":state", held ? "held" : "active")), error);
  if (s == NULL)
    return false;
  for (int i = 0; i < N_ENTRY_COLUMNS; i++)
    sqlite3_bind_value(s, i + 1, sqlite3_column_value(row, i));
  return store_finish(store, s, error);
}

/* The statement finds what decides, if anything does. */
static bool
decide(Store *store, StatementId id, const char *sql, const StoreValue *values, GError **error)
{
  bool found;
  g_autoptr(KeptStatement) row = store_statement(store, id, sql, values, error);
  return row != NULL && store_step(store, row, &found, error) &&
         (!found || enter(store, row, error));
}

bool
store_reconsider(Store *store, const char *address, GError **error)
{
  const StoreValue *values = VALUES(TEXT(":address", address));
  return decide(store, STATEMENT_DECIDE_COMPLAINT, decide_by_complaint, values, error) &&
         decide(store, STATEMENT_DECIDE_HISTORY, decide_by_history, values, error);
}

static bool
collect_address(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error, (void)n;
  g_ptr_array_add(data, g_strdup(cells[0].text));
  return true;
}

bool
store_reconsider_all(Store *store, const char *sql, const StoreValue *values, GError **error)
{
  g_autoptr(GPtrArray) addresses = g_ptr_array_new_with_free_func(g_free);
  if (!store_query(store, sql, values, collect_address, addresses, error))
    return false;
  for (guint i = 0; i < addresses->len; i++)
    if (!store_reconsider(store, g_ptr_array_index(addresses, i), error))
      return false;
  return true;
}

bool
store_reconsider_failure(Store *store, gint64 failure_id, GError **error)
{
  return store_reconsider_all(store,
                              "SELECT address FROM failure"
                              " WHERE failure_id = :id AND address IS NOT NULL",
                              VALUES(INT(":id", failure_id)), error);
}

/* --- a new failure ----------------------------------------------------------------------------*/

typedef struct {
  const char *lifted; /* borrowed from a constant */
  bool idle;          /* it can change nothing */
  bool named;         /* its address was, by an earlier one */
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
  g_autoptr(KeptStatement) s = store_statement(store, STATEMENT_LOOK, look_around,
                                               VALUES(INT(":id", failure_id), WHO_AND_WHEN(row),
                                                      COLUMN(":reason", row, COLUMN_REASON),
                                                      COLUMN(":day", row, COLUMN_DAY)),
                                               error);
  if (s == NULL || !store_step_row(store, s, error))
    return false;
  *out = (Surroundings){.lifted = lifted_name(store_column_text(s, 0)),
                        .idle = sqlite3_column_int(s, 1) != 0,
                        .named = sqlite3_column_int(s, 2) != 0};
  return true;
}

/* One that was overtaken counts no more, and what rests on other failures is weighed anew. */
static bool
lift(Store *store, gint64 failure_id, const char *address, const char *lifted, GError **error)
{
  return store_run(store, "UPDATE failure SET lifted = :lifted WHERE failure_id = :id",
                   VALUES(TEXT(":lifted", lifted), INT(":id", failure_id)), error) &&
         store_reconsider(store, address, error);
}

static bool
decide_by_days(Store *store, sqlite3_stmt *row, GError **error)
{
  return decide(store, STATEMENT_DECIDE, decide_by_failure,
                VALUES(COLUMN(":address", row, COLUMN_ADDRESS),
                       COLUMN(":reason", row, COLUMN_REASON), COLUMN(":day", row, COLUMN_DAY)),
                error);
}

/* row: the new failure. Where one day is enough, it is the one that decides; to look for that among
 * the others would cost more than all the rest of a delivery's statements. */
static bool
weigh(Store *store, gint64 failure_id, sqlite3_stmt *row, GError **error)
{
  Surroundings around = {0};
  if (!look_at(store, failure_id, row, &around, error) ||
      (!around.named && !store_exec(store, "UPDATE guard SET named = named + 1", error)))
    return false;
  if (around.lifted != NULL)
    return lift(store, failure_id, store_column_text(row, COLUMN_ADDRESS), around.lifted, error);
  if (around.idle || sqlite3_column_type(row, COLUMN_DAYS) == SQLITE_NULL)
    return true;
  bool at_once =
      sqlite3_column_int(row, COLUMN_DAYS) == 1 && sqlite3_column_int(row, COLUMN_SPAN) == 0;
  return at_once ? enter(store, row, error) : decide_by_days(store, row, error);
}

/* The guard counts the addresses in failure, also those that no failure has weighed on. */
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

/* --- a delivery, a complaint ------------------------------------------------------------------*/

static const char is_reached[] =
    "SELECT d.address, d.delivered_at FROM delivery AS d"
    " WHERE d.delivery_id = :id AND d.action = 'delivered' AND d.counts = 1 AND EXISTS"
    "   (SELECT 1 FROM failure AS f"
    "    WHERE f.address = d.address AND f.counting = 1 AND f.failed_at <= d.delivered_at)";

/* Who was reached, can be reached: earlier failures count no more. It says nothing about
 * complaints. */
static bool
lift_earlier(Store *store, const char *address, gint64 at, GError **error)
{
  return run_about(store, "DELETE FROM entry WHERE address = :address AND failure_id IS NOT NULL",
                   address, error) &&
         store_run(store,
                   "UPDATE failure SET lifted = 'delivered'"
                   " WHERE address = :address AND counting = 1 AND failed_at <= :at",
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

/* *lifted: borrowed from a constant; NULL where nothing has overtaken it. */
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

/* It suppresses at once, also where failures wait for a decision already. */
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
