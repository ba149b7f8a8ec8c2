/* bouncedb deliver: reads one message from a mail server to its end, and records it.
 *
 * The exit status is 0 if the message is on disk, and 75 in all other cases: then the mail server
 * keeps it and tries again. So an error of ours never loses a message, and a message that cannot be
 * understood is not a failure: it is kept, and recorded as unreadable. An empty message is a
 * message like any other (kind other), unless a person has run this without one. */
#include "config.h"

#include <stdio.h>

#include "base/permission.h"
#include "mail/address.h"
#include "verp/keyfile.h"
#include "store/store-arrivals.h"
#include "store/store-tries.h"
#include "export/list-files.h"
#include "intake/arrival.h"
#include "intake/envelope.h"
#include "intake/events.h"
#include "intake/keep-room.h"
#include "intake/keep.h"
#include "intake/shape.h"
#include "cmd/cmd.h"
#include "cmd/log.h"
#include "cmd/owner.h"
#include "cmd/reading.h"
#include "cmd/tempfail.h"
#include "cmd/waiting.h"

enum { STOPPED_MAX = 3 }; /* tries within a day */

typedef struct {
  const Context *context;
  const Settings *settings; /* the context's */
  ArrivalOptions options;
  Rules *rules;
  Worker *worker;
  Spool spool;
  Store *store;
  Report *report;
  KeptMessage *copy; /* NULL = not kept */
  bool event;        /* of a sending service, not a message */
} Delivery;

static void
delivery_clear(Delivery *delivery)
{
  spool_clear(&delivery->spool);
  store_free(delivery->store);
  report_free(delivery->report);
  kept_message_free(delivery->copy);
  worker_free(delivery->worker); /* late, for it waits until the process has ended */
  rules_free(delivery->rules);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Delivery, delivery_clear)

/* --- reading -----------------------------------------------------------------------------------*/

/* A person, or a script of one, has run us: no mail server has told anything about the message. */
static bool
is_unannounced(const Delivery *delivery)
{
  const ArrivalOptions *options = &delivery->options;
  return options->sender == NULL && options->recipient == NULL && !envelope_in_environment();
}

/* Read as one message, an mbox would be recorded as whatever its first message is. */
static void
replace_mailbox(Delivery *delivery)
{
  const GString *head = delivery->spool.head;
  if (!is_unannounced(delivery) || !shape_is_mailbox(head->str, head->len))
    return;
  report_free(delivery->report);
  delivery->report = report_new();
  delivery->report->kind = KIND_UNREADABLE;
  delivery->report->notes = NOTE_MAILBOX;
}

/* The worker is forked before the first byte is read. */
static bool
begin(Delivery *delivery, bool *more, GError **error)
{
  const Settings *settings = delivery->settings;
  delivery->rules = rules_load(settings->rules, error);
  delivery->worker =
      delivery->rules != NULL ? reading_worker_once(delivery->rules, settings, error) : NULL;
  return delivery->worker != NULL && spool_fill(&delivery->spool, STDIN_FILENO, more, error);
}

static bool
open_store(Delivery *delivery, GError **error)
{
  delivery->store = cmd_open_store(delivery->context, error);
  return delivery->store != NULL &&
         store_has_room(delivery->store, delivery->settings->max_size, error);
}

static bool
collect_report(Delivery *delivery, unsigned notes, GError **error)
{
  report_free(delivery->report);
  delivery->report = reading_collect(delivery->worker, notes, error);
  if (delivery->report == NULL)
    return false;
  if (!delivery->settings->subject)
    g_clear_pointer(&delivery->report->subject, g_free);
  return true;
}

/* While the worker parses, the database is opened. */
static bool
read_report(Delivery *delivery, GError **error)
{
  unsigned notes;
  worker_split_cpus(delivery->worker);
  if (!reading_submit(delivery->worker, &delivery->spool, &notes, error) ||
      !open_store(delivery, error) || !collect_report(delivery, notes, error))
    return false;
  replace_mailbox(delivery);
  return true;
}

/* Messages are kept as they came if no report can take their place. */
static bool
is_kept(Kind kind)
{
  return kind == KIND_OTHER || kind == KIND_CHALLENGE || kind == KIND_UNREADABLE;
}

static bool
append_to_copy(gpointer copy, const char *bytes, size_t length, GError **error)
{
  return copy == NULL || keep_append(copy, bytes, length, error);
}

/* Reads the rest of the message, and keeps all of it if need be. */
static bool
read_to_end(Delivery *delivery, bool more, GError **error)
{
  const GString *head = delivery->spool.head;
  if (is_kept(delivery->report->kind)) {
    delivery->copy = keep_begin(delivery->settings->keep, error);
    if (delivery->copy == NULL)
      return false;
    if ((delivery->report->notes & NOTE_MAILBOX) == 0) /* whose messages are still to be read */
      keep_limit(delivery->copy, delivery->settings->keep_size);
    if (!keep_append(delivery->copy, head->str, head->len, error))
      return false;
  }
  if (more && !spool_drain(&delivery->spool, STDIN_FILENO, append_to_copy, delivery->copy, error))
    return false;
  return delivery->copy == NULL || keep_finish(delivery->copy, error);
}

/* --- recording ---------------------------------------------------------------------------------*/

/* The key is read this late so that the worker, which parses strangers' bytes and was forked
 * before, does not have it. */
static bool
judge(const Delivery *delivery, Arrival *arrival, GError **error)
{
  const Settings *settings = delivery->settings;
  g_auto(VerpKeys) keys = {0};
  if (!keyfile_read_keys(settings->verp_key, settings->verp_key_old, &keys, error))
    return false;
  const TrustBasis basis = settings_trust_basis(settings, &keys, delivery->context->now);
  return arrival_judge(arrival, basis, delivery->store, delivery->report, error);
}

/* The message appears in the Maildir between being recorded and the commit. So it is never recorded
 * without being kept, and a duplicate is not kept again, wherever the first copy is by now. */
static bool
record_and_keep(const Delivery *delivery, StoreMessage *message, Recorded *recorded, GError **error)
{
  const Settings *settings = delivery->settings;
  KeptMessage *copy = delivery->copy;
  bool known, room = true;
  if (copy != NULL &&
      (!store_knows(delivery->store, message->digest, &known, error) ||
       (!known && !keep_make_room(delivery->store, settings->keep, settings->keep_total,
                                  delivery->report->kind, keep_size(copy), &room, error))))
    return false;
  if (!room)
    message->kept = NULL;
  return store_record(delivery->store, delivery->report, message, recorded, error) &&
         (copy == NULL || !room || recorded->duplicate ||
          keep_publish(copy, message->digest, error));
}

static bool
record(const Delivery *delivery, StoreMessage *message, Recorded *recorded, GError **error)
{
  if (!store_begin(delivery->store, error))
    return false;
  if (!record_and_keep(delivery, message, recorded, error)) {
    store_rollback(delivery->store);
    return false;
  }
  return store_commit(delivery->store, error);
}

/* List files are derived from the database: if one cannot be written, the message is recorded
 * nevertheless, and the next delivery tries again. */
static void
update_lists(const Delivery *delivery)
{
  g_autoptr(GError) error = NULL;
  const Settings *settings = delivery->settings;
  if (!cmd_update_lists(delivery->store, settings, &error) && settings->syslog)
    log_warning(error->message);
}

static void
log_delivery(const Delivery *delivery, const Recorded *recorded)
{
  if (!delivery->settings->syslog)
    return;
  log_report(delivery->report, recorded);
  if (delivery->report->notes & NOTE_WORKER_FORBIDDEN)
    log_forbidden(recorded->message_id);
  if (recorded->warn)
    log_held();
}

static void
tell_mailbox(const Delivery *delivery, const char *kept)
{
  if ((delivery->report->notes & NOTE_MAILBOX) == 0)
    return;
  g_autofree char *word = permission_quote(kept);
  fprintf(stderr,
          "bouncedb: several messages (an mbox) are kept unread; record them with:"
          " bouncedb import %s\n",
          word);
}

/* A worker that was killed from outside, or late by the clock on the wall, says nothing about the
 * message: the mail server tries again. But if that happens each time, the message must be kept in
 * the end. */
static bool
may_give_up(const Delivery *delivery, const guint8 digest[DIGEST_SIZE], GError **error)
{
  gint64 tries;
  if (!reading_was_stopped(delivery->report))
    return true;
  if (!store_note_try(delivery->store, digest, delivery->context->now, &tries, error))
    return false;
  return tries >= STOPPED_MAX || throw(error, BOUNCEDB_ERROR_TEMPFAIL, "%s", reading_stopped);
}

static bool
finish(Delivery *delivery, GError **error)
{
  guint8 digest[DIGEST_SIZE];
  digest_finish(delivery->spool.digest, digest);
  g_auto(Arrival) arrival;
  arrival_init(&arrival, &delivery->spool, digest, &delivery->options, delivery->context->now);
  if (delivery->event)
    arrival_be_event(&arrival, delivery->report);
  g_autofree char *kept =
      delivery->copy != NULL ? keep_path(delivery->settings->keep, arrival.message.digest) : NULL;
  arrival.message.kept = kept;
  Recorded recorded;
  if (delivery->spool.size == 0 && is_unannounced(delivery)) {
    update_lists(delivery);
    return store_note_empty(delivery->store, delivery->context->now, error);
  }
  if (!may_give_up(delivery, digest, error) || !judge(delivery, &arrival, error) ||
      !record(delivery, &arrival.message, &recorded, error))
    return false;
  update_lists(delivery);
  log_delivery(delivery, &recorded);
  tell_mailbox(delivery, kept);
  return true;
}

static bool
deliver_message(Delivery *delivery, bool more, GError **error)
{
  return read_report(delivery, error) && read_to_end(delivery, more, error) &&
         finish(delivery, error);
}

/* Each event is recorded by itself, like a message; the next try passes over those that are. */
static bool
deliver_event(Delivery *delivery, GError **error)
{
  unsigned notes;
  if (!reading_submit(delivery->worker, &delivery->spool, &notes, error) ||
      !collect_report(delivery, notes, error))
    return false;
  if ((delivery->report->notes & NOTE_NO_DELIVERY) != 0)
    return true;
  bool ok = read_to_end(delivery, false, error) && finish(delivery, error);
  g_clear_pointer(&delivery->copy, kept_message_free);
  return ok;
}

/* A web server passes on what a sending service posts. No mail begins like that. There may be many
 * events, so their worker stays. */
static bool
deliver_events(Delivery *delivery, GError **error)
{
  const GString *head = delivery->spool.head;
  g_autoptr(Events) events = events_new(STDIN_FILENO, head->str, head->len, NULL);
  bool found = true;
  delivery->event = true;
  worker_free(delivery->worker);
  delivery->worker = reading_worker(delivery->rules, delivery->settings, error);
  if (delivery->worker == NULL || !open_store(delivery, error))
    return false;
  while (found)
    if (!events_next(events, &delivery->spool, &found, error) ||
        (found && !deliver_event(delivery, error)))
      return false;
  return true;
}

static bool
deliver(const Context *context, const char *sender, const char *recipient, GError **error)
{
  const Settings *settings = context->settings;
  const char *base = settings->verp_base;
  g_auto(Delivery)
      delivery = {.context = context,
                  .settings = settings,
                  .options = {sender, recipient, base != NULL ? address_domain(base) : NULL}};
  reading_spool_init(&delivery.spool, settings->max_parse);
  bool more;
  if (!begin(&delivery, &more, error))
    return false;
  const GString *head = delivery.spool.head;
  if (!(events_are(head->str, head->len) ? deliver_events(&delivery, error)
                                         : deliver_message(&delivery, more, error)))
    return false;
  store_close_at_exit(g_steal_pointer(&delivery.store));
  return true;
}

bool
cmd_deliver(Context *context, int argc, char **argv, GError **error)
{
  tempfail_arm(TEMPFAIL_LIMIT);
  g_autofree char *sender = NULL, *recipient = NULL;
  const GOptionEntry entries[] = {{"recipient", 0, 0, G_OPTION_ARG_FILENAME, &recipient,
                                   "The address that the message was sent to", "ADDRESS"},
                                  {"sender", 'f', 0, G_OPTION_ARG_FILENAME, &sender,
                                   "The envelope sender; empty for the null sender", "ADDRESS"},
                                  G_OPTION_ENTRY_NULL};
  bool ok = cmd_options(context, NULL,
                        "Record the message on standard input. Exit status: 0, or 75 to try again.",
                        entries, &argc, &argv, error);
  if (context->helped)
    return false;
  if (ok && argc > 1)
    ok = throw(error, BOUNCEDB_ERROR_USAGE, "deliver takes no arguments: %s", argv[1]);
  ok = ok && owner_check_delivery(context->settings->database, error) &&
       deliver(context, sender, recipient, error);
  if (!ok)
    waiting_drain();
  return ok;
}
