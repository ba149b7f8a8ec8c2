/* A message goes through these states. It belongs to its connection until it is complete, and to
 * the recorder from then on, even if the client does not wait for the answer.
 *
 *    RECEIVED   its window is not complete
 *    WITH_CREW  a worker reads the window, or soon will; nothing else comes of it
 *    REPORTED   what comes now goes to the digest, and to the copy if it is kept
 *    READY      it is complete, and waits to be recorded with all others that are */
#include "config.h"

#include "cmd/recorder.h"

#include <time.h>

#include "mail/address.h"
#include "store/store-arrivals.h"
#include "lmtp/hold.h"
#include "record/basis.h"
#include "record/crew.h"
#include "record/delivery.h"
#include "record/log.h"
#include "record/reading.h"

enum {
  BATCH_MESSAGES = 500,     /* per transaction, for which other writers may have to wait */
  BATCH_RECIPIENTS = 20000, /* so that hostile messages do not make it long */
  ENOUGH = 32,              /* messages that need not wait for more */
  GATHER_MS = 4,            /* how long messages wait for others that are being read */
  WAIT_MS = 5000,           /* for other writers; all clients wait meanwhile */
  OPEN_SECONDS = 3600,      /* then the database is opened again, which ends what has expired */
  TRACE_OCTETS = 16 << 10,  /* of the head, in which the envelope is looked for */
  WARN_SECONDS = 60,        /* between two warnings that say the same */
};

typedef enum { RECEIVED, WITH_CREW, REPORTED, READY } State;

typedef struct {
  Recorder *recorder;
  Connection *connection; /* NULL = it has ended */
  State state;
  bool complete;
  char *failed; /* why it cannot be recorded; NULL = nothing is known against it */
  Hold *hold;
  GString *head; /* the beginning, once a worker was given it; NULL before */
  char *sender;  /* these two once it is complete */
  GPtrArray *recipients;
  Delivery delivery;
} Message;

struct Recorder {
  Context *context;
  Handler handler;
  Crew *crew;
  Basis basis;      /* what is in force; workers borrow it */
  Basis next;       /* comes into force when no worker is busy */
  char *folder;     /* for temporary files: that of the database */
  GPtrArray *ready; /* (element-type Message) */
  guint commit;     /* the source that commits them */
  bool soon;        /* as soon as it can, not after a while */
  guint pending;
  Store *store;  /* NULL = not open */
  gint64 opened; /* monotonic seconds */
  char *warned;  /* the last warning */
  gint64 warned_at;
  RecorderCounts counts;
};

static gint64
now_of(const Recorder *recorder)
{
  return recorder->context->now_is_set ? recorder->context->now : time(NULL);
}

/* An outage concerns many messages. */
static void
warn(Recorder *recorder, const char *text)
{
  gint64 now = g_get_monotonic_time() / G_USEC_PER_SEC;
  if (g_strcmp0(text, recorder->warned) == 0 && now - recorder->warned_at < WARN_SECONDS)
    return;
  g_free(recorder->warned);
  recorder->warned = g_strdup(text);
  recorder->warned_at = now;
  if (recorder->basis.settings->syslog)
    log_warning(text);
}

/* --- answers -----------------------------------------------------------------------------------*/

static void
message_free(Message *message)
{
  delivery_clear(&message->delivery);
  hold_free(message->hold);
  if (message->head != NULL)
    g_string_free(message->head, TRUE);
  g_free(message->failed);
  g_free(message->sender);
  if (message->recipients != NULL)
    g_ptr_array_unref(message->recipients);
  g_free(message);
}

/* The message ends with it. */
static void
answer(Message *message, int code, const char *status, const char *text)
{
  Connection *connection = message->connection;
  message->recorder->pending--;
  message_free(message);
  if (connection != NULL)
    connection_answer(connection, code, status, text);
}

static void
defer(Message *message, const char *why)
{
  g_autofree char *text = g_strdup(why); /* it may be the message's */
  message->recorder->counts.deferred++;
  warn(message->recorder, text);
  answer(message, 451, "4.3.0", text);
}

static void
fail(Message *message, GError *error)
{
  if (message->failed == NULL)
    message->failed = g_strdup(error->message);
  g_error_free(error);
}

static void
acknowledge(Message *message)
{
  const Recorded *recorded = &message->delivery.recorded;
  g_autofree char *text = g_strdup_printf("message=%" G_GINT64_FORMAT "%s", recorded->message_id,
                                          recorded->duplicate ? ", recorded before" : "");
  if (recorded->duplicate)
    message->recorder->counts.duplicates++;
  else
    message->recorder->counts.recorded++;
  answer(message, 250, "2.0.0", text);
}

/* --- the database ------------------------------------------------------------------------------*/

static void
close_store(Recorder *recorder)
{
  store_free(recorder->store);
  recorder->store = NULL;
}

/* Not one whose file has been replaced, and not the same for ever: opening it applies thresholds,
 * and ends what has expired. */
static bool
ensure_store(Recorder *recorder, GError **error)
{
  static const StoreOptions options = {.wait_ms = WAIT_MS};
  gint64 now = g_get_monotonic_time() / G_USEC_PER_SEC;
  if (recorder->store != NULL &&
      (store_has_moved(recorder->store) || now - recorder->opened > OPEN_SECONDS))
    close_store(recorder);
  if (recorder->store != NULL)
    return true;
  Context context = *recorder->context;
  context.now = now_of(recorder);
  recorder->store = cmd_open_store_with(&context, &options, error);
  recorder->opened = now;
  return recorder->store != NULL;
}

bool
recorder_open(Recorder *recorder, GError **error)
{
  if (!ensure_store(recorder, error))
    return false;
  delivery_update_lists(recorder->store, recorder->basis.settings);
  return true;
}

/* --- committing --------------------------------------------------------------------------------*/

/* In a transaction. Returns false if that is lost. */
static bool
record_one(Recorder *recorder, Message *message, GError **error)
{
  const Settings *settings = recorder->basis.settings;
  GError *cause = NULL;
  if (!store_savepoint(recorder->store, error))
    return false;
  bool ok = delivery_judge(&message->delivery, settings, recorder->basis.keys, recorder->store,
                           now_of(recorder), &cause) &&
            delivery_record(&message->delivery, settings, recorder->store, &cause);
  if (!ok)
    fail(message, cause);
  return store_end_savepoint(recorder->store, !ok, error);
}

static bool
record_all(Recorder *recorder, const GPtrArray *batch, GError **error)
{
  if (!ensure_store(recorder, error) ||
      !store_has_room(recorder->store, recorder->basis.settings->max_size, error) ||
      !store_begin(recorder->store, error))
    return false;
  for (guint i = 0; i < batch->len; i++)
    if (!record_one(recorder, g_ptr_array_index(batch, i), error)) {
      store_rollback(recorder->store);
      return false;
    }
  return store_commit(recorder->store, error);
}

/* The oldest of those that are ready. (transfer full) */
static GPtrArray *
take_batch(Recorder *recorder)
{
  guint n = 0, recipients = 0;
  GPtrArray *batch = g_ptr_array_new();
  while (n < recorder->ready->len && n < BATCH_MESSAGES && recipients < BATCH_RECIPIENTS) {
    Message *message = g_ptr_array_index(recorder->ready, n++);
    recipients += message->delivery.report->recipients->len;
    g_ptr_array_add(batch, message);
  }
  g_ptr_array_remove_range(recorder->ready, 0, n);
  return batch;
}

/* Lines are logged, and lists updated, before the answers: whoever has one may look for them. If a
 * message could not be recorded, the database is opened again for the next: what was wrong when it
 * was opened, such as its permissions, may have been corrected. */
static void
finish_batch(Recorder *recorder, const GPtrArray *batch)
{
  bool lists = false, failed = false;
  for (guint i = 0; i < batch->len; i++) {
    Message *message = g_ptr_array_index(batch, i);
    failed |= message->failed != NULL;
    if (message->failed != NULL)
      continue;
    lists |= message->delivery.recorded.suppression;
    delivery_log(&message->delivery, recorder->basis.settings);
  }
  if (lists)
    delivery_update_lists(recorder->store, recorder->basis.settings);
  if (failed)
    close_store(recorder);
  for (guint i = 0; i < batch->len; i++) {
    Message *message = g_ptr_array_index(batch, i);
    if (message->failed != NULL)
      defer(message, message->failed);
    else
      acknowledge(message);
  }
}

static gboolean commit_ready(gpointer data);

/* A commit costs the more, the fewer messages share it. So they wait, but not long, for those that
 * workers are reading. The source is called after all that has come meanwhile. */
static void
schedule(Recorder *recorder)
{
  bool soon = !crew_has_messages(recorder->crew) || recorder->ready->len >= ENOUGH;
  if (recorder->commit != 0 && (recorder->soon || !soon))
    return;
  if (recorder->commit != 0)
    g_source_remove(recorder->commit);
  recorder->soon = soon;
  recorder->commit =
      soon ? g_idle_add_full(G_PRIORITY_DEFAULT, commit_ready, recorder, NULL)
           : g_timeout_add_full(G_PRIORITY_DEFAULT, GATHER_MS, commit_ready, recorder, NULL);
}

static gboolean
commit_ready(gpointer data)
{
  Recorder *recorder = data;
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) batch = take_batch(recorder);
  gint64 begin = g_get_monotonic_time();
  recorder->commit = 0;
  if (record_all(recorder, batch, &error)) {
    recorder->counts.commits++;
    recorder->counts.commit_time += g_get_monotonic_time() - begin;
    finish_batch(recorder, batch);
  } else {
    close_store(recorder); /* whatever is wrong with it, the next one opens it again */
    for (guint i = 0; i < batch->len; i++)
      defer(g_ptr_array_index(batch, i), error->message);
  }
  if (recorder->ready->len > 0)
    schedule(recorder);
  return G_SOURCE_REMOVE;
}

static void
add_ready(Message *message)
{
  Recorder *recorder = message->recorder;
  message->state = READY;
  g_ptr_array_add(recorder->ready, message);
  schedule(recorder);
}

/* --- messages ----------------------------------------------------------------------------------*/

/* Whether it can be recorded although its worker was stopped. */
static bool
may_be_recorded(Message *message, const guint8 digest[DIGEST_SIZE], GError **error)
{
  Recorder *recorder = message->recorder;
  return !reading_was_stopped(message->delivery.report) ||
         (ensure_store(recorder, error) && delivery_may_give_up(&message->delivery, recorder->store,
                                                                digest, now_of(recorder), error));
}

static bool
arrive(Message *message, GError **error)
{
  Recorder *recorder = message->recorder;
  const Settings *settings = recorder->basis.settings;
  const char *base = settings->verp_base;
  const ArrivalOptions options = {.sender = message->sender,
                                  .recipient = g_ptr_array_index(message->recipients, 0),
                                  .recipients = message->recipients,
                                  .domain = base != NULL ? address_domain(base) : NULL,
                                  .recorded = true};
  const Spool spool = {.head = message->head, .size = hold_size(message->hold)};
  guint8 digest[DIGEST_SIZE];
  hold_finish(message->hold, digest);
  delivery_arrive(&message->delivery, &spool, digest, &options, now_of(recorder));
  return may_be_recorded(message, digest, error);
}

/* It is complete, and has a report or has failed. */
static void
conclude(Message *message)
{
  GError *error = NULL;
  if (message->failed == NULL &&
      (!delivery_finish_copy(&message->delivery, &error) || !arrive(message, &error)))
    fail(message, error);
  if (message->failed != NULL)
    defer(message, message->failed);
  else
    add_ready(message);
}

static void
let_read(Message *message)
{
  message->state = WITH_CREW;
  crew_read(message->recorder->crew, message);
}

static gpointer
begin(Connection *connection, gpointer data)
{
  Recorder *recorder = data;
  Message *message = g_new0(Message, 1);
  message->recorder = recorder;
  message->connection = connection;
  message->hold = hold_new(recorder->folder, (size_t)recorder->basis.settings->max_parse + 1);
  return message;
}

/* Of a message that has failed, the rest is not needed. */
static bool
append(gpointer data, const char *bytes, size_t length)
{
  Message *message = data;
  GError *error = NULL;
  if (message->failed != NULL)
    return true;
  if (!hold_append(message->hold, bytes, length, &error) ||
      (message->state == REPORTED && !delivery_append(&message->delivery, bytes, length, &error))) {
    fail(message, error);
    return true;
  }
  if (message->state == REPORTED || !hold_is_full(message->hold))
    return true;
  let_read(message);
  return false;
}

static GPtrArray *
copy_recipients(const GPtrArray *recipients)
{
  GPtrArray *copy = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; i < recipients->len; i++)
    g_ptr_array_add(copy, g_strdup(g_ptr_array_index(recipients, i)));
  return copy;
}

static void
end(gpointer data, const char *sender, const GPtrArray *recipients)
{
  Message *message = data;
  message->recorder->pending++;
  message->complete = true;
  message->sender = g_strdup(sender);
  message->recipients = copy_recipients(recipients);
  if (message->failed != NULL || message->state == REPORTED)
    conclude(message);
  else if (message->state == RECEIVED)
    let_read(message);
}

/* What is complete is recorded all the same: if it comes again, it is known. */
static void
abandon(gpointer data)
{
  Message *message = data;
  message->connection = NULL;
  if (!message->complete &&
      (message->state != WITH_CREW || crew_cancel(message->recorder->crew, message)))
    message_free(message);
}

/* --- reading -----------------------------------------------------------------------------------*/

static bool
window(gpointer data, GString *out, GError **error)
{
  Message *message = data;
  if (!hold_read(message->hold, out, error))
    return false;
  message->head = g_string_new_len(out->str, (gssize)out->len);
  return true;
}

/* Of what was held, only the fields of the envelope are still needed. */
static void
release(Message *message)
{
  GString *head = message->head;
  message->head = g_string_new_len(head->str, (gssize)MIN(head->len, TRACE_OCTETS));
  g_string_free(head, TRUE);
  hold_release(message->hold);
}

static void
take_report(Message *message, Report *report, const GError *error)
{
  const Settings *settings = message->recorder->basis.settings;
  GError *cause = NULL;
  message->state = REPORTED;
  if (report != NULL) {
    delivery_take(&message->delivery, report, settings);
    if (!delivery_begin_copy(&message->delivery, message->head, settings, &cause))
      fail(message, cause);
  } else {
    fail(message, g_error_copy(error));
  }
  if (message->head != NULL)
    release(message);
}

static void begin_next(Recorder *recorder);

static void
done(gpointer data, Report *report, const GError *error)
{
  Message *message = data;
  Recorder *recorder = message->recorder;
  bool wanted = message->complete || message->connection != NULL;
  take_report(message, report, error);
  if (!wanted)
    message_free(message);
  else if (message->complete)
    conclude(message);
  else
    connection_resume(message->connection);
  begin_next(recorder);
}

/* --- what is in force --------------------------------------------------------------------------*/

static void
set_basis(Recorder *recorder, const Basis *basis)
{
  recorder->basis = *basis;
  g_free(recorder->folder);
  recorder->folder = g_path_get_dirname(basis->settings->database);
}

/* Not before no worker is busy, for they borrow what was in force. */
static void
begin_next(Recorder *recorder)
{
  g_autoptr(GError) error = NULL;
  if (recorder->next.settings == NULL || !crew_is_idle(recorder->crew))
    return;
  if (crew_replace(recorder->crew, recorder->next.rules, recorder->next.settings, &error)) {
    basis_clear(&recorder->basis);
    set_basis(recorder, &recorder->next);
    recorder->context->settings = recorder->next.settings;
    close_store(recorder); /* it may be another one, or have other thresholds */
    recorder->next = (Basis){NULL};
  } else {
    warn(recorder, error->message);
    basis_clear(&recorder->next);
  }
  crew_go_on(recorder->crew);
}

bool
recorder_reload(Recorder *recorder, GError **error)
{
  const Context *context = recorder->context;
  Settings *settings = settings_load(context->config_file, context->database, error);
  if (settings == NULL)
    return false;
  Basis fresh;
  if (!basis_load(&fresh, settings, error)) {
    basis_clear(&fresh);
    return false;
  }
  basis_clear(&recorder->next);
  recorder->next = fresh;
  crew_pause(recorder->crew);
  begin_next(recorder);
  return true;
}

Recorder *
recorder_new(Context *context, GError **error)
{
  static const CrewUser user = {window, done};
  g_autoptr(Recorder) recorder = g_new0(Recorder, 1);
  Basis basis;
  recorder->context = context;
  recorder->handler =
      (Handler){.begin = begin, .append = append, .end = end, .abandon = abandon, .data = recorder};
  recorder->ready = g_ptr_array_new();
  bool ok = basis_load(&basis, context->settings, error);
  set_basis(recorder, &basis);
  if (!ok)
    return NULL;
  recorder->crew = crew_new(&user, basis.rules, basis.settings, error);
  return recorder->crew != NULL ? g_steal_pointer(&recorder) : NULL;
}

void
recorder_free(Recorder *recorder)
{
  if (recorder == NULL)
    return;
  if (recorder->commit != 0)
    g_source_remove(recorder->commit);
  crew_free(recorder->crew);
  g_ptr_array_unref(recorder->ready);
  basis_clear(&recorder->next);
  recorder->basis.settings = NULL; /* they are the context's */
  basis_clear(&recorder->basis);
  close_store(recorder);
  g_free(recorder->folder);
  g_free(recorder->warned);
  g_free(recorder);
}

/* --- for others --------------------------------------------------------------------------------*/

const Handler *
recorder_handler(const Recorder *recorder)
{
  return &recorder->handler;
}

void
recorder_tick(Recorder *recorder)
{
  crew_tick(recorder->crew);
}

guint
recorder_pending(const Recorder *recorder)
{
  return recorder->pending;
}

const RecorderCounts *
recorder_counts(const Recorder *recorder)
{
  return &recorder->counts;
}
