/* What a host sends: failures and addresses as an array of rows in PostgreSQL's notation, which it
 * reads faster than JSON, and the rest as JSON, which SQLite writes. A row at a time, so that no
 * value gets as long as all of them. */
#include "config.h"

#include <string.h>

#include "store/store-fleet.h"
#include "store/store-private.h"

/* --- other people's addresses ------------------------------------------------------------------*/

/* Where a sign of an address begins at or after text; its length. NULL if there is none. */
static const char *
next_sign(const char *text, gsize *length)
{
  for (; *text != '\0'; text++) {
    *length = *text == '@' ? 1 : strncmp(text, "%40", 3) == 0 ? 3 : 0;
    if (*length > 0)
      return text;
  }
  return NULL;
}

static bool
is_part(char c)
{
  return c != '\0' && strchr(" \t\r\n<>()[]{},;:\"'`", c) == NULL;
}

char *
fleet_hide(const char *text, const char *address)
{
  GString *out = g_string_new(NULL);
  gsize length;
  const char *done = text;
  for (const char *sign = next_sign(text, &length); sign != NULL; sign = next_sign(done, &length)) {
    const char *begin = sign, *end = sign + length;
    while (begin > done && is_part(begin[-1]))
      begin--;
    while (is_part(*end))
      end++;
    while (end > sign + length && end[-1] == '.') /* of the sentence */
      end--;
    gsize size = (gsize)(end - begin);
    bool own = address != NULL && strlen(address) == size &&
               g_ascii_strncasecmp(begin, address, size) == 0;
    g_string_append_len(out, done, begin - done);
    g_string_append_len(out, own ? begin : "(address)", own ? (gssize)size : -1);
    done = end;
  }
  g_string_append(out, done);
  return g_string_free(out, FALSE);
}

/* --- rows --------------------------------------------------------------------------------------*/

#define MSG "lower(substr(hex(m.digest), 1, 32))"
#define WHO(row) "coalesce(fleet_who(" row ".address), " MSG ")"

/* What was told by two messages is one event; otherwise each row of a message is. */
#define EVENT(row, what, id)                                                                       \
  "iif(" row ".original_message_id IS NOT NULL,"                                                   \
  " fleet_event(" row ".original_message_id, " what ", " row ".trust = 'verified'),"               \
  " fleet_event(hex(m.digest), (SELECT count(*) FROM " id " AS o"                                  \
  "  WHERE o.message_id = " row ".message_id AND o.address IS " row ".address"                     \
  "   AND o." id "_id < " row "." id "_id)))"

#define EVENT_OF_FAILURE EVENT("f", "coalesce(f.status, '')", "failure")
#define LIFTED "iif(f.lifted " FLEET_LIFTED ", f.lifted, NULL)"

/* The columns of fleet.told_failure, in their order. */
static const char failures[] = "SELECT " WHO(
    "f") ", " EVENT_OF_FAILURE ", " MSG ", f.failed_at, f.failed_at, f.reply_code,"
         " f.counts, f.recipient, f.recipient_domain, f.status, f.stage,"
         " fleet_hide(f.diagnostic, f.address), fleet_hide(f.notice, f.address), f.remote_mta,"
         " m.reporting_mta, m.list_id, f.provider, f.class, f.reason, f.party, f.rule,"
         " fleet_hide(f.matched, f.address), f.trust, " LIFTED
         " FROM message AS m JOIN failure AS f USING (message_id)"
         " WHERE m.message_id > :after AND m.message_id <= :until ORDER BY f.failure_id";

/* Of fleet.told_address. */
static const char addresses[] =
    "SELECT fleet_who(address), address, max(at), max(delivered_at) FROM"
    " (SELECT address, failed_at AS at, NULL AS delivered_at FROM failure"
    "   WHERE message_id > :after AND message_id <= :until"
    "  UNION ALL SELECT address, complained_at, NULL FROM complaint"
    "   WHERE message_id > :after AND message_id <= :until"
    "  UNION ALL SELECT address, delivered_at, delivered_at FROM delivery"
    "   WHERE message_id > :after AND message_id <= :until AND action = 'delivered' AND counts = 1)"
    " WHERE address IS NOT NULL GROUP BY address ORDER BY address";

static const char complaints[] = "SELECT json_object('who', " WHO("c") ", 'event', " EVENT(
    "c", "'complaint'",
    "complaint") ", 'msg', " MSG ", 'complained_at', c.complained_at,"
                 " 'counts', c.counts, 'recipient', c.recipient,"
                 " 'recipient_domain', c.recipient_domain, 'list_id', m.list_id,"
                 " 'provider', c.provider, 'trust', c.trust)"
                 " FROM message AS m JOIN complaint AS c USING (message_id)"
                 " WHERE m.message_id > :after AND m.message_id <= :until"
                 " ORDER BY c.complaint_id";

static const char messages[] =
    "SELECT json_object('day', received_at / 86400, 'kind', kind, 'reader', coalesce(reader, ''),"
    "  'messages', count(*)) FROM message WHERE message_id > :after AND message_id <= :until"
    " GROUP BY received_at / 86400, kind, reader";

static const char decisions[] =
    "SELECT json_object('outbox', audit_id, 'at', at, 'decided_at', at, 'by_uid', by_uid,"
    "  'command', iif(command = 'release --undo', 'unrelease', command),"
    "  'who', coalesce(who, fleet_who(address)), 'address', address, 'provider', provider,"
    "  'domain', domain, 'since', since, 'until', until,"
    "  'verdict', CASE command WHEN 'allow' THEN 'allow' WHEN 'suppress' THEN 'suppress'"
    "             WHEN 'allow --undo' THEN 'none' WHEN 'suppress --undo' THEN 'none' END)"
    " FROM audit WHERE audit_id > :after AND audit_id <= :until"
    "  AND ((command IN ('allow', 'suppress', 'allow --undo', 'suppress --undo')"
    "        AND address IS NOT NULL)"
    "    OR command IN ('release', 'release --undo') OR (command = 'forget' AND who IS NOT NULL))"
    " ORDER BY audit_id";

static const char verdicts[] = "SELECT json_object('who', " WHO(
    "f") ", 'event', " EVENT_OF_FAILURE ", 'msg', " MSG
         ", 'failed_at', f.failed_at, 'judged_at', corrected.at, 'reply_code', f.reply_code,"
         " 'counts', f.counts, 'recipient', f.recipient, 'recipient_domain', f.recipient_domain,"
         " 'status', f.status, 'stage', f.stage, 'diagnostic', fleet_hide(f.diagnostic, f.address),"
         " 'notice', fleet_hide(f.notice, f.address), 'remote_mta', f.remote_mta,"
         " 'reporting_mta', m.reporting_mta, 'list_id', m.list_id, 'provider', f.provider,"
         " 'class', f.class, 'reason', f.reason, 'party', f.party, 'rule', f.rule,"
         " 'matched', fleet_hide(f.matched, f.address), 'trust', f.trust, 'lifted', " LIFTED ")"
         " FROM corrected JOIN failure AS f USING (failure_id) JOIN message AS m USING (message_id)"
         " WHERE f.failure_id > :after AND f.failure_id <= :until";

static bool
append_row(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)n, (void)error;
  GString *out = data;
  if (out->str[out->len - 1] != '[')
    g_string_append_c(out, ',');
  g_string_append(out, cells[0].text);
  return true;
}

static bool
append(Store *store, GString *out, const char *name, const char *sql, gint64 after, gint64 until,
       GError **error)
{
  g_string_append_printf(out, "\"%s\":[", name);
  if (!store_query(store, sql, VALUES(INT(":after", after), INT(":until", until)), append_row, out,
                   error))
    return false;
  g_string_append(out, "],");
  return true;
}

/* --- rows in PostgreSQL's notation -------------------------------------------------------------*/

/* A value of a row within an array: quoted as such, and then quoted again. */
static void
append_value(GString *out, const char *text)
{
  g_string_append(out, "\\\"");
  for (; *text != '\0'; text++) {
    if (*text == '"')
      g_string_append(out, "\\\"\\\"");
    else if (*text == '\\')
      g_string_append(out, "\\\\\\\\");
    else
      g_string_append_c(out, *text);
  }
  g_string_append(out, "\\\"");
}

/* Whether a text means itself without quotes, too. */
static bool
is_plain(const char *text)
{
  if (*text == '\0')
    return false;
  for (; *text != '\0'; text++)
    if (!g_ascii_isalnum(*text) && strchr("@.-_", *text) == NULL)
      return false;
  return true;
}

static bool
append_record(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  GString *out = data;
  g_string_append(out, out->len > 1 ? ",\"(" : "\"(");
  for (guint i = 0; i < n; i++) {
    const char *text = cells[i].text; /* NULL = nothing */
    if (i > 0)
      g_string_append_c(out, ',');
    if (text != NULL && is_plain(text))
      g_string_append(out, text);
    else if (text != NULL)
      append_value(out, text);
  }
  g_string_append(out, ")\"");
  return true;
}

static bool
append_records(Store *store, GString *out, const char *sql, gint64 after, gint64 until,
               GError **error)
{
  g_string_assign(out, "{");
  if (!store_query(store, sql, VALUES(INT(":after", after), INT(":until", until)), append_record,
                   out, error))
    return false;
  g_string_append_c(out, '}');
  return true;
}

/* --- batches -----------------------------------------------------------------------------------*/

/* The last of at most so many ids of a table after one. */
static bool
find_last(Store *store, const char *sql, gint64 after, gint64 most, gint64 *until, GError **error)
{
  return store_get_int(store, sql, VALUES(INT(":after", after), INT(":most", most)), until, error);
}

static bool
append_messages(Store *store, gint64 after, gint64 until, bool bare, StoreFleetBatch *out,
                GError **error)
{
  return append(store, out->rest, "messages", messages, after, until, error) &&
         (bare || (append(store, out->rest, "complaints", complaints, after, until, error) &&
                   append_records(store, out->addresses, addresses, after, until, error) &&
                   append_records(store, out->failures, failures, after, until, error)));
}

static bool
read_messages(Store *store, gint64 after, gint64 most, bool bare, StoreFleetBatch *out,
              gint64 *until, char **digest, GError **error)
{
  static const char last[] =
      "SELECT coalesce(max(message_id), :after) FROM (SELECT message_id FROM message"
      " WHERE message_id > :after ORDER BY message_id LIMIT :most)";
  return find_last(store, last, after, most, until, error) &&
         append_messages(store, after, *until, bare, out, error) &&
         store_get_text(store, "SELECT lower(hex(digest)) FROM message WHERE message_id = :until",
                        VALUES(INT(":until", *until)), digest, error);
}

/* In a transaction, so that all of it is of one moment. */
bool
store_fleet_messages(Store *store, gint64 after, gint64 most, bool bare, StoreFleetBatch *out,
                     gint64 *until, char **digest, GError **error)
{
  if (!store_exec(store, "BEGIN", error))
    return false;
  bool ok = read_messages(store, after, most, bare, out, until, digest, error);
  sqlite3_exec(store->db, "COMMIT", NULL, NULL, NULL); /* nothing was written */
  return ok;
}

void
store_fleet_batch_init(StoreFleetBatch *batch)
{
  *batch = (StoreFleetBatch){
      .rest = g_string_new(NULL), .addresses = g_string_new("{}"), .failures = g_string_new("{}")};
}

void
store_fleet_batch_clear(StoreFleetBatch *batch)
{
  g_string_free(batch->rest, TRUE);
  g_string_free(batch->addresses, TRUE);
  g_string_free(batch->failures, TRUE);
}

bool
store_fleet_decisions(Store *store, gint64 after, gint64 most, GString *out, gint64 *until,
                      GError **error)
{
  static const char last[] =
      "SELECT coalesce(max(audit_id), :after) FROM (SELECT audit_id FROM audit"
      " WHERE audit_id > :after ORDER BY audit_id LIMIT :most)";
  return find_last(store, last, after, most, until, error) &&
         append(store, out, "decisions", decisions, after, *until, error);
}

bool
store_fleet_verdicts(Store *store, gint64 after, gint64 most, GString *out, gint64 *until,
                     GError **error)
{
  static const char last[] =
      "SELECT coalesce(max(failure_id), :after) FROM (SELECT failure_id FROM corrected"
      " WHERE failure_id > :after ORDER BY failure_id LIMIT :most)";
  return find_last(store, last, after, most, until, error) &&
         append(store, out, "verdicts", verdicts, after, *until, error);
}

bool
store_fleet_taken(Store *store, gint64 after, gint64 until, gint64 at, GError **error)
{
  return store_run(store,
                   "DELETE FROM corrected WHERE failure_id > :after AND failure_id <= :until"
                   " AND at < :at",
                   VALUES(INT(":after", after), INT(":until", until), INT(":at", at)), error);
}

bool
store_fleet_set_aside(Store *store, gint64 message_id, const char *why, GError **error)
{
  return store_run(store,
                   "INSERT INTO fleet_aside VALUES (:id, :why)"
                   " ON CONFLICT DO UPDATE SET why = excluded.why",
                   VALUES(INT(":id", message_id), TEXT(":why", why)), error);
}

bool
store_fleet_thresholds(Store *store, GString *out, GError **error)
{
  static const char thresholds[] =
      "SELECT json_object('reason', reason, 'days', days, 'span', span, 'window', window,"
      " 'expires', expires, 'least', iif(reason = 'complaint', 1, least)) FROM threshold";
  g_autofree char *guard = NULL;
  g_string_append_c(out, '{');
  if (!append(store, out, "threshold", thresholds, 0, 0, error) ||
      !store_get_text(store,
                      "SELECT json_object('max_new', max_new, 'max_share', max_share,"
                      " 'provider_factor', provider_factor, 'unproven_message', unproven_message,"
                      " 'unproven_day', unproven_day) FROM guard",
                      NULL, &guard, error))
    return false;
  g_string_append_printf(out, "\"guard\":%s}", guard);
  return true;
}
