#include "config.h"

#include "store/store-prune.h"

#include "base/dates.h"
#include "store/store-private.h"

enum {
  ROWS_MAX = 500,     /* of a transaction, but for a single message that has more */
  MESSAGES_MAX = 200, /* the same */
};

/* --- what goes ---------------------------------------------------------------------------------*/

/* Views of this connection, which read the cutoff from a table: one statement with all of it would
 * be too deep for SQLite's parser. */
static const char tables[] = "CREATE TEMP TABLE pruning (before, now, kinds);"
                             "CREATE TEMP TABLE old (message_id INTEGER PRIMARY KEY);"
                             "CREATE TEMP TABLE batch (message_id INTEGER PRIMARY KEY, goes);"
                             "CREATE TEMP TABLE unnamed (address)";

/* In a subquery, not in a join: then an index of the time finds what is older. */
#define BEFORE "(SELECT before FROM pruning)"

/* What may not enter the list before a person decides otherwise. */
#define IS_UP_TO_PEOPLE                                                                            \
  "(EXISTS (SELECT 1 FROM override AS o WHERE o.address = f.address)"                              \
  " OR EXISTS (SELECT 1 FROM never WHERE " IS_OWN("f.address") "))"

/* Failures that may still decide: they count, or would count again, and are in the window of their
 * threshold, or enough by themselves, or wait for a person. Once an entry stands for the reason,
 * the others are no longer needed. */
static const char may_decide[] =
    "CREATE TEMP VIEW may_decide AS"
    " SELECT failure_id, address, failed_at FROM failure AS f"
    " CROSS JOIN threshold AS t USING (reason)"
    " WHERE f.counts = 1 AND (f.lifted IS NULL OR f.lifted IN ('allow', 'release', 'wave'))"
    "  AND (f.day > (SELECT now FROM pruning) / 86400 - t.window OR f.lifted IN ('allow', "
    "'release')"
    "    OR (t.days = 1 AND t.span = 0 AND (t.least = 1 OR f.trust = 'verified'))"
    "    OR " IS_UP_TO_PEOPLE ")"
    "  AND NOT (f.lifted IS NULL AND EXISTS (SELECT 1 FROM entry AS e"
    "    WHERE e.address = f.address AND e.reason = f.reason AND e.failure_id IS NOT NULL))";

/* The failures that an entry rests on stay: the one that decided, and those of the days before it.
 * So do those because of which an acceptance does not count (store-alive.c). */
static const char failures[] =
    "CREATE TEMP VIEW failure_goes AS"
    " SELECT failure_id, message_id, address FROM failure AS f"
    " WHERE f.failed_at < " BEFORE " AND (f.address IS NULL OR NOT"
    "  (EXISTS (SELECT 1 FROM entry AS e"
    "     WHERE e.address = f.address AND e.reason = f.reason AND f.counting = 1"
    "       AND (e.failure_id = f.failure_id OR ((e.days > 1 OR e.span > 0)"
    "         AND f.day BETWEEN e.since / 86400 - e.window + 1 AND e.since / 86400)))"
    "   OR EXISTS (SELECT 1 FROM may_decide AS m WHERE m.failure_id = f.failure_id)"
    "   OR (f.counts = 1 AND EXISTS (SELECT 1 FROM alive AS a WHERE a.address = f.address"
    "     AND (f.failed_at BETWEEN a.accepted_at AND a.accepted_at + 172800"
    "       OR f.failed_at BETWEEN a.stood_at AND a.stood_at + 172800)))))";

static const char delays[] = "CREATE TEMP VIEW delay_goes AS"
                             " SELECT delay_id, message_id FROM delay"
                             " WHERE failed_at < " BEFORE "";

/* A delivery stays if it would lift a failure that may come back. */
static const char deliveries[] = "CREATE TEMP VIEW delivery_goes AS"
                                 " SELECT delivery_id, message_id FROM delivery AS d"
                                 " WHERE d.delivered_at < " BEFORE
                                 " AND NOT (d.counts = 1 AND d.action IS 'delivered' AND EXISTS"
                                 "  (SELECT 1 FROM may_decide AS m WHERE m.address = d.address"
                                 "     AND m.failed_at < d.delivered_at))";

/* A complaint stays if it decides or may decide: each is enough. */
static const char complaints[] =
    "CREATE TEMP VIEW complaint_goes AS"
    " SELECT complaint_id, message_id FROM complaint AS c"
    " WHERE c.complained_at < " BEFORE " AND (c.counts = 0 OR c.address IS NULL"
    "  OR (c.lifted IS NULL AND EXISTS (SELECT 1 FROM entry AS e"
    "    WHERE e.address = c.address AND e.complaint_id <> c.complaint_id)))";

#define ANY(table) "EXISTS (SELECT 1 FROM " table " AS x WHERE x.message_id = m.message_id)"
#define ANY_STAYS(table)                                                                           \
  "EXISTS (SELECT 1 FROM " table " AS x WHERE x.message_id = m.message_id AND NOT EXISTS"          \
  " (SELECT 1 FROM " table "_goes AS g WHERE g." table "_id = x." table "_id))"
#define OF_ALL(what)                                                                               \
  "(" what("failure") " OR " what("delay") " OR " what("delivery") " OR " what("complaint") ")"
#define ANY_GOES(table) ANY(table "_goes")

#define OF_KINDS                                                                                   \
  "((SELECT kinds FROM pruning) IS NULL"                                                           \
  "  OR instr(',' || (SELECT kinds FROM pruning) || ',', ',' || m.kind || ',') > 0)"
#define MESSAGE_GOES "kept IS NULL AND (received_at < " BEFORE " OR " OF_ALL(ANY) ")"
#define NOTHING_STAYS "NOT " OF_ALL(ANY_STAYS)
#define SOMETHING_GOES OF_ALL(ANY_GOES)

/* Messages of which something goes; goes: nothing of it stays. */
static const char messages[] = "CREATE TEMP VIEW message_goes AS"
                               " SELECT * FROM (SELECT message_id, recipients, " MESSAGE_GOES
                               " AND " NOTHING_STAYS "   AS goes, " SOMETHING_GOES
                               " AS some FROM temp.old CROSS JOIN message AS m USING (message_id)"
                               "  WHERE " OF_KINDS ")"
                               " WHERE goes OR some";

/* --- what is old -------------------------------------------------------------------------------*/

/* Messages with something old, by the indexes of the time, and those that are old themselves. Most
 * messages have no index of the time, because every delivery would pay for it. Their numbers grow
 * with it: last is one after which none is old, unless the clock went wrong. */
static const char old[] =
    "INSERT INTO temp.old SELECT message_id FROM failure WHERE failed_at < " BEFORE
    " UNION SELECT message_id FROM delay WHERE failed_at < " BEFORE
    " UNION SELECT message_id FROM delivery WHERE delivered_at < " BEFORE
    " UNION SELECT message_id FROM complaint WHERE complained_at < " BEFORE
    " UNION SELECT message_id FROM message INDEXED BY message_other"
    "  WHERE kind IN ('auto_reply', 'challenge', 'other', 'unreadable') AND received_at < " BEFORE
    " UNION SELECT message_id FROM message WHERE message_id <= :last AND received_at < " BEFORE;

/* Of the first message from a number on: its number and time; *id: 0 = there is none. */
static bool
message_from(Store *store, gint64 from, gint64 *id, gint64 *at, GError **error)
{
  *id = *at = 0;
  return store_get_int(store,
                       "SELECT message_id FROM message WHERE message_id >= :from"
                       " ORDER BY message_id LIMIT 1",
                       VALUES(INT(":from", from)), id, error) &&
         store_get_int(store, "SELECT received_at FROM message WHERE message_id = :id",
                       VALUES(INT(":id", *id)), at, error);
}

/* By halves. A clock that was set back by less than a week does no harm. */
static bool
find_last_old(Store *store, gint64 before, gint64 *last, GError **error)
{
  enum { SLACK = 7 * SECONDS_PER_DAY };
  gint64 low = 0, high, id, at;
  if (!store_get_int(store, "SELECT max(message_id) FROM message", NULL, &high, error))
    return false;
  while (low < high) {
    gint64 middle = low + (high - low + 1) / 2;
    if (!message_from(store, middle, &id, &at, error))
      return false;
    if (at < before + SLACK)
      low = MAX(middle, id);
    else
      high = middle - 1;
  }
  *last = low;
  return true;
}

static bool
find_old(Store *store, gint64 before, GError **error)
{
  gint64 last;
  return find_last_old(store, before, &last, error) &&
         store_run(store, old, VALUES(INT(":last", last)), error);
}

static bool
create_views(Store *store, const Pruning *what, GError **error)
{
  static const char *const views[] = {tables,     may_decide, failures, delays,
                                      deliveries, complaints, messages};
  for (gsize i = 0; i < G_N_ELEMENTS(views); i++)
    if (!store_exec(store, views[i], error))
      return false;
  return store_run(store, "INSERT INTO temp.pruning VALUES (:before, :now, :kinds)",
                   VALUES(INT(":before", what->before), INT(":now", what->now),
                          TEXT(":kinds", what->kinds)),
                   error) &&
         find_old(store, what->before, error);
}

static bool
drop_views(Store *store, GError **error)
{
  return store_exec(store,
                    "DROP VIEW temp.message_goes; DROP VIEW temp.complaint_goes;"
                    "DROP VIEW temp.delivery_goes; DROP VIEW temp.delay_goes;"
                    "DROP VIEW temp.failure_goes; DROP VIEW temp.may_decide;"
                    "DROP TABLE temp.unnamed; DROP TABLE temp.batch; DROP TABLE temp.old; DROP "
                    "TABLE temp.pruning",
                    error);
}

/* --- counting ----------------------------------------------------------------------------------*/

#define OF_KIND(column)                                                                            \
  "(:kinds IS NULL OR instr(',' || :kinds || ',', ',' || " column " || ',') > 0)"

/* Messages are looked up only if it matters of which kind they are. */
#define COUNT(rows)                                                                                \
  "SELECT count(*) FROM " rows " AS r WHERE :kinds IS NULL OR EXISTS"                              \
  " (SELECT 1 FROM message AS m WHERE m.message_id = r.message_id AND " OF_KIND("m.kind") ")"

#define COUNT_GOING COUNT("failure_goes")
#define COUNT_OLD COUNT("(SELECT message_id FROM failure WHERE failed_at < :before)")

static const struct {
  const char *sql;
  gsize offset;
} counts[] = {
    {"SELECT count(*) FROM message_goes WHERE goes", offsetof(Pruned, messages)},
    {COUNT_GOING, offsetof(Pruned, failures)},
    {COUNT("delay_goes"), offsetof(Pruned, delays)},
    {COUNT("delivery_goes"), offsetof(Pruned, deliveries)},
    {COUNT("complaint_goes"), offsetof(Pruned, complaints)},
    {COUNT_OLD, offsetof(Pruned, stay)},
};

static gint64 *
number_at(Pruned *pruned, gsize offset)
{
  return (gint64 *)(void *)((char *)pruned + offset);
}

bool
store_count_prunable(Store *store, const Pruning *what, Pruned *out, GError **error)
{
  *out = (Pruned){0};
  if (!create_views(store, what, error))
    return false;
  for (gsize i = 0; i < G_N_ELEMENTS(counts); i++)
    if (!store_get_int(store, counts[i].sql,
                       VALUES(INT(":before", what->before), TEXT(":kinds", what->kinds)),
                       number_at(out, counts[i].offset), error))
      return false;
  out->stay -= out->failures;
  return drop_views(store, error);
}

/* --- deleting ----------------------------------------------------------------------------------*/

/* Outside the transaction: only reading takes long where little goes. */
static const char select_batch[] =
    "INSERT INTO temp.batch SELECT message_id, goes FROM"
    " (SELECT message_id, goes, sum(recipients + 1) OVER (ORDER BY message_id) - recipients - 1"
    "    AS rows_before"
    "  FROM (SELECT * FROM message_goes WHERE message_id > :after"
    "        ORDER BY message_id LIMIT :messages))"
    " WHERE rows_before < :rows";

#define DELETE(table)                                                                              \
  "DELETE FROM " table " WHERE " table "_id IN (SELECT " table "_id FROM " table "_goes"           \
  " WHERE message_id IN (SELECT message_id FROM temp.batch))"

/* In this order, because a message goes after its rows. */
static const struct {
  const char *sql;
  gsize offset; /* of the number in Pruned */
} deletions[] = {
    {DELETE("delay"), offsetof(Pruned, delays)},
    {DELETE("delivery"), offsetof(Pruned, deliveries)},
    {DELETE("complaint"), offsetof(Pruned, complaints)},
    {DELETE("failure"), offsetof(Pruned, failures)},
    {"DELETE FROM message AS m WHERE kept IS NULL AND NOT " OF_ALL(
         ANY) " AND message_id IN (SELECT message_id FROM temp.batch WHERE goes)",
     offsetof(Pruned, messages)},
};

/* guard.named counts the addresses in the table failure. */
static const char note_addresses[] =
    "DELETE FROM temp.unnamed;"
    "INSERT INTO temp.unnamed SELECT DISTINCT address FROM failure_goes"
    " WHERE message_id IN (SELECT message_id FROM temp.batch) AND address IS NOT NULL";

static const char unname_addresses[] =
    "UPDATE guard SET named = named - (SELECT count(*) FROM temp.unnamed AS u"
    " WHERE NOT EXISTS (SELECT 1 FROM failure AS f WHERE f.address = u.address))";

/* Summed up before, because then nothing tells of what is deleted, and again, because the number of
 * the last failure may come again. */
static bool
delete_batch(Store *store, const Pruning *what, Pruned *out, GError **error)
{
  gint64 failures_before = out->failures;
  if (!store_sum_up(store, error) || !store_exec(store, note_addresses, error))
    return false;
  for (gsize i = 0; i < G_N_ELEMENTS(deletions); i++) {
    if (!store_exec(store, deletions[i].sql, error))
      return false;
    *number_at(out, deletions[i].offset) += sqlite3_changes(store->db);
  }
  return store_exec(store, unname_addresses, error) && store_sum_up(store, error) &&
         (out->failures == failures_before ||
          store_stop_counting(store, what->before / SECONDS_PER_DAY, error));
}

/* *after: the last message of the batch; 0 = there was none. */
static bool
prune_batch(Store *store, const Pruning *what, gint64 *after, Pruned *out, GError **error)
{
  if (!store_exec(store, "DELETE FROM temp.batch", error) ||
      !store_run(
          store, select_batch,
          VALUES(INT(":after", *after), INT(":rows", ROWS_MAX), INT(":messages", MESSAGES_MAX)),
          error) ||
      !store_get_int(store, "SELECT max(message_id) FROM temp.batch", NULL, after, error))
    return false;
  if (*after == 0)
    return true;
  return store_begin(store, error) &&
         store_end(store, delete_batch(store, what, out, error), error);
}

static bool
audit(Store *store, const Pruning *what, const Decision *decision, GError **error)
{
  const Span span = {.until = what->before - 1};
  return store_begin(store, error) &&
         store_end(store, store_audit(store, decision, NULL, &span, 0, error), error);
}

bool
store_prune(Store *store, const Pruning *what, const Decision *decision, Pruned *out,
            GError **error)
{
  *out = (Pruned){0};
  if (!store_exec(store, "PRAGMA secure_delete = ON", error) || !create_views(store, what, error))
    return false;
  gint64 after = 0;
  do {
    if (!prune_batch(store, what, &after, out, error))
      return false;
  } while (after != 0);
  bool any = out->messages + out->failures + out->delays + out->deliveries + out->complaints > 0;
  return (!any || audit(store, what, decision, error)) &&
         store_get_int(store, "SELECT (" COUNT_OLD ") - (" COUNT_GOING ")",
                       VALUES(INT(":before", what->before), TEXT(":kinds", what->kinds)),
                       &out->stay, error) &&
         drop_views(store, error);
}

bool
store_kept_before(Store *store, gint64 at, const char *kinds, StoreRowFunc func, gpointer data,
                  GError **error)
{
  return store_query(store,
                     "SELECT message_id, kept FROM message"
                     " WHERE kept IS NOT NULL AND received_at < :at AND " OF_KIND("kind"),
                     VALUES(INT(":at", at), TEXT(":kinds", kinds)), func, data, error);
}
