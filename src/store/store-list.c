/* Lists of failures, other recipients and messages. */
#include "config.h"

#include "store/store-list.h"

#include <string.h>

#include "store/store-private.h"

#define RECIPIENT "recipient, recipient_domain, final_recipient, original_recipient"

/* What is listed for each kind of message. A column that a table lacks is not named in a filter. */
static const struct {
  const char *kind, *from, *at, *id, *columns;
} tables[] = {
    {"bounce", "failure", "failed_at", "failure_id",
     "failure_id, message_id, failed_at, " RECIPIENT
     ", action, status, reply_code, stage, diagnostic, remote_mta, provider, class, reason, party,"
     " rule, trust, proof, counts"},
    {"delay", "delay", "failed_at", "delay_id",
     "delay_id, message_id, failed_at, " RECIPIENT
     ", action, status, reply_code, stage, diagnostic, remote_mta, provider, class, reason, party,"
     " rule"},
    {"success", "delivery", "delivered_at", "delivery_id",
     "delivery_id, message_id, delivered_at, " RECIPIENT
     ", action, status, diagnostic, remote_mta, trust, proof, counts"},
    {"complaint", "complaint", "complained_at", "complaint_id",
     "complaint_id, message_id, complained_at, " RECIPIENT
     ", original_message_id, provider, trust, proof, counts"},
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

/* FROM and WHERE */
static void
add_condition(GString *sql, const StoreFilter *filter, gsize table)
{
  g_string_append_printf(sql, " FROM %s WHERE 1", tables[table].from);
  if (tables[table].kind == NULL)
    g_string_append(sql, " AND kind = :kind");
  add_words(sql, "class", ":classes", filter->classes);
  add_words(sql, "reason", ":reasons", filter->reasons);
  add_words(sql, "recipient_domain", ":domains", filter->domains);
  add_words(sql, "provider", ":providers", filter->providers);
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

bool
store_list(Store *store, const StoreFilter *filter, StoreRowFunc func, gpointer data,
           GError **error)
{
  gsize table = find_table(filter->kind);
  const char *at = tables[table].at, *id = tables[table].id;
  g_autoptr(GString) sql =
      g_string_new(filter->oldest_first ? "SELECT * FROM (SELECT " : "SELECT ");
  g_string_append(sql, tables[table].columns);
  add_condition(sql, filter, table);
  g_string_append_printf(sql, " ORDER BY %s DESC, %s DESC LIMIT :limit", at, id);
  if (filter->oldest_first)
    g_string_append_printf(sql, ") ORDER BY %s, %s", at, id);
  return store_query(store, sql->str, FILTER_VALUES(filter), func, data, error);
}

bool
store_list_count(Store *store, const StoreFilter *filter, gint64 *out, GError **error)
{
  g_autoptr(GString) sql = g_string_new("SELECT count(*)");
  add_condition(sql, filter, find_table(filter->kind));
  return store_get_int(store, sql->str, FILTER_VALUES(filter), out, error);
}
