/* Which texts name somebody who is to be erased. To read all of them takes a while, so it is done
 * before the transaction, during which deliveries have to wait; what has come since then is read in
 * it. */
#include "config.h"

#include <string.h>

#include "verp/named.h"
#include "store/store-search.h"

const SearchTable search_tables[N_SEARCH_TABLES] = {
    {"message",
     {"report_message_id", "original_message_id", "envelope_id", "list_id", "feedback_id",
      "subject", "envelope_sender", "envelope_recipient", "subscriber"}},
    {"failure",
     {"final_recipient", "original_recipient", "diagnostic", "notice", "sender", "matched",
      "masked", "original_message_id"}},
    {"delay", {"final_recipient", "original_recipient", "diagnostic", "notice", "matched"}},
    {"delivery", {"final_recipient", "original_recipient", "diagnostic", "notice"}},
    {"complaint", {"final_recipient", "original_recipient", "original_message_id"}},
};

/* named: the rows. last: the last row that was read; mark: what tells that this is still the same
 * row, since SQLite gives the number of a last row that was deleted to the next one. */
static const char tables[] =
    "CREATE TEMP TABLE IF NOT EXISTS named (source INTEGER, id INTEGER, PRIMARY KEY (source, id))"
    " WITHOUT ROWID;"
    "CREATE TEMP TABLE IF NOT EXISTS named_list (list_id TEXT PRIMARY KEY) WITHOUT ROWID;"
    "CREATE TEMP TABLE IF NOT EXISTS searched (source INTEGER PRIMARY KEY, last, mark)";

/* names(TEXT...) in SQL: whether one of the texts names one of the mailboxes. */
static void
sql_names(sqlite3_context *context, int n, sqlite3_value **values)
{
  const GPtrArray *all = sqlite3_user_data(context);
  bool found = false;
  for (int i = 0; i < n && !found; i++) {
    const char *text = (const char *)sqlite3_value_text(values[i]);
    for (guint j = 0; text != NULL && j < all->len && !found; j++)
      found = named_in(g_ptr_array_index(all, j), text);
  }
  sqlite3_result_int(context, found);
}

bool
store_define_names(Store *store, const GPtrArray *named, GError **error)
{
  void (*function)(sqlite3_context *, int, sqlite3_value **) = named != NULL ? sql_names : NULL;
  return sqlite3_create_function_v2(store->db, "names", -1, SQLITE_UTF8 | SQLITE_DIRECTONLY,
                                    (void *)named, function, NULL, NULL, NULL) == SQLITE_OK ||
         store_fail(store, "cannot search", error);
}

static char *
columns_of(guint table)
{
  return g_strjoinv(", ", (char **)search_tables[table].columns);
}

/* *last: the last row that was read; 0 = none was, or another row may have its number now. As long
 * as the last message is the same, new rows belong to later ones. */
static bool
last_searched(Store *store, guint table, gint64 *last, GError **error)
{
  g_autofree char *sql = g_strdup_printf(
      "SELECT s.last FROM temp.searched AS m JOIN message ON message.message_id = m.last"
      " JOIN temp.searched AS s JOIN %s AS t ON t.rowid = s.last"
      " WHERE m.source = 0 AND message.digest = m.mark AND s.source = %u AND t.%s = s.mark",
      search_tables[table].name, table, table == 0 ? "digest" : "message_id");
  return store_get_int(store, sql, NULL, last, error);
}

/* --- before the transaction --------------------------------------------------------------------*/

static bool
search_table(Store *store, guint table, GError **error)
{
  const char *name = search_tables[table].name, *mark = table == 0 ? "digest" : "message_id";
  g_autofree char *columns = columns_of(table);
  g_autofree char *find = g_strdup_printf(
      "INSERT INTO temp.named SELECT %u, rowid FROM %s WHERE names(%s)", table, name, columns);
  g_autofree char *note = g_strdup_printf("INSERT INTO temp.searched SELECT %u, rowid, %s FROM %s"
                                          " ORDER BY rowid DESC LIMIT 1",
                                          table, mark, name);
  return store_exec(store, find, error) && store_exec(store, note, error);
}

/* A message that could not be read may be read again meanwhile: its number stays. The lists of the
 * last messages are not summed up yet. */
static const char rest[] =
    "INSERT OR IGNORE INTO temp.named SELECT 0, message_id FROM message WHERE kind = 'unreadable';"
    "INSERT INTO temp.named_list SELECT DISTINCT list_id FROM list_sum WHERE names(list_id);"
    "INSERT OR IGNORE INTO temp.named_list SELECT list_id FROM message"
    " WHERE message_id IN (SELECT id FROM temp.named WHERE source = 0) AND names(list_id)";

static bool
search(Store *store, GError **error)
{
  for (guint table = 0; table < N_SEARCH_TABLES; table++)
    if (!search_table(store, table, error))
      return false;
  return store_exec(store, rest, error);
}

bool
store_search(Store *store, const GPtrArray *named, GError **error)
{
  if (!store_exec(store, tables, error) ||
      !store_exec(store,
                  "DELETE FROM temp.named; DELETE FROM temp.named_list;"
                  " DELETE FROM temp.searched; BEGIN",
                  error))
    return false;
  bool ok = store_define_names(store, named, error) && search(store, error);
  store_define_names(store, NULL, NULL);
  return store_exec(store, ok ? "COMMIT" : "ROLLBACK", ok ? error : NULL) && ok;
}

/* --- in the transaction ------------------------------------------------------------------------*/

static bool
erase_texts(Store *store, guint table, GError **error)
{
  gint64 last;
  if (!last_searched(store, table, &last, error))
    return false;
  g_autofree char *columns = columns_of(table);
  g_autoptr(GString) sql = g_string_new(NULL);
  g_string_printf(sql, "UPDATE %s SET ", search_tables[table].name);
  for (const char *const *column = search_tables[table].columns; *column != NULL; column++)
    g_string_append_printf(sql, "%s%s = iif(names(%s), NULL, %s)",
                           column == search_tables[table].columns ? "" : ", ", *column, *column,
                           *column);
  g_string_append_printf(sql,
                         " WHERE (rowid IN (SELECT id FROM temp.named WHERE source = %u)"
                         "  OR rowid > :last) AND names(%s)",
                         table, columns);
  return store_run(store, sql->str, VALUES(INT(":last", last)), error);
}

static const char new_lists[] = "INSERT OR IGNORE INTO temp.named_list SELECT list_id FROM message"
                                " WHERE message_id > :last AND names(list_id)";
static const char summed_lists[] = "INSERT OR IGNORE INTO temp.named_list SELECT DISTINCT list_id"
                                   " FROM list_sum WHERE names(list_id)";

/* Names of lists in the counts. */
static bool
erase_lists(Store *store, GError **error)
{
  static const char condition[] =
      "list_id IN (SELECT list_id FROM temp.named_list) AND names(list_id)";
  gint64 last, any;
  if (!last_searched(store, 0, &last, error) ||
      !store_run(store, new_lists, VALUES(INT(":last", last)), error) ||
      (last == 0 && !store_exec(store, summed_lists, error)) ||
      !store_get_int(store, "SELECT EXISTS (SELECT 1 FROM temp.named_list WHERE names(list_id))",
                     NULL, &any, error))
    return false;
  return any == 0 || (store_note_recount_lists(store, condition, error) &&
                      store_hide_lists(store, condition, error));
}

bool
store_erase_words(Store *store, GError **error)
{
  bool ok = store_exec(store, tables, error) && erase_lists(store, error);
  for (guint table = 0; ok && table < N_SEARCH_TABLES; table++)
    ok = erase_texts(store, table, error);
  return ok && store_exec(store,
                          "UPDATE override SET note = NULL WHERE names(note);"
                          "UPDATE audit SET note = NULL WHERE names(address, note);"
                          "UPDATE audit SET address = NULL WHERE names(address)",
                          error);
}
