/* What is read back: lists, one address, one message, one failure. */
#include "config.h"

#include <string.h>

#include "store/store-private.h"

static const char list_columns[] =
    "SELECT failure_id, message_id, failed_at, recipient, recipient_domain, final_recipient,"
    " original_recipient, action, status, reply_code, stage, diagnostic, remote_mta, provider,"
    " class, reason, party, rule, trust, counts FROM failure WHERE 1";

bool
store_list(Store *store, const StoreFilter *filter, StoreRowFunc func, gpointer data,
           GError **error)
{
  g_autoptr(GString) sql = g_string_new(list_columns);
  if (filter->klass != CLASS_NONE)
    g_string_append(sql, " AND class = :class");
  if (filter->reason != REASON_NONE)
    g_string_append(sql, " AND reason = :reason");
  if (filter->domain != NULL)
    g_string_append(sql, " AND recipient_domain = lower(:domain)");
  if (filter->provider != NULL)
    g_string_append(sql, " AND provider = :provider");
  if (filter->since != 0)
    g_string_append(sql, " AND failed_at >= :since");
  g_string_append(sql, " ORDER BY failed_at DESC, failure_id DESC");
  return store_query(store, sql->str,
                     VALUES(TEXT(":class", class_name(filter->klass)),
                            TEXT(":reason", reason_name(filter->reason)),
                            TEXT(":domain", filter->domain), TEXT(":provider", filter->provider),
                            INT(":since", filter->since)),
                     func, data, error);
}

static bool
each_of_address(Store *store, const char *sql, const char *address, StoreRowFunc func,
                gpointer data, GError **error)
{
  return store_query(store, sql, VALUES(TEXT(":address", address)), func, data, error);
}

bool
store_address_events(Store *store, const char *address, StoreRowFunc func, gpointer data,
                     GError **error)
{
  return each_of_address(store,
                         "SELECT * FROM event WHERE address = lower(:address)"
                         " ORDER BY happened_at, message_id, event_id",
                         address, func, data, error);
}

bool
store_address_standing(Store *store, const char *address, StoreRowFunc func, gpointer data,
                       GError **error)
{
  return each_of_address(store,
                         "SELECT * FROM standing WHERE address = lower(:address) ORDER BY last_at",
                         address, func, data, error);
}

bool
store_named_for(Store *store, const char *address, StoreRowFunc func, gpointer data, GError **error)
{
  return each_of_address(store,
                         "SELECT DISTINCT recipient FROM failure WHERE recipient IS NOT NULL AND"
                         " lower(:address) IN (lower(final_recipient), lower(original_recipient))",
                         address, func, data, error);
}

bool
store_suppression(Store *store, const char *address, StoreRowFunc func, gpointer data,
                  GError **error)
{
  return each_of_address(store,
                         "SELECT s.*, f.diagnostic, f.rule FROM suppression AS s"
                         " LEFT JOIN failure AS f ON f.failure_id = s.failure_id"
                         " WHERE s.address = lower(:address)",
                         address, func, data, error);
}

static bool
each_of_message(Store *store, const char *sql, gint64 message_id, StoreRowFunc func, gpointer data,
                GError **error)
{
  return store_query(store, sql, VALUES(INT(":message_id", message_id)), func, data, error);
}

bool
store_message(Store *store, gint64 message_id, StoreRowFunc func, gpointer data, GError **error)
{
  return each_of_message(store,
                         "SELECT message_id, lower(hex(digest)) AS digest, kind, reader,"
                         " received_at, reported_at, reporting_mta, report_message_id,"
                         " original_message_id, envelope_id, list_id, feedback_id, subject,"
                         " envelope_sender, envelope_recipient, size, notes, kept, recipients,"
                         " repeated, trust FROM message WHERE message_id = :message_id",
                         message_id, func, data, error);
}

bool
store_message_events(Store *store, gint64 message_id, StoreRowFunc func, gpointer data,
                     GError **error)
{
  return each_of_message(store,
                         "SELECT * FROM event WHERE message_id = :message_id ORDER BY event_id",
                         message_id, func, data, error);
}

static const char failure_by_id[] =
    "SELECT " FAILURE_COLUMNS " FROM failure JOIN message USING (message_id)"
    " WHERE failure_id = :failure_id";

static void
set_text(char **field, const StoreCell *cells, guint n, const char *name, size_t max)
{
  bounce_set(field, store_cell(cells, n, name), max);
}

static const char *
name_of(const StoreCell *cells, guint n, const char *name)
{
  const char *text = store_cell(cells, n, name);
  return text != NULL ? text : "";
}

static void
set_verdict(Verdict *verdict, const StoreCell *cells, guint n)
{
  class_from_name(name_of(cells, n, "class"), &verdict->klass);
  reason_from_name(name_of(cells, n, "reason"), &verdict->reason);
  set_text(&verdict->provider, cells, n, "provider", BOUNCE_TEXT_MAX);
  set_text(&verdict->rule, cells, n, "rule", BOUNCE_TEXT_MAX);
  set_text(&verdict->matched, cells, n, "matched", BOUNCE_TEXT_MAX);
  set_text(&verdict->masked, cells, n, "masked", BOUNCE_TEXT_MAX);
}

void
store_read_failure(const StoreCell *cells, guint n, StoreFailure *out)
{
  Recipient *r = out->recipient = g_new0(Recipient, 1);
  set_text(&r->recipient, cells, n, "recipient", BOUNCE_ADDRESS_MAX);
  set_text(&r->final_recipient, cells, n, "final_recipient", BOUNCE_ADDRESS_MAX);
  set_text(&r->original_recipient, cells, n, "original_recipient", BOUNCE_ADDRESS_MAX);
  action_from_name(name_of(cells, n, "action"), &r->action);
  const char *status = name_of(cells, n, "status");
  status_parse(status, strlen(status), &r->status);
  r->reply_code = (int)store_cell_int(cells, n, "reply_code");
  stage_from_name(name_of(cells, n, "stage"), &r->stage);
  set_text(&r->diagnostic, cells, n, "diagnostic", BOUNCE_DIAGNOSTIC_MAX);
  set_text(&r->notice, cells, n, "notice", BOUNCE_NOTICE_MAX);
  set_text(&r->remote_mta, cells, n, "remote_mta", BOUNCE_TEXT_MAX);
  set_verdict(&r->verdict, cells, n);
  set_text(&out->reporting_mta, cells, n, "reporting_mta", BOUNCE_TEXT_MAX);
}

static bool
read_failure(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  store_read_failure(cells, n, data);
  return true;
}

bool
store_failure(Store *store, gint64 failure_id, StoreFailure *out, GError **error)
{
  *out = (StoreFailure){0};
  return store_query(store, failure_by_id, VALUES(INT(":failure_id", failure_id)), read_failure,
                     out, error);
}

void
store_failure_clear(StoreFailure *failure)
{
  recipient_free(failure->recipient);
  g_free(failure->reporting_mta);
  *failure = (StoreFailure){0};
}
