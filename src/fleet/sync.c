#include "config.h"

#include "fleet/sync.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "store/store-fleet.h"
#include "store/store-forget.h"
#include "fleet/pull.h"
#include "fleet/push.h"

#define NO_LATER G_MAXINT64 /* no message is after that one, so none is counted */

/* What the centre replies to hello. */
typedef struct {
  char *fleet, *digest; /* digest: NULL = no message was taken yet */
  gint64 message_id, outbox, skew;
  bool same_past;
} Reply;

static void
reply_clear(Reply *reply)
{
  g_free(reply->fleet);
  g_free(reply->digest);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Reply, reply_clear)

static char *
compose_hello(const StoreFleet *state, const char *identity, const char *key_check, gint64 sent,
              const SyncOptions *options)
{
  g_auto(Json) json = json_new();
  json_open(&json, NULL, '{');
  json_text(&json, "identity", identity);
  json_text(&json, "name", options->name);
  json_text(&json, "version", PACKAGE_VERSION);
  json_text(&json, "key_check", key_check);
  json_int(&json, "now", time(NULL));
  json_int(&json, "sent", sent);
  json_int(&json, "seen", state->seen);
  json_text(&json, "mark", state->mark);
  json_close(&json, '}');
  return json_finish(&json);
}

static bool
say_hello(Store *store, Session *session, const StoreFleet *state, const char *identity,
          const SyncOptions *options, Reply *out, GError **error)
{
  static const char sql[] =
      "SELECT replace(h->>'fleet', '-', ''), h->>'digest', h->>'message_id', h->>'outbox',"
      " h->>'skew', h->>'same_past' FROM fleet.hello($1::jsonb) AS h";
  g_auto(StoreFleetStock) stock = {0};
  /* a word that is not an address */
  g_autofree char *key_check = store_fleet_who(store, "fleet key");
  if (!store_fleet_stock(store, NO_LATER, &stock, error))
    return false;
  g_autofree char *hello = compose_hello(state, identity, key_check, stock.sent, options);
  const char *const values[] = {hello};
  g_autoptr(Rows) rows = session_call(session, sql, values, 1, NULL, error);
  if (rows == NULL)
    return false;
  reply_clear(out);
  *out = (Reply){.fleet = g_strdup(session_text(rows, 0, 0)),
                 .digest = g_strdup(session_text(rows, 0, 1)),
                 .message_id = session_int(rows, 0, 2),
                 .outbox = session_int(rows, 0, 3),
                 .skew = session_int(rows, 0, 4),
                 .same_past = g_strcmp0(session_text(rows, 0, 5), "true") == 0};
  return true;
}

/* Whether the fleet knows messages or decisions of this host that are not in this database: it was
 * restored from a backup, or is a copy of another host's. */
static bool
is_other_past(Store *store, const Reply *reply, bool *other, GError **error)
{
  g_auto(StoreFleetStock) stock = {0};
  if (!store_fleet_stock(store, reply->message_id, &stock, error))
    return false;
  *other =
      stock.last_message < reply->message_id || stock.last_audit < reply->outbox ||
      (stock.digest != NULL && reply->digest != NULL && strcmp(stock.digest, reply->digest) != 0);
  return true;
}

static bool
join(Store *store, Session *session, const SyncOptions *options, Reply *reply, GError **error)
{
  static const StoreFleet nothing = {0};
  g_autofree char *identity = g_uuid_string_random();
  return say_hello(store, session, &nothing, identity, options, reply, error) &&
         store_fleet_join(store, reply->fleet, identity, error);
}

/* Afterwards, the state of this host and the fleet's reply are about the same past. */
static bool
meet(Store *store, Session *session, const SyncOptions *options, Reply *reply, SyncReport *report,
     GError **error)
{
  g_auto(StoreFleet) state = {0};
  bool other = false;
  if (!store_fleet_state(store, &state, error))
    return false;
  if (state.identity != NULL &&
      (!say_hello(store, session, &state, state.identity, options, reply, error) ||
       !is_other_past(store, reply, &other, error)))
    return false;
  report->joined = state.identity == NULL || other || strcmp(state.fleet, reply->fleet) != 0;
  if (report->joined)
    return join(store, session, options, reply, error);
  return (reply->same_past && !options->full) || store_fleet_restart(store, error);
}

bool
sync_run(Store *store, Session *session, const SyncOptions *options, SyncReport *report,
         GError **error)
{
  g_auto(Reply) reply = {0};
  g_auto(StoreFleet) state = {0};
  g_auto(StoreFleetStock) stock = {0};
  *report = (SyncReport){0};
  if (!store_fleet_use(store, error) || !meet(store, session, options, &reply, report, error) ||
      !store_fleet_state(store, &state, error) ||
      !store_fleet_stock(store, NO_LATER, &stock, error))
    return false;
  report->skew = reply.skew;
  StoreFleetPlace place = {.identity = state.identity,
                           .seen = state.seen,
                           .message_id = reply.message_id,
                           .audit_id = reply.outbox};
  bool ok = push_all(store, session, &place, report, error) &&
            pull_all(store, session, &place, options->now, report, error) &&
            store_fleet_settle(store, &place, stock.last_change, options->now, error);
  return ok && (report->erased == 0 || store_forget_finish(store, NULL, error));
}
