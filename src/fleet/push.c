/* A batch is one statement, and the centre notes in it how far it has come. A message that it
 * cannot take is found by halving, and set aside: it must not hold up all others. */
#include "config.h"

#include "fleet/push.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/escape.h"
#include "store/store-fleet.h"

enum { MESSAGES_MAX = 1000, DECISIONS_MAX = 500, VERDICTS_MAX = 1000 };

static void
begin_batch(StoreFleetBatch *batch, const StoreFleetPlace *place, gint64 backlog)
{
  store_fleet_batch_init(batch);
  g_string_printf(batch->rest,
                  "{\"identity\":\"%s\",\"seen\":%" G_GINT64_FORMAT
                  ",\"after_message\":%" G_GINT64_FORMAT ",\"after_outbox\":%" G_GINT64_FORMAT
                  ",\"backlog\":%" G_GINT64_FORMAT ",",
                  place->identity, place->seen, place->message_id, place->audit_id, backlog);
}

#define PUSH "SELECT fleet.push($1::jsonb, $2, $3)"
#define ARGUMENTS(batch)                                                                           \
  ((const char *const[]){(batch)->rest->str, (batch)->addresses->str, (batch)->failures->str}), 3

static bool
send_batch(Session *session, const StoreFleetBatch *batch, char state[SESSION_STATE_SIZE],
           GError **error)
{
  g_autoptr(Rows) rows = session_call(session, PUSH, ARGUMENTS(batch), state, error);
  return rows != NULL;
}

/* --- messages ----------------------------------------------------------------------------------*/

/* Data that PostgreSQL refuses, such as NUL in a text, or that break a rule of the schema. */
static bool
is_about_data(const char *state)
{
  return g_str_has_prefix(state, "22") || g_str_has_prefix(state, "23") ||
         g_str_has_prefix(state, "54");
}

typedef struct {
  Store *store;
  Session *session;
  StoreFleetPlace *place;
  SyncReport *report;
  gint64 backlog;
} Push;

/* A batch of the messages after one and up to another; none if they are the same. */
typedef struct {
  StoreFleetBatch batch;
  gint64 after, until;
} Page;

static void
page_clear(Page *page)
{
  if (page->batch.rest != NULL)
    store_fleet_batch_clear(&page->batch);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Page, page_clear)

/* Replaces what is in page. */
static bool
read_page(Push *push, gint64 after, gint64 most, bool bare, Page *page, GError **error)
{
  g_autofree char *digest = NULL;
  StoreFleetPlace place = *push->place;
  place.message_id = after;
  page_clear(page);
  *page = (Page){.after = after};
  begin_batch(&page->batch, &place, push->backlog);
  if (!store_fleet_messages(push->store, after, most, bare, &page->batch, &page->until, &digest,
                            error))
    return false;
  g_string_append_printf(page->batch.rest, "\"digest\":\"%s\",\"message_id\":%" G_GINT64_FORMAT "}",
                         digest != NULL ? digest : "", page->until);
  return true;
}

static void
note_taken(Push *push, const Page *page)
{
  push->report->messages += page->until - page->after;
  push->backlog = MAX(0, push->backlog - MESSAGES_MAX);
  push->place->message_id = page->until;
}

/* Sends a page, and reads the next one of at most so many messages while the centre works. */
static bool
exchange(Push *push, const Page *page, gint64 most, Page *next, char state[SESSION_STATE_SIZE],
         GError **error)
{
  state[0] = '\0';
  if (!session_send(push->session, PUSH, ARGUMENTS(&page->batch), error))
    return false;
  g_autoptr(GError) why = NULL;
  bool ok = read_page(push, page->until, most, false, next, &why);
  g_autoptr(Rows) rows =
      session_receive(push->session, PUSH, ARGUMENTS(&page->batch), state, error);
  if (rows != NULL && !ok)
    g_propagate_error(error, g_steal_pointer(&why));
  return rows != NULL && ok;
}

static bool
note_aside(Push *push, gint64 message_id, const char *why, GError **error)
{
  if (!store_begin(push->store, error))
    return false;
  if (store_fleet_set_aside(push->store, message_id, why, error))
    return store_commit(push->store, error);
  store_rollback(push->store);
  return false;
}

/* The next message is sent as nothing but a number. */
static bool
set_aside(Push *push, const char *why, GError **error)
{
  g_auto(Page) page = {0};
  if (!read_page(push, push->place->message_id, 1, true, &page, error) ||
      !send_batch(push->session, &page.batch, NULL, error))
    return false;
  g_autofree char *shown = escape_terminal(why);
  fprintf(stderr, "bouncedb: message %" G_GINT64_FORMAT " was not sent to the fleet: %s\n",
          page.until, shown);
  push->place->message_id = page.until;
  push->report->aside++;
  return note_aside(push, page.until, why, error);
}

static bool
push_messages(Push *push, GError **error)
{
  gint64 most = MESSAGES_MAX;
  g_auto(Page) page = {0};
  if (!read_page(push, push->place->message_id, most, false, &page, error))
    return false;
  while (page.until > page.after) {
    char state[SESSION_STATE_SIZE];
    g_autoptr(GError) why = NULL;
    g_auto(Page) next = {0};
    gint64 more = MIN(2 * most, MESSAGES_MAX);
    if (exchange(push, &page, more, &next, state, &why)) {
      note_taken(push, &page);
      page_clear(&page);
      page = next;
      next = (Page){0};
      most = more;
      continue;
    }
    if (!is_about_data(state)) {
      g_propagate_error(error, g_steal_pointer(&why));
      return false;
    }
    if (most == 1 && !set_aside(push, why->message, error))
      return false;
    most = MAX(1, most / 2);
    if (!read_page(push, push->place->message_id, most, false, &page, error))
      return false;
  }
  return true;
}

/* --- decisions and verdicts --------------------------------------------------------------------*/

static bool
push_decisions(Push *push, GError **error)
{
  StoreFleetPlace *place = push->place;
  for (;;) {
    gint64 until;
    g_auto(StoreFleetBatch) batch;
    begin_batch(&batch, place, push->backlog);
    if (!store_fleet_decisions(push->store, place->audit_id, DECISIONS_MAX, batch.rest, &until,
                               error))
      return false;
    if (until == place->audit_id)
      return true;
    g_string_append_printf(batch.rest, "\"outbox\":%" G_GINT64_FORMAT "}", until);
    if (!send_batch(push->session, &batch, NULL, error))
      return false;
    push->report->decisions += until - place->audit_id;
    place->audit_id = until;
  }
}

static bool
forget_verdicts(Push *push, gint64 after, gint64 until, gint64 at, GError **error)
{
  if (!store_begin(push->store, error))
    return false;
  if (store_fleet_taken(push->store, after, until, at, error))
    return store_commit(push->store, error);
  store_rollback(push->store);
  return false;
}

static bool
push_verdicts(Push *push, GError **error)
{
  for (gint64 after = 0, until;; after = until) {
    gint64 at = time(NULL);
    g_auto(StoreFleetBatch) batch;
    begin_batch(&batch, push->place, push->backlog);
    if (!store_fleet_verdicts(push->store, after, VERDICTS_MAX, batch.rest, &until, error))
      return false;
    if (until == after)
      return true;
    batch.rest->str[batch.rest->len - 1] = '}'; /* instead of the last comma */
    if (!send_batch(push->session, &batch, NULL, error) ||
        !forget_verdicts(push, after, until, at, error))
      return false;
  }
}

bool
push_all(Store *store, Session *session, StoreFleetPlace *place, SyncReport *report, GError **error)
{
  g_auto(StoreFleetStock) stock = {0};
  if (!store_fleet_stock(store, place->message_id, &stock, error))
    return false;
  Push push = {.store = store,
               .session = session,
               .place = place,
               .report = report,
               .backlog = stock.backlog};
  report->verdicts = stock.corrected;
  return push_messages(&push, error) && push_decisions(&push, error) && push_verdicts(&push, error);
}
