#include "config.h"

#include "store/store-export.h"

#include "store/store-decide.h"
#include "store/store-expire.h"
#include "store/store-private.h"

/* The columns, in the order in which read_entry takes them. */
#define ENTRY ", s.recipient, s.class, s.reason, s.since"
#define LIST_ID ", m.list_id"
#define NO_LIST_ID ", NULL"
#define DETAIL                                                                                     \
  ", s.provider, f.status, f.reply_code, f.diagnostic,"                                            \
  " (SELECT count(*) FROM failure AS a WHERE a.address = s.address),"                              \
  " (SELECT min(failed_at) FROM failure AS a WHERE a.address = s.address),"                        \
  " (SELECT max(failed_at) FROM failure AS a WHERE a.address = s.address),"                        \
  " iif(coalesce(f.proof,"                                                                         \
  "  (SELECT c.proof FROM complaint AS c WHERE c.complaint_id = s.complaint_id)) = 'signed',"      \
  "  m.subscriber, NULL)"
#define JOIN_MESSAGE " LEFT JOIN message AS m ON m.message_id = s.message_id"
#define JOIN_FAILURE " LEFT JOIN failure AS f ON f.failure_id = s.failure_id"

#define WHOLE "SELECT 0, s.address, s.recipient_domain"
#define FROM_WHOLE " FROM suppression AS s"

/* Reads the few new changes by their numbers rather than all changes by the index of addresses. */
#define CHANGED "SELECT s.address IS NULL, c.address, c.domain"
#define FROM_CHANGED                                                                               \
  " FROM (SELECT address, max(recipient_domain) AS domain FROM change NOT INDEXED"                 \
  "       WHERE seq > :after AND address IS NOT NULL GROUP BY address) AS c"                       \
  " LEFT JOIN entry AS s ON s.address = c.address AND s.state = 'active'"

static char *
compose(const StoreExport *what, bool expires)
{
  bool whole = what->after < 0, message = what->list_id || what->detail;
  return g_strconcat(whole ? WHOLE : CHANGED, ENTRY, message ? LIST_ID : NO_LIST_ID,
                     what->detail ? DETAIL : "", whole ? FROM_WHOLE : FROM_CHANGED,
                     message ? JOIN_MESSAGE : "", what->detail ? JOIN_FAILURE : "",
                     whole && expires ? " WHERE " NOT_EXPIRED : "", " ORDER BY 2", NULL);
}

static Entry
read_entry(sqlite3_stmt *s, bool detail)
{
  Entry row = {.removed = sqlite3_column_int(s, 0) != 0,
               .address = store_column_text(s, 1),
               .domain = store_column_text(s, 2),
               .recipient = store_column_text(s, 3),
               .klass = store_column_text(s, 4),
               .reason = store_column_text(s, 5),
               .since = sqlite3_column_int64(s, 6),
               .list_id = store_column_text(s, 7)};
  if (!detail)
    return row;
  row.provider = store_column_text(s, 8);
  row.status = store_column_text(s, 9);
  row.reply_code = sqlite3_column_int64(s, 10);
  row.diagnostic = store_column_text(s, 11);
  row.failures = sqlite3_column_int64(s, 12);
  row.first_at = sqlite3_column_int64(s, 13);
  row.last_at = sqlite3_column_int64(s, 14);
  row.subscriber = store_column_text(s, 15);
  return row;
}

bool
store_sequence(Store *store, gint64 *seq, GError **error)
{
  return store_get_int(store, "SELECT coalesce(max(seq), 0) FROM change", NULL, seq, error);
}

/* People allowed them, or they are one's own. */
static const char exceptions[] =
    "SELECT o.address, s.recipient_domain FROM suppression AS s JOIN override AS o"
    " ON o.recipient_domain = s.recipient_domain AND o.verdict = 'allow'"
    " WHERE s.address = '@' || s.recipient_domain"
    " UNION SELECT n.name, s.recipient_domain FROM suppression AS s JOIN never AS n"
    " ON n.name LIKE '_%@%' AND substr(n.name, instr(n.name, '@')) = s.address"
    " WHERE s.address = '@' || s.recipient_domain ORDER BY 1";

static bool
export_exceptions(Store *store, StoreEntryFunc func, gpointer data, GError **error)
{
  bool found;
  g_autoptr(sqlite3_stmt) s = store_prepare(store, exceptions, NULL, error);
  while (s != NULL && store_step(store, s, &found, error)) {
    Entry row = {.address = store_column_text(s, 0), .allowed = true};
    row.domain = store_column_text(s, 1);
    if (!found)
      return true;
    if (!func(&row, data, error))
      return false;
  }
  return false;
}

static bool
export_entries(Store *store, const StoreExport *what, gint64 *seq, StoreEntryFunc func,
               gpointer data, GError **error)
{
  bool found, expires = false;
  if (!store_sequence(store, seq, error) ||
      (what->now != 0 && !store_any_expiry(store, &expires, error)))
    return false;
  g_autofree char *sql = compose(what, expires);
  g_autoptr(sqlite3_stmt) s =
      store_prepare(store, sql, VALUES(INT(":after", what->after), INT(":now", what->now)), error);
  for (;;) {
    if (s == NULL || !store_step(store, s, &found, error))
      return false;
    if (!found)
      return !what->exceptions || export_exceptions(store, func, data, error);
    Entry row = read_entry(s, what->detail);
    if (!func(&row, data, error))
      return false;
  }
}

/* The transaction makes the list and *seq one snapshot. */
bool
store_export(Store *store, const StoreExport *what, gint64 *seq, StoreEntryFunc func, gpointer data,
             GError **error)
{
  if (!store_exec(store, "BEGIN", error))
    return false;
  bool ok = export_entries(store, what, seq, func, data, error);
  sqlite3_exec(store->db, "COMMIT", NULL, NULL, NULL); /* nothing was written */
  return ok;
}

char *
store_identity(Store *store, GError **error)
{
  char *identity = NULL;
  if (!store_get_text(store, "SELECT value FROM setting WHERE name = 'identity'", NULL, &identity,
                      error))
    return NULL;
  return identity != NULL ? identity : g_strdup("");
}

bool
store_only_additions(Store *store, gint64 after, bool *out, GError **error)
{
  gint64 others;
  if (!store_get_int(store,
                     "SELECT count(*) FROM change WHERE seq > :after"
                     " AND (op <> 'add' OR address GLOB '@*')",
                     VALUES(INT(":after", after)), &others, error))
    return false;
  *out = others == 0;
  return true;
}

bool
store_erasures(Store *store, gint64 after, gint64 *out, GError **error)
{
  return store_get_int(store, "SELECT count(*) FROM change WHERE seq > :after AND op = 'erase'",
                       VALUES(INT(":after", after)), out, error);
}

bool
store_sequence_before(Store *store, gint64 at, gint64 *out, GError **error)
{
  return store_get_int(store,
                       "SELECT coalesce((SELECT min(seq) - 1 FROM change WHERE at >= :at),"
                       " (SELECT max(seq) FROM change), 0)",
                       VALUES(INT(":at", at)), out, error);
}

bool
store_changes(Store *store, gint64 after, StoreChanges *out, GError **error)
{
  static const char changed[] =
      "SELECT count(DISTINCT address) FROM change WHERE seq > :after AND op = :op";
  return store_get_int(store, changed, VALUES(INT(":after", after), TEXT(":op", "add")),
                       &out->added, error) &&
         store_get_int(store, changed, VALUES(INT(":after", after), TEXT(":op", "remove")),
                       &out->removed, error) &&
         store_get_int(store, "SELECT count(*) FROM entry WHERE state = 'held'", NULL, &out->held,
                       error);
}
