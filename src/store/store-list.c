/* Lists of failures, other recipients and messages. */
#include "config.h"

#include "store/store-list.h"

#include <string.h>

#include "store/store-private.h"

/* Of the recipient that a signed return path proved. */
#define SUBSCRIBER(table)                                                                          \
  ", (SELECT subscriber FROM message AS m WHERE m.message_id = " table ".message_id"               \
  "   AND " table ".proof = 'signed') AS subscriber"
#define RECIPIENT "recipient, recipient_domain, final_recipient, original_recipient"

/* What is listed for each kind of message. A column that a table lacks is not named in a filter. */
static const struct {
  const char *kind, *from, *at, *id, *columns;
} tables[] = {
    {"bounce", "failure", "failed_at", "failure_id",
     "failure_id, message_id, failed_at, " RECIPIENT
     ", action, status, reply_code, stage, diagnostic, remote_mta, provider, class, reason, party,"
     " rule, trust, proof, counts" SUBSCRIBER("failure")},
    {"delay", "delay", "failed_at", "delay_id",
     "delay_id, message_id, failed_at, " RECIPIENT
     ", action, status, reply_code, stage, diagnostic, remote_mta, provider, class, reason, party,"
     " rule"},
    {"success", "delivery", "delivered_at", "delivery_id",
     "delivery_id, message_id, delivered_at, " RECIPIENT
     ", action, status, diagnostic, remote_mta, trust, proof, counts"},
    {"complaint", "complaint", "complained_at", "complaint_id",
     "complaint_id, message_id, complained_at, " RECIPIENT
     ", original_message_id, provider, trust, proof, counts" SUBSCRIBER("complaint")},
    {NULL, "message", "received_at", "message_id",
     "message_id, received_at, kind, reader, envelope_sender, envelope_recipient, subject, size,"
     " kept"},
};

static gsize
find_table(const char *kind)
{
  gsize i = 0;
  while (kind != NULL && tables[i].kind != NULL && strcmp(tables[i].kind, kind) != 0)
    i++;
  return i;
}

static void
add_words(GString *sql, const char *column, const char *parameter, const char *words)
{
  if (words != NULL)
    g_string_append_printf(sql, " AND instr(',' || %s || ',', ',' || %s || ',') > 0", parameter,
                           column);
}

/* What the tables of counts have too. */
static void
add_verdict(GString *sql, const StoreFilter *filter)
{
  add_words(sql, "class", ":classes", filter->classes);
  add_words(sql, "reason", ":reasons", filter->reasons);
  add_words(sql, "recipient_domain", ":domains", filter->domains);
  add_words(sql, "provider", ":providers", filter->providers);
}

/* FROM and WHERE */
static void
add_condition(GString *sql, const StoreFilter *filter, gsize table, const char *days)
{
  g_string_append_printf(sql, " FROM %s%s WHERE 1", days, tables[table].from);
  if (tables[table].kind == NULL)
    g_string_append(sql, " AND kind = :kind");
  add_verdict(sql, filter);
  if (filter->address != NULL)
    g_string_append(sql, " AND address = lower(:address)");
  if (filter->since != 0)
    g_string_append_printf(sql, " AND %s >= :since", tables[table].at);
  if (filter->until != 0)
    g_string_append_printf(sql, " AND %s <= :until", tables[table].at);
}

#define FILTER_VALUES(filter)                                                                      \
  VALUES(TEXT(":kind", (filter)->kind), TEXT(":classes", (filter)->classes),                       \
         TEXT(":reasons", (filter)->reasons), TEXT(":domains", (filter)->domains),                 \
         TEXT(":providers", (filter)->providers), ADDRESS(":address", (filter)->address),          \
         INT(":since", (filter)->since), INT(":until", (filter)->until),                           \
         INT(":limit", (filter)->limit > 0 ? (filter)->limit : -1))

/* --- failures by their counts ------------------------------------------------------------------*/

/* No index helps to find what is rare. But the counts tell on which days there is any, between
 * which numbers, and on how many days the newest are: only these rows are read. */
static bool
has_counts(const StoreFilter *filter, gsize table)
{
  return strcmp(tables[table].from, "failure") == 0 && filter->address == NULL &&
         (filter->classes != NULL || filter->reasons != NULL || filter->domains != NULL ||
          filter->providers != NULL);
}

/* An exact domain is in the index daily_domain. */
static const char *
counts_of(const StoreFilter *filter)
{
  return filter->domains != NULL ? "daily" : "sum_now";
}

/* Counts of days of which a part is left out, by time or by prune, do not tell where to stop. */
static void
add_days(GString *sql, const StoreFilter *filter)
{
  g_string_append_printf(
      sql,
      "WITH counted AS (SELECT day AS counted_day, sum(failures) AS n, min(first_id) AS first_id,"
      "   max(last_id) AS last_id FROM %s"
      "  WHERE day >= :since / 86400 AND (:until = 0 OR day <= :until / 86400)",
      counts_of(filter));
  if (filter->domains != NULL)
    g_string_append(sql, " AND recipient_domain IN (SELECT value FROM"
                         " json_each('[\"' || replace(:domains, ',', '\",\"') || '\"]'))");
  add_verdict(sql, filter);
  g_string_append(
      sql, " GROUP BY day),"
           " wanted AS (SELECT counted_day, first_id, last_id, sum(iif("
           "    (:until = 0 OR counted_day < :until / 86400) AND counted_day >= " COUNTED_FROM
           "    , n, 0)) OVER (ORDER BY counted_day DESC ROWS BETWEEN UNBOUNDED PRECEDING"
           "    AND 1 PRECEDING) AS newer FROM counted) ");
}

#define OF_WANTED_DAYS                                                                             \
  "(SELECT * FROM wanted WHERE :limit < 0 OR coalesce(newer, 0) < :limit) AS w CROSS JOIN "

/* --- lists -------------------------------------------------------------------------------------*/

bool
store_list(Store *store, const StoreFilter *filter, StoreRowFunc func, gpointer data,
           GError **error)
{
  gsize table = find_table(filter->kind);
  bool counted = has_counts(filter, table);
  const char *at = tables[table].at, *id = tables[table].id;
  g_autoptr(GString) sql = g_string_new(NULL);
  if (counted)
    add_days(sql, filter);
  g_string_append(sql, filter->oldest_first ? "SELECT * FROM (SELECT " : "SELECT ");
  g_string_append(sql, tables[table].columns);
  add_condition(sql, filter, table, counted ? OF_WANTED_DAYS : "");
  if (counted)
    g_string_append(sql, " AND failure_id BETWEEN first_id AND last_id AND day = counted_day");
  g_string_append_printf(sql, " ORDER BY %s DESC, %s DESC LIMIT :limit", at, id);
  if (filter->oldest_first)
    g_string_append_printf(sql, ") ORDER BY %s, %s", at, id);
  return store_query(store, sql->str, FILTER_VALUES(filter), func, data, error);
}

/* The counts know all, unless a part of a day is asked for. */
static bool
count_by_days(Store *store, const StoreFilter *filter, gint64 *out, GError **error)
{
  g_autoptr(GString) sql = g_string_new(NULL);
  g_string_printf(sql,
                  "SELECT (SELECT coalesce(sum(failures), 0) FROM %s WHERE day >= " COUNTED_FROM,
                  counts_of(filter));
  add_verdict(sql, filter);
  g_string_append(sql, ") + (SELECT count(*) FROM failure"
                       " WHERE failed_at < 86400 * " COUNTED_FROM);
  add_verdict(sql, filter);
  g_string_append(sql, ")");
  return store_get_int(store, sql->str, FILTER_VALUES(filter), out, error);
}

bool
store_list_count(Store *store, const StoreFilter *filter, gint64 *out, GError **error)
{
  gsize table = find_table(filter->kind);
  if (strcmp(tables[table].from, "failure") == 0 && filter->address == NULL && filter->since == 0 &&
      filter->until == 0)
    return count_by_days(store, filter, out, error);
  g_autoptr(GString) sql = g_string_new("SELECT count(*)");
  add_condition(sql, filter, table, "");
  return store_get_int(store, sql->str, FILTER_VALUES(filter), out, error);
}
