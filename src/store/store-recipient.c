/* What a message reports about one recipient becomes one row: a failure, delay, delivery or
 * complaint. */
#include "config.h"

#include <string.h>

#include "base/text.h"
#include "mail/address.h"
#include "store/store-private.h"

enum { TEXT_BEGINNING = 160 }; /* octets */

typedef enum { ROW_NONE, ROW_FAILURE, ROW_DELAY, ROW_DELIVERY, ROW_COMPLAINT } RowKind;

/* The recipient's action decides; without one, the kind of the message does. */
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

gint64
store_event_time(const Report *report, const StoreMessage *message)
{
  bool usable = report->reported_at > 0 && report->reported_at < message->received_at;
  return message->archive && usable ? report->reported_at : message->received_at;
}

static const struct {
  StatementId id;
  const char *sql;
} inserts[] = {
    [ROW_FAILURE] =
        {STATEMENT_FAILURE,
         "INSERT INTO failure (message_id, failed_at, recipient, recipient_domain,"
         "  final_recipient, original_recipient, action, status, reply_code, stage, diagnostic,"
         "  notice, remote_mta, sender, original_message_id, provider, class, reason, party, rule,"
         "  matched, masked, trust, proof, token, counts)"
         " VALUES (:message_id, :at, :recipient, :recipient_domain,"
         "  :final_recipient, :original_recipient, :action, :status, :reply_code, :stage,"
         "  :diagnostic, :notice, :remote_mta, :sender, :original_message_id, :provider, :class,"
         "  :reason, :party, :rule, :matched, :masked, :trust, :proof, :token, :counts)"
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
         "  trust, proof, counts)"
         " VALUES (:message_id, :at, :recipient, :recipient_domain,"
         "  :final_recipient, :original_recipient, :action, :status, :diagnostic, :notice,"
         "  :remote_mta, :trust, :proof, :counts)"},
    [ROW_COMPLAINT] =
        {STATEMENT_COMPLAINT,
         "INSERT INTO complaint (message_id, complained_at, recipient, recipient_domain,"
         "  final_recipient, original_recipient, original_message_id, provider, trust, proof,"
         "  counts)"
         " VALUES (:message_id, :at, :recipient, :recipient_domain,"
         "  :final_recipient, :original_recipient, :original_message_id, :provider, :trust,"
         "  :proof, :counts)"
         " ON CONFLICT DO NOTHING"},
};

static void
bind_domain(sqlite3_stmt *s, const char *recipient)
{
  const char *name = address_domain(recipient);
  if (*name == '\0')
    return;
  g_autofree char *domain = address_key(name);
  store_bind(s, VALUES(TEXT_COPY(":recipient_domain", domain)));
}

/* A message that would write much more text than it has gets the beginnings only; its first rows
 * have all of it. Otherwise 20 kB of addresses and one long reply would become megabytes. */
static void
bind_text(Store *store, sqlite3_stmt *s, const char *parameter, const char *text)
{
  if (text == NULL || *text == '\0')
    return;
  store->text_left -= (gint64)strlen(text);
  if (store->text_left >= 0) {
    store_bind(s, VALUES(TEXT(parameter, text)));
    return;
  }
  g_autofree char *beginning = g_strndup(text, text_cut(text, TEXT_BEGINNING));
  store_bind(s, VALUES(TEXT_COPY(parameter, beginning)));
}

/* A failure always has a verdict: "undefined" if it was not judged. */
static Reason
row_reason(RowKind kind, const Verdict *verdict)
{
  return kind == ROW_FAILURE && verdict->reason == REASON_NONE ? REASON_UNDEFINED : verdict->reason;
}

static Class
row_class(RowKind kind, const Verdict *verdict)
{
  return kind == ROW_FAILURE && verdict->klass == CLASS_NONE
             ? reason_class(row_reason(kind, verdict), 0)
             : verdict->klass;
}

static bool
count(Store *store, const Verdict *verdict, GError **error)
{
  return store_count_failure(
      store, sqlite3_last_insert_rowid(store->db), class_name(row_class(ROW_FAILURE, verdict)),
      reason_name(row_reason(ROW_FAILURE, verdict)), verdict->provider, error);
}

static void
bind_verdict(Store *store, sqlite3_stmt *s, RowKind kind, const Verdict *verdict)
{
  Reason reason = row_reason(kind, verdict);
  Class klass = row_class(kind, verdict);
  store_bind(s, VALUES(TEXT_OR_NULL(":provider", verdict->provider),
                       TEXT_OR_NULL(":class", class_name(klass)),
                       TEXT_OR_NULL(":reason", reason_name(reason)),
                       TEXT_OR_NULL(":party", party_name(reason_info(reason)->party)),
                       TEXT_OR_NULL(":rule", verdict->rule)));
  bind_text(store, s, ":matched", verdict->matched);
  bind_text(store, s, ":masked", verdict->masked);
}

static void
bind_status(sqlite3_stmt *s, Status status)
{
  char buffer[STATUS_BUFFER];
  if (status_present(status))
    store_bind(s, VALUES(TEXT_COPY(":status", status_format(status, buffer))));
}

static void
bind_recipient(Store *store, sqlite3_stmt *s, RowKind kind, const Report *report,
               const Recipient *recipient)
{
  store_bind(s, VALUES(ADDRESS(":recipient", recipient->recipient),
                       TEXT_OR_NULL(":final_recipient", recipient->final_recipient),
                       TEXT_OR_NULL(":original_recipient", recipient->original_recipient),
                       TEXT_OR_NULL(":action", action_name(recipient->action)),
                       INT_OR_NULL(":reply_code", recipient->reply_code),
                       TEXT_OR_NULL(":stage", stage_name(recipient->stage)),
                       TEXT_OR_NULL(":remote_mta", recipient->remote_mta),
                       TEXT_OR_NULL(":original_message_id", report->original_message_id)));
  bind_text(store, s, ":diagnostic", recipient->diagnostic);
  bind_text(store, s, ":notice", recipient->notice);
  bind_text(store, s, ":sender", recipient->sender);
  bind_domain(s, recipient->recipient);
  bind_status(s, recipient->status);
  bind_verdict(store, s, kind, &recipient->verdict);
}

const char *
store_proof_name(Trust trust)
{
  return trust == TRUST_VERIFIED ? "signed" : trust == TRUST_MATCHED ? "matched" : NULL;
}

const char *
store_trust_name(Trust trust)
{
  return trust_name(trust == TRUST_MATCHED ? TRUST_VERIFIED : trust);
}

/* Whether the row counts is decided when it is recorded: a new policy applies to new reports. */
static void
bind_trust(sqlite3_stmt *s, Trust trust, const StoreMessage *message)
{
  bool counts = message->counting == 0 || (message->counting >> trust & 1) != 0;
  store_bind(s, VALUES(TEXT_OR_NULL(":trust", store_trust_name(trust)),
                       TEXT_OR_NULL(":proof", store_proof_name(trust)),
                       TEXT_OR_NULL(":token", trust == TRUST_VERIFIED ? message->token : NULL),
                       INT(":counts", counts)));
}

/* Delays and failures that can never suppress change nothing on the list. */
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

/* Whether a verified message has reported the same failure before, so that an unverified one, which
 * may be forged, adds nothing. A verified report after an unverified one is let in by the index. */
static bool
was_told_better(Store *store, const Report *report, const Recipient *recipient, bool *told,
                GError **error)
{
  static const char sql[] = "SELECT 1 FROM failure WHERE original_message_id = :original_message_id"
                            " AND address = lower(:recipient) AND coalesce(status, '') = :status"
                            " AND (trust = 'verified') = 1";
  gint64 found;
  *told = false;
  if (store_proof_name(recipient->trust) != NULL || report->original_message_id == NULL)
    return true;
  char status[STATUS_BUFFER] = "";
  if (status_present(recipient->status))
    status_format(recipient->status, status);
  if (!store_get_int_kept(store, STATEMENT_TOLD, sql,
                          VALUES(TEXT(":original_message_id", report->original_message_id),
                                 ADDRESS(":recipient", recipient->recipient),
                                 TEXT(":status", status)),
                          &found, error))
    return false;
  *told = found != 0;
  return true;
}

bool
store_expect_failure(Store *store, GError **error)
{
  return store_expect(store, inserts[ROW_FAILURE].id, inserts[ROW_FAILURE].sql, error);
}

bool
store_record_recipient(Store *store, const Report *report, const Recipient *recipient,
                       const StoreMessage *message, Recorded *out, GError **error)
{
  RowKind kind = row_kind(report->kind, recipient->action);
  bool told = false;
  if (kind == ROW_NONE)
    return true;
  if (kind == ROW_FAILURE && message->counting != 0 &&
      !was_told_better(store, report, recipient, &told, error))
    return false;
  if (told) {
    out->repeated++;
    return true;
  }
  g_autoptr(KeptStatement) s = store_statement(
      store, inserts[kind].id, inserts[kind].sql,
      VALUES(INT(":message_id", out->message_id), INT(":at", store_event_time(report, message))),
      error);
  if (s == NULL)
    return false;
  bind_recipient(store, s, kind, report, recipient);
  bind_trust(s, recipient->trust, message);
  if ((store->any_forgotten && !store_hide_forgotten(store, s, recipient, error)) ||
      !store_finish(store, s, error))
    return false;
  if (sqlite3_changes(store->db) == 0) {
    out->repeated++;
    return true;
  }
  if (kind == ROW_FAILURE && !count(store, &recipient->verdict, error))
    return false;
  return weigh(store, kind, recipient, error);
}
