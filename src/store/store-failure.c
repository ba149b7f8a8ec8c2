#include "config.h"

#include "store/store-failure.h"

#include <string.h>

#include "store/store-private.h"

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
  set_text(&r->sender, cells, n, "sender", BOUNCE_TEXT_MAX);
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
