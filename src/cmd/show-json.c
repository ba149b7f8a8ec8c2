#include "config.h"

#include "cmd/show-json.h"

#include <string.h>

#include "store/store-alive.h"
#include "store/store-forgotten.h"
#include "store/store-own.h"
#include "store/store-query.h"
#include "cmd/cells-json.h"
#include "cmd/cmd.h"

typedef struct {
  Json json;
  guint rows, before; /* in all, and before the part that is being written */
  gint64 failure_id;  /* of a message, only this event; 0 = all */
} Shown;

/* --- rows --------------------------------------------------------------------------------------*/

static bool
add_row(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  Shown *shown = data;
  json_open(&shown->json, NULL, '{');
  cells_json(&shown->json, cells, n);
  json_close(&shown->json, '}');
  shown->rows++;
  return true;
}

/* The id of a failure is the one that other commands take. */
static bool
add_event(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  Shown *shown = data;
  bool failure = strcmp(store_cell(cells, n, "event"), "failure") == 0;
  const char *number = store_cell(cells, n, "event_id");
  if (shown->failure_id != 0 &&
      (!failure || store_cell_int(cells, n, "event_id") != shown->failure_id))
    return true;
  g_autofree char *id = g_strdup_printf("%c%s", failure ? 'f' : 'm',
                                        failure ? number : store_cell(cells, n, "message_id"));
  json_open(&shown->json, NULL, '{');
  json_text(&shown->json, "id", id);
  cells_json(&shown->json, cells, n);
  json_close(&shown->json, '}');
  shown->rows++;
  return true;
}

typedef struct {
  Shown *shown;
  const char *key;
} Member;

/* A row that there is at most once. */
static bool
add_member(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  const Member *member = data;
  if (member->shown->rows > member->shown->before)
    return true;
  json_open(&member->shown->json, member->key, '{');
  cells_json(&member->shown->json, cells, n);
  json_close(&member->shown->json, '}');
  member->shown->rows++;
  return true;
}

static void
begin(Shown *shown)
{
  shown->before = shown->rows;
}

static bool
end(Shown *shown, const char *key, bool ok)
{
  if (ok && shown->rows == shown->before)
    json_none(&shown->json, key);
  return ok;
}

typedef bool (*OfAddress)(Store *store, const char *address, StoreRowFunc func, gpointer data,
                          GError **error);

static bool
add_one(Shown *shown, Store *store, const char *key, const char *address, OfAddress query,
        GError **error)
{
  Member member = {shown, key};
  begin(shown);
  return end(shown, key, query(store, address, add_member, &member, error));
}

static bool
add_all(Shown *shown, Store *store, const char *key, const char *address, OfAddress query,
        StoreRowFunc func, GError **error)
{
  json_open(&shown->json, key, '[');
  bool ok = query(store, address, func, shown, error);
  json_close(&shown->json, ']');
  return ok;
}

/* --- objects -----------------------------------------------------------------------------------*/

static bool
add_suppression(Shown *shown, Store *store, const char *address, gint64 now, bool own,
                GError **error)
{
  bool can_tell;
  Member member = {shown, "suppression"};
  begin(shown);
  return end(shown, "suppression",
             store_suppression(store, address, now, add_member, &member, error) &&
                 cmd_can_tell_forgotten(store, &can_tell, error) &&
                 (own || !can_tell || store_forgotten(store, address, add_member, &member, error)));
}

static char *
finish(Shown *shown, bool ok, bool *known)
{
  json_close(&shown->json, '}');
  g_autofree char *text = json_finish(&shown->json);
  *known = shown->rows > 0;
  return ok ? g_steal_pointer(&text) : NULL;
}

char *
show_address_json(Store *store, const char *address, gint64 now, bool *known, GError **error)
{
  bool own;
  if (!store_is_own(store, address, &own, error))
    return NULL;
  Shown shown = {.json = json_new()};
  json_open(&shown.json, NULL, '{');
  json_text(&shown.json, "address", address);
  json_bool(&shown.json, "own", own);
  bool ok = add_suppression(&shown, store, address, now, own, error) &&
            add_one(&shown, store, "held", address, store_held_entry, error) &&
            add_one(&shown, store, "override", address, store_address_override, error) &&
            add_one(&shown, store, "alive", address, store_alive, error) &&
            add_all(&shown, store, "standing", address, store_address_standing, add_row, error) &&
            add_all(&shown, store, "events", address, store_address_events, add_event, error) &&
            add_all(&shown, store, "audit", address, store_address_audit, add_row, error);
  return finish(&shown, ok, known);
}

char *
show_message_json(Store *store, gint64 message_id, gint64 failure_id, bool *known, GError **error)
{
  Shown shown = {.json = json_new(), .failure_id = failure_id};
  Member member = {&shown, "message"};
  json_open(&shown.json, NULL, '{');
  bool ok = end(&shown, "message", store_message(store, message_id, add_member, &member, error));
  json_open(&shown.json, "events", '[');
  ok = ok && store_message_events(store, message_id, add_event, &shown, error);
  json_close(&shown.json, ']');
  return finish(&shown, ok, known);
}
