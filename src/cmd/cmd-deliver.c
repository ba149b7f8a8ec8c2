/* bouncedb deliver: reads one message from a mail server to its end, and records it.
 *
 * The exit status is 0 if the message is on disk, and 75 in all other cases: then the mail server
 * keeps it and tries again. So an error of ours never loses a message, and a message that cannot be
 * understood is not a failure: it is kept, and recorded as unreadable. An empty message is a
 * message like any other (kind other), unless a person has run this without one. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/permission.h"
#include "mail/address.h"
#include "verp/keyfile.h"
#include "store/store-arrivals.h"
#include "intake/envelope.h"
#include "intake/events.h"
#include "intake/shape.h"
#include "record/delivery.h"
#include "record/reading.h"
#include "cmd/cmd.h"
#include "cmd/owner.h"
#include "cmd/tempfail.h"
#include "cmd/waiting.h"

typedef struct {
  const Context *context;
  const Settings *settings; /* the context's */
  ArrivalOptions options;
  Rules *rules;
  Worker *worker;
  Spool spool;
  Store *store;
  GString *body;      /* of a web server, if it has to be checked; NULL = not */
  WebhookProof proof; /* of it */
  Delivery delivery;
} Run;

static void
run_clear(Run *run)
{
  spool_clear(&run->spool);
  if (run->body != NULL)
    g_string_free(run->body, TRUE);
  store_free(run->store);
  delivery_clear(&run->delivery);
  worker_free(run->worker); /* late, for it waits until the process has ended */
  rules_free(run->rules);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Run, run_clear)

/* --- reading -----------------------------------------------------------------------------------*/

/* A person, or a script of one, has run us: no mail server has told anything about the message. */
static bool
is_unannounced(const Run *run)
{
  const ArrivalOptions *options = &run->options;
  return options->sender == NULL && options->recipient == NULL && !envelope_in_environment();
}

/* Read as one message, an mbox would be recorded as whatever its first message is. */
static void
replace_mailbox(Run *run)
{
  Delivery *delivery = &run->delivery;
  const GString *head = run->spool.head;
  if (!is_unannounced(run) || !shape_is_mailbox(head->str, head->len))
    return;
  report_free(delivery->report);
  delivery->report = report_new();
  delivery->report->kind = KIND_UNREADABLE;
  delivery->report->notes = NOTE_MAILBOX;
}

/* The worker is forked before the first byte is read. */
static bool
begin(Run *run, bool *more, GError **error)
{
  const Settings *settings = run->settings;
  run->rules = rules_load(settings->rules, error);
  run->worker = run->rules != NULL ? reading_worker_once(run->rules, settings, error) : NULL;
  return run->worker != NULL && spool_fill(&run->spool, STDIN_FILENO, more, error);
}

static bool
open_store(Run *run, GError **error)
{
  run->store = cmd_open_store(run->context, error);
  return run->store != NULL && store_has_room(run->store, run->settings->max_size, error);
}

static bool
collect_report(Run *run, unsigned notes, GError **error)
{
  Report *report = reading_collect(run->worker, notes, error);
  if (report == NULL)
    return false;
  delivery_take(&run->delivery, report, run->settings);
  return true;
}

/* While the worker loads its libraries and parses, the database is opened. */
static bool
read_report(Run *run, GError **error)
{
  unsigned notes;
  worker_split_cpus(run->worker);
  if (!reading_submit(run->worker, &run->spool, &notes, error) || !open_store(run, error) ||
      !store_expect_bounce(run->store, error) || !collect_report(run, notes, error))
    return false;
  replace_mailbox(run);
  return true;
}

static bool
append_to_copy(gpointer delivery, const char *bytes, size_t length, GError **error)
{
  return delivery_append(delivery, bytes, length, error);
}

/* Reads the rest of the message, and keeps all of it if need be. */
static bool
read_to_end(Run *run, bool more, GError **error)
{
  Delivery *delivery = &run->delivery;
  return delivery_begin_copy(delivery, run->spool.head, run->settings, error) &&
         (!more || spool_drain(&run->spool, STDIN_FILENO, append_to_copy, delivery, error)) &&
         delivery_finish_copy(delivery, error);
}

/* --- recording ---------------------------------------------------------------------------------*/

/* The key is read this late so that the worker, which parses strangers' bytes and was forked
 * before, does not have it. */
static bool
judge(Run *run, GError **error)
{
  const Settings *settings = run->settings;
  g_auto(VerpKeys) keys = {0};
  return keyfile_read_keys(settings->verp_key, settings->verp_key_old, &keys, error) &&
         delivery_judge(&run->delivery, settings, &keys, run->store, run->context->now, error);
}

static bool
record(Run *run, GError **error)
{
  if (!store_begin(run->store, error))
    return false;
  if (!delivery_record(&run->delivery, run->settings, run->store, error)) {
    store_rollback(run->store);
    return false;
  }
  return store_commit(run->store, error);
}

static void
tell_mailbox(const Delivery *delivery)
{
  if ((delivery->report->notes & NOTE_MAILBOX) == 0)
    return;
  g_autofree char *word = permission_quote(delivery->kept);
  fprintf(stderr,
          "bouncedb: several messages (an mbox) are kept unread; record them with:"
          " bouncedb import %s\n",
          word);
}

static bool
finish(Run *run, GError **error)
{
  const Settings *settings = run->settings;
  gint64 now = run->context->now;
  Delivery *delivery = &run->delivery;
  guint8 digest[DIGEST_SIZE];
  digest_finish(run->spool.digest, digest);
  if (run->spool.size == 0 && is_unannounced(run)) {
    delivery_update_lists(run->store, settings);
    return store_note_empty(run->store, now, error);
  }
  delivery_arrive(delivery, &run->spool, digest, &run->options, now);
  if (!delivery_may_give_up(delivery, run->store, digest, now, error) || !judge(run, error) ||
      !record(run, error))
    return false;
  delivery_update_lists(run->store, settings);
  delivery_log(delivery, settings);
  tell_mailbox(delivery);
  return true;
}

static bool
deliver_message(Run *run, bool more, GError **error)
{
  return read_report(run, error) && read_to_end(run, more, error) && finish(run, error);
}

/* Each event is recorded by itself, like a message; the next try passes over those that are. */
static bool
deliver_event(Run *run, GError **error)
{
  unsigned notes;
  delivery_clear(&run->delivery);
  run->delivery = (Delivery){.event = true};
  if (!reading_submit(run->worker, &run->spool, &notes, error) ||
      !collect_report(run, notes, error))
    return false;
  if (run->body != NULL && !webhook_check_event(&run->settings->webhook, &run->proof,
                                                run->delivery.report, run->context->now, error))
    return false;
  run->delivery.proven = run->body != NULL;
  if ((run->delivery.report->notes & NOTE_NO_DELIVERY) != 0)
    return true;
  return read_to_end(run, false, error) && finish(run, error);
}

/* A signature is one of all octets. */
static bool
read_body(Run *run, GError **error)
{
  char buffer[16 << 10];
  ssize_t n;
  run->body = g_string_new_len(run->spool.head->str, (gssize)run->spool.head->len);
  while ((n = read(STDIN_FILENO, buffer, sizeof buffer)) != 0) {
    if (n < 0 && errno != EINTR)
      return throw_errno(error, "cannot read standard input");
    g_string_append_len(run->body, buffer, MAX(n, 0));
    if (run->body->len > WEBHOOK_BODY_MAX)
      return throw(error, BOUNCEDB_ERROR_TEMPFAIL,
                   "a body of more than %d octets is not checked, and not recorded",
                   WEBHOOK_BODY_MAX);
  }
  return true;
}

/* The secrets are read later than the worker is forked, so it does not have them. */
static bool
check_body(Run *run, GError **error)
{
  const WebhookKeys *keys = &run->settings->webhook;
  return !webhook_is_on(keys) ||
         (read_body(run, error) && webhook_check_body(keys, run->body->str, run->body->len,
                                                      run->context->now, &run->proof, error));
}

/* A web server passes on what a sending service posts. No mail begins like that. There may be many
 * events, so their worker stays. */
static bool
deliver_events(Run *run, GError **error)
{
  bool found = true;
  worker_free(run->worker);
  run->worker = reading_worker(run->rules, run->settings, error);
  if (run->worker == NULL || !check_body(run, error) || !open_store(run, error))
    return false;
  const GString *head = run->body != NULL ? run->body : run->spool.head;
  g_autoptr(Events) events = events_new(STDIN_FILENO, head->str, head->len, NULL);
  while (found)
    if (!events_next(events, &run->spool, &found, error) || (found && !deliver_event(run, error)))
      return false;
  return true;
}

static bool
deliver(const Context *context, const char *sender, const char *recipient, GError **error)
{
  const Settings *settings = context->settings;
  const char *base = settings->verp_base;
  g_auto(Run) run = {.context = context,
                     .settings = settings,
                     .options = {.sender = sender,
                                 .recipient = recipient,
                                 .domain = base != NULL ? address_domain(base) : NULL}};
  reading_spool_init(&run.spool, settings->max_parse);
  bool more;
  if (!begin(&run, &more, error))
    return false;
  const GString *head = run.spool.head;
  if (!(events_are(head->str, head->len) ? deliver_events(&run, error)
                                         : deliver_message(&run, more, error)))
    return false;
  store_close_at_exit(g_steal_pointer(&run.store));
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
