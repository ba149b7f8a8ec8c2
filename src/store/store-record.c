#include "config.h"

#include "store/store-record.h"

#include "base/dates.h"
#include "store/store-private.h"

/* What a message says once, a reader may give to each of its recipients. So many octets, and so
 * many times the message, are stored of that; bouncedb-schema(7) tells. */
enum { TEXT_FREE = 64 << 10, TEXT_FACTOR = 4 };

static const char insert_message[] =
    "INSERT INTO message (digest, kind, reader, received_at, reported_at, sent_at, reporting_mta,"
    "  report_message_id, original_message_id, envelope_id, list_id, feedback_id, subject,"
    "  envelope_sender, envelope_recipient, size, notes, kept, recipients, trust, subscriber,"
    "  repeated, message_id)"
    " VALUES (:digest, :kind, :reader, :received_at, :reported_at, :sent_at, :reporting_mta,"
    "  :report_message_id, :original_message_id, :envelope_id, :list_id, :feedback_id, :subject,"
    "  :envelope_sender, :envelope_recipient, :size, :notes, :kept, :recipients, :trust,"
    "  :subscriber, 0, :message_id)"
    " ON CONFLICT (digest) DO NOTHING";

/* A stranger wrote it: what cannot be is not known, and neither is what no queue holds so long. */
static gint64
sent_at(const Report *report, const StoreMessage *message)
{
  gint64 passed = store_event_time(report, message) - report->sent_at;
  return passed >= 0 && passed <= TIME_TO_BOUNCE_MAX ? report->sent_at : 0;
}

static void
bind_message(sqlite3_stmt *s, gint64 message_id, const Report *report, const StoreMessage *message)
{
  store_bind(s, VALUES(BLOB(":digest", message->digest, DIGEST_SIZE),
                       TEXT_OR_NULL(":kind", kind_name(report->kind)),
                       TEXT_OR_NULL(":reader", report->reader),
                       INT(":received_at", message->received_at),
                       INT_OR_NULL(":reported_at", report->reported_at),
                       INT_OR_NULL(":sent_at", sent_at(report, message)),
                       TEXT_OR_NULL(":reporting_mta", report->reporting_mta),
                       TEXT_OR_NULL(":report_message_id", report->report_message_id),
                       TEXT_OR_NULL(":original_message_id", report->original_message_id),
                       TEXT_OR_NULL(":envelope_id", report->envelope_id),
                       TEXT_OR_NULL(":list_id", report->list_id),
                       TEXT_OR_NULL(":feedback_id", report->feedback_id),
                       TEXT_OR_NULL(":subject", report->subject),
                       TEXT(":envelope_sender", message->sender),
                       TEXT(":envelope_recipient", message->recipient), INT(":size", message->size),
                       INT(":notes", report->notes), TEXT_OR_NULL(":kept", message->kept),
                       INT(":recipients", report->recipients->len),
                       TEXT_OR_NULL(":trust", store_trust_name(report->trust)),
                       TEXT_OR_NULL(":subscriber", report->subscriber),
                       INT_OR_NULL(":message_id", message_id)));
}

/* *message_id: 0 = no message has this digest. */
static bool
find_message(Store *store, const guint8 digest[DIGEST_SIZE], gint64 *message_id, GError **error)
{
  return store_get_int_kept(store, STATEMENT_MESSAGE_ID,
                            "SELECT message_id FROM message WHERE digest = :digest",
                            VALUES(BLOB(":digest", digest, DIGEST_SIZE)), message_id, error);
}

bool
store_knows(Store *store, const guint8 digest[DIGEST_SIZE], bool *known, GError **error)
{
  gint64 message_id;
  if (!store_get_int_kept(store, STATEMENT_KNOWN,
                          "SELECT message_id FROM message WHERE digest = :digest"
                          " AND kind != 'unreadable'",
                          VALUES(BLOB(":digest", digest, DIGEST_SIZE)), &message_id, error))
    return false;
  *known = message_id != 0;
  return true;
}

bool
store_expect_bounce(Store *store, GError **error)
{
  return store_expect(store, STATEMENT_MESSAGE, insert_message, error) &&
         store_expect_failure(store, error) && store_expect_count(store, error) &&
         store_expect_weighing(store, error) && store_expect_entry(store, error);
}

/* message_id: the number that it gets; 0 = the next. */
static bool
record_message(Store *store, gint64 message_id, const Report *report, const StoreMessage *message,
               Recorded *out, GError **error)
{
  g_autoptr(KeptStatement) s =
      store_statement(store, STATEMENT_MESSAGE, insert_message, NULL, error);
  if (s == NULL)
    return false;
  bind_message(s, message_id, report, message);
  for (guint i = 0; store->any_forgotten && i < report->recipients->len; i++)
    if (!store_hide_forgotten(store, s, report_recipient(report, i), error))
      return false;
  if (!store_finish(store, s, error))
    return false;
  out->duplicate = sqlite3_changes(store->db) == 0;
  if (out->duplicate)
    return find_message(store, message->digest, &out->message_id, error);
  out->message_id = sqlite3_last_insert_rowid(store->db);
  return true;
}

typedef struct {
  gint64 message_id; /* 0 = there is none */
  char *kept;
} Unread;

static bool
read_unread(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  Unread *unread = data;
  unread->message_id = store_cell_int(cells, n, "message_id");
  unread->kept = g_strdup(store_cell(cells, n, "kept"));
  return true;
}

/* What could not be read has told nothing, so nothing rests on its row. The copy that was kept
 * stays known, because forget has to find it; so does the number. */
static bool
record_in_place_of(Store *store, const Unread *unread, const Report *report,
                   const StoreMessage *message, Recorded *out, GError **error)
{
  return store_run(store, "DELETE FROM message WHERE digest = :digest",
                   VALUES(BLOB(":digest", message->digest, DIGEST_SIZE)), error) &&
         record_message(store, unread->message_id, report, message, out, error) &&
         store_run(store,
                   "UPDATE message SET kept = coalesce(kept, :kept)"
                   " WHERE message_id = :message_id",
                   VALUES(TEXT(":kept", unread->kept), INT(":message_id", out->message_id)), error);
}

/* A message that comes again may be readable now. */
static bool
record_if_unread(Store *store, const Report *report, const StoreMessage *message, Recorded *out,
                 GError **error)
{
  Unread unread = {0};
  bool ok = store_query(
      store, "SELECT message_id, kept FROM message WHERE digest = :digest AND kind = 'unreadable'",
      VALUES(BLOB(":digest", message->digest, DIGEST_SIZE)), read_unread, &unread, error);
  if (ok && unread.message_id != 0)
    ok = record_in_place_of(store, &unread, report, message, out, error);
  g_free(unread.kept);
  return ok;
}

static bool
note_repeated(Store *store, const Recorded *recorded, GError **error)
{
  return store_run(
      store, "UPDATE message SET repeated = :repeated WHERE message_id = :message_id",
      VALUES(INT(":repeated", recorded->repeated), INT(":message_id", recorded->message_id)),
      error);
}

/* What a message may change besides its own rows. */
typedef struct {
  gint64 changes; /* number of the last change of the list */
  gint64 holds, warned_day;
  bool forgotten; /* any address was */
} State;

static const char select_state[] =
    "SELECT (SELECT max(seq) FROM change), holds, warned_day, EXISTS (SELECT 1 FROM forgotten)"
    " FROM guard";

static bool
read_state(Store *store, State *out, GError **error)
{
  g_autoptr(KeptStatement) s = store_statement(store, STATEMENT_STATE, select_state, NULL, error);
  if (s == NULL || !store_step_row(store, s, error))
    return false;
  *out = (State){.changes = sqlite3_column_int64(s, 0),
                 .holds = sqlite3_column_int64(s, 1),
                 .warned_day = sqlite3_column_int64(s, 2),
                 .forgotten = sqlite3_column_int(s, 3) != 0};
  return true;
}

/* Warns once a day; doctor shows the rest. */
static bool
note_changes(Store *store, const State *before, gint64 now, Recorded *out, GError **error)
{
  State after;
  if (!read_state(store, &after, error))
    return false;
  out->suppression = after.changes != before->changes;
  out->held = after.holds != before->holds;
  out->warn = out->held && before->warned_day < now / SECONDS_PER_DAY;
  return !out->warn || store_run(store, "UPDATE guard SET warned_day = :day",
                                 VALUES(INT(":day", now / SECONDS_PER_DAY)), error);
}

/* A person wrote it, or a program that answers for one. Both addresses can be forged: nothing but
 * what is shown follows from them. */
static bool
note_writer(Store *store, const Report *report, const StoreMessage *message, GError **error)
{
  if (report->kind != KIND_AUTO_REPLY && report->kind != KIND_OTHER &&
      report->kind != KIND_CHALLENGE)
    return true;
  const char *addresses[] = {message->sender, report->author};
  for (gsize i = 0; i < G_N_ELEMENTS(addresses); i++)
    if (addresses[i] != NULL && *addresses[i] != '\0' &&
        !store_note_writer(store, addresses[i], message->received_at, error))
      return false;
  return true;
}

bool
store_record(Store *store, const Report *report, const StoreMessage *message, Recorded *out,
             GError **error)
{
  State before;
  *out = (Recorded){0};
  bool ok = read_state(store, &before, error);
  store->any_forgotten = ok && before.forgotten;
  store->archive = message->archive;
  store->filled = 0;
  store->about_one = report->recipients->len == 1;
  store->text_left = TEXT_FREE + TEXT_FACTOR * message->size;
  ok = ok && record_message(store, 0, report, message, out, error);
  if (ok && out->duplicate && report->kind != KIND_UNREADABLE)
    ok = record_if_unread(store, report, message, out, error);
  for (guint i = 0; ok && !out->duplicate && i < report->recipients->len; i++)
    ok = store_record_recipient(store, report, report_recipient(report, i), message, out, error);
  if (ok && !out->duplicate)
    ok = note_writer(store, report, message, error);
  if (ok && out->repeated > 0)
    ok = note_repeated(store, out, error);
  if (ok && !out->duplicate)
    ok = note_changes(store, &before, message->received_at, out, error);
  store->archive = store->about_one = false;
  return ok;
}
