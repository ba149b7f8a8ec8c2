/* One letter into rows: a message, and a failure, delay, delivery or complaint for each recipient.
 * What follows for the suppression list is in store-weigh.c. */
#include "config.h"

#include <string.h>

#include "base/dates.h"
#include "store/store-private.h"

typedef enum { ROW_NONE, ROW_FAILURE, ROW_DELAY, ROW_DELIVERY, ROW_COMPLAINT } RowKind;

/* The letter's kind tells only where the recipient's own action does not. */
static RowKind
row_kind(Kind kind, Action action)
{
  if (kind == KIND_COMPLAINT)
    return ROW_COMPLAINT;
  if (kind != KIND_BOUNCE && kind != KIND_DELAY && kind != KIND_SUCCESS)
    return ROW_NONE;
  switch (action) {
  case ACTION_FAILED:
    return ROW_FAILURE;
  case ACTION_DELAYED:
    return ROW_DELAY;
  case ACTION_DELIVERED:
  case ACTION_RELAYED:
  case ACTION_EXPANDED:
    return ROW_DELIVERY;
  case ACTION_NONE:
  case N_ACTIONS:
    break;
  }
  return kind == KIND_BOUNCE ? ROW_FAILURE : kind == KIND_DELAY ? ROW_DELAY : ROW_DELIVERY;
}

/* When the events of a letter count. The report's own Date is a stranger's word, save in an
 * archive, which is the owner's; and nothing happens in the future. */
static gint64
event_time(const Report *report, const Envelope *envelope)
{
  bool usable = report->reported_at > 0 && report->reported_at < envelope->received_at;
  return envelope->archive && usable ? report->reported_at : envelope->received_at;
}

/* Bind by name, so that a statement's columns can be moved without counting question marks. */
static int
parameter(sqlite3_stmt *statement, const char *name)
{
  return sqlite3_bind_parameter_index(statement, name);
}

/* NULL stays NULL; with keep_empty "" is a value of its own. */
static void
bind_text(sqlite3_stmt *statement, const char *name, const char *value, bool keep_empty)
{
  if (value != NULL && (keep_empty || *value != '\0'))
    sqlite3_bind_text(statement, parameter(statement, name), value, -1, SQLITE_STATIC);
}

static void
bind_int(sqlite3_stmt *statement, const char *name, gint64 value)
{
  sqlite3_bind_int64(statement, parameter(statement, name), value);
}

static void
bind_optional_int(sqlite3_stmt *statement, const char *name, gint64 value)
{
  if (value != 0)
    bind_int(statement, name, value);
}

static const char insert_message[] =
    "INSERT INTO message (digest, kind, reader, received_at, reported_at, reporting_mta,"
    "  report_message_id, original_message_id, envelope_id, list_id, feedback_id, subject,"
    "  envelope_sender, envelope_recipient, size, notes, kept, recipients, trust, repeated)"
    " VALUES (:digest, :kind, :reader, :received_at, :reported_at, :reporting_mta,"
    "  :report_message_id, :original_message_id, :envelope_id, :list_id, :feedback_id, :subject,"
    "  :envelope_sender, :envelope_recipient, :size, :notes, :kept, :recipients, :trust,"
    "  0)"
    " ON CONFLICT (digest) DO NOTHING";

static void
bind_message(sqlite3_stmt *s, const Report *report, const Envelope *envelope)
{
  sqlite3_bind_blob(s, parameter(s, ":digest"), envelope->digest, DIGEST_SIZE, SQLITE_STATIC);
  bind_text(s, ":kind", kind_name(report->kind), false);
  bind_text(s, ":reader", report->reader, false);
  bind_int(s, ":received_at", envelope->received_at);
  bind_optional_int(s, ":reported_at", report->reported_at);
  bind_text(s, ":reporting_mta", report->reporting_mta, false);
  bind_text(s, ":report_message_id", report->report_message_id, false);
  bind_text(s, ":original_message_id", report->original_message_id, false);
  bind_text(s, ":envelope_id", report->envelope_id, false);
  bind_text(s, ":list_id", report->list_id, false);
  bind_text(s, ":feedback_id", report->feedback_id, false);
  bind_text(s, ":subject", report->subject, false);
  bind_text(s, ":envelope_sender", envelope->sender, true);
  bind_text(s, ":envelope_recipient", envelope->recipient, true);
  bind_int(s, ":size", envelope->size);
  bind_int(s, ":notes", report->notes);
  bind_text(s, ":kept", envelope->kept, false);
  bind_int(s, ":recipients", report->recipients->len);
  bind_text(s, ":trust", trust_name(report->trust), false);
}

static const char select_message_id[] = "SELECT message_id FROM message WHERE digest = :digest";

static bool
find_message(Store *store, const Envelope *envelope, gint64 *out, GError **error)
{
  sqlite3_stmt *s = store_statement(store, STATEMENT_MESSAGE_ID, select_message_id, error);
  if (s == NULL)
    return false;
  sqlite3_bind_blob(s, 1, envelope->digest, DIGEST_SIZE, SQLITE_STATIC);
  if (sqlite3_step(s) != SQLITE_ROW)
    return store_fail(store, "cannot read", error);
  *out = sqlite3_column_int64(s, 0);
  sqlite3_reset(s);
  return true;
}

bool
store_knows(Store *store, const guint8 digest[DIGEST_SIZE], bool *known, GError **error)
{
  sqlite3_stmt *s = store_statement(store, STATEMENT_MESSAGE_ID, select_message_id, error);
  if (s == NULL)
    return false;
  sqlite3_bind_blob(s, 1, digest, DIGEST_SIZE, SQLITE_STATIC);
  int result = sqlite3_step(s);
  *known = result == SQLITE_ROW;
  bool ok = *known || result == SQLITE_DONE || store_fail(store, "cannot read", error);
  sqlite3_reset(s);
  return ok;
}

static bool
record_message(Store *store, const Report *report, const Envelope *envelope, Recorded *out,
               GError **error)
{
  sqlite3_stmt *s = store_statement(store, STATEMENT_MESSAGE, insert_message, error);
  if (s == NULL)
    return false;
  bind_message(s, report, envelope);
  for (guint i = 0; store->forgotten && i < report->recipients->len; i++)
    if (!store_hide_forgotten(store, s, report_recipient(report, i), error))
      return false;
  if (sqlite3_step(s) != SQLITE_DONE)
    return store_fail(store, "cannot record", error);
  sqlite3_reset(s);
  out->duplicate = sqlite3_changes(store->db) == 0;
  if (out->duplicate)
    return find_message(store, envelope, &out->message_id, error);
  out->message_id = sqlite3_last_insert_rowid(store->db);
  return true;
}

static const struct {
  StatementId id;
  const char *sql;
} inserts[] = {
    [ROW_FAILURE] =
        {STATEMENT_FAILURE,
         "INSERT INTO failure (message_id, failed_at, recipient, recipient_domain,"
         "  final_recipient, original_recipient, action, status, reply_code, stage, diagnostic,"
         "  notice, remote_mta, original_message_id, provider, class, reason, party, rule, matched,"
         "  masked, trust, token, counts)"
         " VALUES (:message_id, :at, :recipient, :recipient_domain,"
         "  :final_recipient, :original_recipient, :action, :status, :reply_code, :stage,"
         "  :diagnostic, :notice, :remote_mta, :original_message_id, :provider, :class, :reason,"
         "  :party, :rule, :matched, :masked, :trust, :token, :counts)"
         " ON CONFLICT DO NOTHING"},
    [ROW_DELAY] =
        {STATEMENT_DELAY,
         "INSERT INTO delay (message_id, failed_at, recipient, recipient_domain,"
         "  final_recipient, original_recipient, action, status, reply_code, stage, diagnostic,"
         "  notice, remote_mta, provider, class, reason, party, rule, matched)"
         " VALUES (:message_id, :at, :recipient, :recipient_domain,"
         "  :final_recipient, :original_recipient, :action, :status, :reply_code, :stage,"
         "  :diagnostic, :notice, :remote_mta, :provider, :class, :reason, :party, :rule, "
         ":matched)"},
    [ROW_DELIVERY] =
        {STATEMENT_DELIVERY,
         "INSERT INTO delivery (message_id, delivered_at, recipient, recipient_domain,"
         "  final_recipient, original_recipient, action, status, diagnostic, notice, remote_mta,"
         "  trust, counts)"
         " VALUES (:message_id, :at, :recipient, :recipient_domain,"
         "  :final_recipient, :original_recipient, :action, :status, :diagnostic, :notice,"
         "  :remote_mta, :trust, :counts)"},
    [ROW_COMPLAINT] =
        {STATEMENT_COMPLAINT,
         "INSERT INTO complaint (message_id, complained_at, recipient, recipient_domain,"
         "  final_recipient, original_recipient, original_message_id, provider, trust, counts)"
         " VALUES (:message_id, :at, :recipient, :recipient_domain,"
         "  :final_recipient, :original_recipient, :original_message_id, :provider, :trust, "
         ":counts)"
         " ON CONFLICT DO NOTHING"},
};

static void
bind_domain(sqlite3_stmt *s, const char *recipient)
{
  const char *at = recipient != NULL ? strrchr(recipient, '@') : NULL;
  if (at == NULL || at[1] == '\0')
    return;
  char *domain = g_ascii_strdown(at + 1, -1);
  sqlite3_bind_text(s, parameter(s, ":recipient_domain"), domain, -1, g_free);
}

/* A failure always has a verdict: where nobody judged, it is undefined. */
static void
bind_verdict(sqlite3_stmt *s, RowKind kind, const Verdict *verdict)
{
  Reason reason = verdict->reason;
  Class klass = verdict->klass;
  if (kind == ROW_FAILURE && reason == REASON_NONE)
    reason = REASON_UNDEFINED;
  if (kind == ROW_FAILURE && klass == CLASS_NONE)
    klass = reason_class(reason, 0);
  bind_text(s, ":provider", verdict->provider, false);
  bind_text(s, ":class", class_name(klass), false);
  bind_text(s, ":reason", reason_name(reason), false);
  bind_text(s, ":party", party_name(reason_info(reason)->party), false);
  bind_text(s, ":rule", verdict->rule, false);
  bind_text(s, ":matched", verdict->matched, false);
  bind_text(s, ":masked", verdict->masked, false);
}

/* Parameters that a statement does not have are index 0, which SQLite refuses without harm. */
static void
bind_recipient(sqlite3_stmt *s, RowKind kind, const Report *report, const Recipient *recipient)
{
  char status[STATUS_BUFFER];
  bind_text(s, ":recipient", recipient->recipient, false);
  bind_domain(s, recipient->recipient);
  bind_text(s, ":final_recipient", recipient->final_recipient, false);
  bind_text(s, ":original_recipient", recipient->original_recipient, false);
  bind_text(s, ":action", action_name(recipient->action), false);
  if (status_present(recipient->status))
    sqlite3_bind_text(s, parameter(s, ":status"), status_format(recipient->status, status), -1,
                      SQLITE_TRANSIENT);
  bind_optional_int(s, ":reply_code", recipient->reply_code);
  bind_text(s, ":stage", stage_name(recipient->stage), false);
  bind_text(s, ":diagnostic", recipient->diagnostic, false);
  bind_text(s, ":notice", recipient->notice, false);
  bind_text(s, ":remote_mta", recipient->remote_mta, false);
  bind_text(s, ":original_message_id", report->original_message_id, false);
  bind_verdict(s, kind, &recipient->verdict);
}

/* Whether it may suppress, or lift, is decided once and for all: who changes the policy changes
 * what comes, not what was. */
static void
bind_trust(sqlite3_stmt *s, const Recipient *recipient, const Envelope *envelope)
{
  bind_text(s, ":trust", trust_name(recipient->trust), false);
  if (recipient->trust == TRUST_VERIFIED)
    bind_text(s, ":token", envelope->token, false);
  bind_int(s, ":counts", envelope->counting == 0 || (envelope->counting >> recipient->trust & 1));
}

/* What can change nothing is not weighed: a delay, and a fault of the sender. */
static bool
weigh(Store *store, RowKind kind, const Recipient *recipient, GError **error)
{
  gint64 row = sqlite3_last_insert_rowid(store->db);
  Reason reason = recipient->verdict.reason;
  switch (kind) {
  case ROW_FAILURE:
    return reason != REASON_NONE && reason_info(reason)->suppress_days == 0
               ? store_name_address(store, row, error)
               : store_weigh_failure(store, row, error);
  case ROW_DELIVERY:
    return store_weigh_delivery(store, row, error);
  case ROW_COMPLAINT:
    return store_weigh_complaint(store, row, error);
  case ROW_NONE:
  case ROW_DELAY:
    break;
  }
  return true;
}

/* The same failure, told by a signed letter before: whoever forges adds nothing to it. The other
 * way round the index lets the signed one in. */
static bool
was_told_better(Store *store, const Report *report, const Recipient *recipient, bool *told,
                GError **error)
{
  static const char sql[] =
      "SELECT 1 FROM failure WHERE original_message_id = :original_message_id"
      " AND address = lower(:recipient) AND coalesce(status, '') = coalesce(:status, '')"
      " AND (trust = 'verified') = 1";
  *told = false;
  if (recipient->trust == TRUST_VERIFIED || report->original_message_id == NULL)
    return true;
  sqlite3_stmt *s = store_statement(store, STATEMENT_TOLD, sql, error);
  if (s == NULL)
    return false;
  char status[STATUS_BUFFER];
  bind_text(s, ":original_message_id", report->original_message_id, false);
  bind_text(s, ":recipient", recipient->recipient, false);
  if (status_present(recipient->status))
    bind_text(s, ":status", status_format(recipient->status, status), false);
  int result = sqlite3_step(s);
  sqlite3_reset(s);
  *told = result == SQLITE_ROW;
  return *told || result == SQLITE_DONE || store_fail(store, "cannot read", error);
}

static bool
record_recipient(Store *store, const Report *report, const Recipient *recipient,
                 const Envelope *envelope, Recorded *out, GError **error)
{
  RowKind kind = row_kind(report->kind, recipient->action);
  bool told = false;
  if (kind == ROW_NONE)
    return true;
  if (kind == ROW_FAILURE && envelope->counting != 0 &&
      !was_told_better(store, report, recipient, &told, error))
    return false;
  if (told) {
    out->repeated++;
    return true;
  }
  sqlite3_stmt *s = store_statement(store, inserts[kind].id, inserts[kind].sql, error);
  if (s == NULL)
    return false;
  bind_int(s, ":message_id", out->message_id);
  bind_int(s, ":at", event_time(report, envelope));
  bind_recipient(s, kind, report, recipient);
  bind_trust(s, recipient, envelope);
  if (store->forgotten && !store_hide_forgotten(store, s, recipient, error))
    return false;
  if (sqlite3_step(s) != SQLITE_DONE)
    return store_fail(store, "cannot record", error);
  sqlite3_reset(s);
  if (sqlite3_changes(store->db) == 0) {
    out->repeated++;
    return true;
  }
  return weigh(store, kind, recipient, error);
}

static bool
note_repeated(Store *store, const Recorded *recorded, GError **error)
{
  g_autofree char *sql =
      g_strdup_printf("UPDATE message SET repeated = %u WHERE message_id = %" G_GINT64_FORMAT,
                      recorded->repeated, recorded->message_id);
  return store_exec(store, sql, error);
}

/* What a letter may change besides its own rows. */
typedef struct {
  gint64 changes, holds, warned_day; /* changes: the number of the list's last one */
  bool forgotten;                    /* somebody was */
} State;

static const char select_state[] =
    "SELECT (SELECT max(seq) FROM change), holds, warned_day, EXISTS (SELECT 1 FROM forgotten)"
    " FROM guard";

static bool
read_state(Store *store, State *out, GError **error)
{
  sqlite3_stmt *s = store_statement(store, STATEMENT_STATE, select_state, error);
  if (s == NULL)
    return false;
  if (sqlite3_step(s) != SQLITE_ROW)
    return store_fail(store, "cannot read", error);
  *out = (State){.changes = sqlite3_column_int64(s, 0),
                 .holds = sqlite3_column_int64(s, 1),
                 .warned_day = sqlite3_column_int64(s, 2),
                 .forgotten = sqlite3_column_int(s, 3) != 0};
  sqlite3_reset(s);
  return true;
}

/* One warning a day is enough, and who reads it finds the rest with doctor. */
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
                                 (StoreValue[]){{":day", NULL, now / SECONDS_PER_DAY}, {0}}, error);
}

bool
store_record(Store *store, const Report *report, const Envelope *envelope, Recorded *out,
             GError **error)
{
  State before;
  *out = (Recorded){0};
  bool ok = read_state(store, &before, error);
  store->forgotten = ok && before.forgotten;
  ok = ok && record_message(store, report, envelope, out, error);
  for (guint i = 0; ok && !out->duplicate && i < report->recipients->len; i++)
    ok = record_recipient(store, report, report_recipient(report, i), envelope, out, error);
  if (ok && out->repeated > 0)
    ok = note_repeated(store, out, error);
  if (ok && !out->duplicate)
    ok = note_changes(store, &before, envelope->received_at, out, error);
  if (!ok)
    store_rollback(store);
  return ok;
}
