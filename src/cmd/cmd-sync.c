/* bouncedb sync: brings this host and its fleet into step. */
#include "config.h"

#include <stdio.h>

#include "base/dates.h"
#include "base/json.h"
#include "store/store-fleet.h"
#include "export/list-files.h"
#include "cmd/cells-json.h"
#include "cmd/cmd.h"
#include "cmd/sync-program.h"

/* --- the state, as far as it is known here -----------------------------------------------------*/

static void
print_json(const StoreFleet *state, const StoreFleetStock *stock)
{
  g_auto(Json) json = json_begin();
  json_bool(&json, "joined", state->identity != NULL);
  json_text(&json, "fleet", state->fleet);
  json_text(&json, "identity", state->identity);
  cells_json_time(&json, "synced_at", state->synced_at);
  json_int(&json, "backlog", stock->backlog);
  json_int(&json, "decisions", stock->last_audit - state->audit_id);
  json_int(&json, "verdicts", stock->corrected);
  json_int(&json, "refused", stock->aside);
  json_int(&json, "seen", state->seen);
  json_print(&json);
}

static void
print_text(const StoreFleet *state, const StoreFleetStock *stock, gint64 now)
{
  char at[DATE_BUFFER];
  if (state->identity == NULL) {
    puts("this host has not joined a fleet");
    return;
  }
  printf("fleet:      %s\n", state->fleet);
  printf("this host:  %s\n", state->identity);
  if (state->synced_at != 0)
    printf("last sync:  %s (%" G_GINT64_FORMAT " s ago)\n", date_minute(state->synced_at, at),
           now - state->synced_at);
  else
    puts("last sync:  never completed");
  printf("to be sent: messages %" G_GINT64_FORMAT ", decisions %" G_GINT64_FORMAT
         ", verdicts %" G_GINT64_FORMAT "\n",
         stock->backlog, stock->last_audit - state->audit_id, stock->corrected);
  printf("refused:    messages %" G_GINT64_FORMAT "\n", stock->aside);
  printf("applied:    changes of the list up to %" G_GINT64_FORMAT "\n", state->seen);
}

static bool
show_status(const Context *context, GError **error)
{
  g_auto(StoreFleet) state = {0};
  g_auto(StoreFleetStock) stock = {0};
  g_autoptr(Store) store = cmd_open_as(context, STORE_READ, error);
  if (store == NULL || !store_fleet_state(store, &state, error) ||
      !store_fleet_stock(store, state.message_id, &stock, error))
    return false;
  if (context->json)
    print_json(&state, &stock);
  else
    print_text(&state, &stock, context->now);
  return true;
}

/* --- syncing -----------------------------------------------------------------------------------*/

/* Closes it again: bouncedb-sync waits for its own turn. */
static bool
apply_thresholds(const Context *context, GError **error)
{
  g_autoptr(Store) store = cmd_open_store(context, error);
  return store != NULL;
}

/* Even if only a part of the list was applied. */
static bool
update_lists(const Context *context, GError **error)
{
  g_autoptr(Store) store = cmd_open_store(context, error);
  return store != NULL && list_files_update(store, context->settings->lists, error);
}

static bool
sync_once(Context *context, bool full, GError **error)
{
  const SyncOption options[] = {{"--full", full ? "" : NULL}, {NULL, NULL}};
  return apply_thresholds(context, error) &&
         sync_program_run(context, "sync", NULL, options, error) && update_lists(context, error);
}

static void
tell(const GError *error)
{
  fprintf(stderr, "bouncedb: %s\n", error->message);
}

/* Until somebody ends it: a centre that is away is nothing to end for. */
static bool
follow(Context *context, gint64 seconds, bool full, GError **error)
{
  for (;; full = false) {
    g_autoptr(GError) why = NULL;
    if (!context->now_is_set)
      context->now = g_get_real_time() / G_USEC_PER_SEC;
    if (!sync_once(context, full, &why) && why->code == BOUNCEDB_ERROR_CONFIG) {
      g_propagate_error(error, g_steal_pointer(&why));
      return false;
    }
    if (context->status == EXIT_CONFIG)
      return true;
    if (why != NULL)
      tell(why);
    fflush(stdout);
    g_usleep((gulong)seconds * G_USEC_PER_SEC);
  }
}

bool
cmd_sync(Context *context, int argc, char **argv, GError **error)
{
  gboolean full = FALSE, status = FALSE;
  gint64 seconds = 0;
  const GOptionEntry entries[] = {
      {"follow", 0, 0, G_OPTION_ARG_INT64, &seconds, "Do so again and again, with this pause",
       "SECONDS"},
      {"full", 0, 0, G_OPTION_ARG_NONE, &full, "Read the whole list again", NULL},
      {"status", 0, 0, G_OPTION_ARG_NONE, &status,
       "Only say what is known here; do not connect to the fleet", NULL},
      {"json", 0, 0, G_OPTION_ARG_NONE, &context->json, "Print a JSON object", NULL},
      G_OPTION_ENTRY_NULL};
  if (!cmd_options(context, NULL,
                   "Send the fleet what was recorded and decided on this host, and apply what has\n"
                   "changed on the fleet's list.",
                   entries, &argc, &argv, error))
    return false;
  if (argc > 1)
    return throw(error, BOUNCEDB_ERROR_USAGE, "sync takes no arguments: %s", argv[1]);
  if (seconds < 0 || seconds > 86400)
    return throw(error, BOUNCEDB_ERROR_USAGE, "--follow takes a number from 1 to 86400");
  if (status)
    return show_status(context, error);
  return seconds > 0 ? follow(context, seconds, full, error) : sync_once(context, full, error);
}
