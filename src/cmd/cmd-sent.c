/* bouncedb sent: records recent recipients, and what was sent to them, from the mail server's log.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dates.h"
#include "base/json.h"
#include "base/text.h"
#include "mail/address.h"
#include "store/store-alive.h"
#include "store/store-sent.h"
#include "intake/maillog.h"
#include "cmd/cmd.h"

enum {
  BATCH = 5000, /* addresses per transaction, for which deliveries may have to wait */
};

typedef struct {
  char *address;
  gint64 at, accepted, message; /* as in MailLogRecipient */
} Sent;

typedef struct {
  Store *store;
  gint64 now, since; /* Unix seconds; messages older than since are of no use */
  Sent batch[BATCH];
  guint n;
  guint64 found, lines, recorded, taken, matchable;
  guint64 understood; /* lines of a log, or of a list of addresses */
  GPtrArray *resumed; /* (element-type char*) ids of messages that were in the queue */
  GError **error;
} Collector;

static bool
record(Store *store, const Sent *sent, GError **error)
{
  return store_sent_add(store, sent->address, sent->message, sent->at, error) &&
         (sent->accepted == 0 || store_accepted(store, sent->address, sent->accepted, error));
}

static bool
record_batch(Collector *collector)
{
  bool ok = true;
  for (guint i = 0; i < collector->n; i++) {
    ok = ok && record(collector->store, &collector->batch[i], collector->error);
    g_free(collector->batch[i].address);
  }
  collector->n = 0;
  return ok;
}

static bool
flush(Collector *collector)
{
  Store *store = collector->store;
  return store_begin(store, collector->error) &&
         store_end(store, record_batch(collector), collector->error);
}

/* The batch is flushed between lines, not here: a line has at most two addresses. */
static void
collect(const MailLogRecipient *recipient, gpointer data)
{
  Collector *collector = data;
  collector->found++;
  if (recipient->at < collector->since)
    return;
  collector->batch[collector->n++] = (Sent){.address = g_strdup(recipient->address),
                                            .at = recipient->at,
                                            .accepted = recipient->accepted,
                                            .message = recipient->message};
  collector->recorded++;
  collector->taken += recipient->accepted != 0;
  collector->matchable += recipient->message != 0;
}

/* --- the queue, between one log and the next ---------------------------------------------------*/

typedef struct {
  MailLog *log;
  Collector *collector;
} Resume;

static bool
resume(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  const Resume *to = data;
  const MailLogQueued queued = {.message = store_cell_int(cells, n, "message"),
                                .counts = (int)store_cell_int(cells, n, "counts"),
                                .at = store_cell_int(cells, n, "at")};
  const char *id = store_cell(cells, n, "id");
  maillog_resume(to->log, id, &queued);
  g_ptr_array_add(to->collector->resumed, g_strdup(id));
  return true;
}

static gint64
hash(const char *message_id, gconstpointer store)
{
  return store_sent_hash(store, message_id);
}

static bool
begin(Collector *collector, MailLog *log)
{
  Store *store = collector->store;
  Resume to = {log, collector};
  if (!store_begin(store, collector->error))
    return false;
  if (!store_sent_begin(store, collector->error) ||
      !store_each_queued(store, resume, &to, collector->error)) {
    store_rollback(store);
    return false;
  }
  maillog_hash_with(log, hash, store);
  return store_commit(store, collector->error);
}

static bool
keep_queued(const char *id, const MailLogQueued *known, gpointer data, GError **error)
{
  const StoreQueued queued = {
      .id = id, .message = known->message, .counts = known->counts, .at = known->at};
  return store_queued_add(data, &queued, error);
}

static bool
keep_queue(const Collector *collector, const MailLog *log)
{
  for (guint i = 0; i < collector->resumed->len; i++)
    if (!store_queued_remove(collector->store, g_ptr_array_index(collector->resumed, i),
                             collector->error))
      return false;
  return maillog_each_queued(log, keep_queued, collector->store, collector->error);
}

/* What is too old is removed in the same transaction, so the tables do not grow. */
static bool
finish(Collector *collector, const MailLog *log)
{
  Store *store = collector->store;
  if (!store_begin(store, collector->error))
    return false;
  bool ok = record_batch(collector) && keep_queue(collector, log) &&
            store_sent_prune(store, collector->since, collector->error) &&
            store_alive_prune(store, collector->now, collector->error);
  return store_end(store, ok, collector->error);
}

/* --- logs --------------------------------------------------------------------------------------*/

static void
take_line(MailLog *log, bool plain, const char *line, gint64 now, Collector *collector)
{
  if (!plain) {
    collector->understood += maillog_line(log, line, collect, collector);
    return;
  }
  g_autofree char *address = address_parse(line, false);
  const MailLogRecipient recipient = {.address = address, .at = now};
  if (address == NULL)
    return;
  collector->understood++;
  collect(&recipient, collector);
}

static bool
read_lines(FILE *in, MailLog *log, bool plain, gint64 now, Collector *collector)
{
  char *line = NULL;
  size_t size = 0;
  bool ok = true;
  while (ok && getline(&line, &size, in) >= 0) {
    g_strchomp(line);
    take_line(log, plain, line, now, collector);
    collector->lines++;
    if (collector->n + 2 > BATCH)
      ok = flush(collector);
  }
  free(line);
  return ok && (ferror(in) == 0 || throw_errno(collector->error, "cannot read the log"));
}

static void
close_log(gpointer in)
{
  if (in != stdin)
    fclose(in);
}

/* Opens them all before the database, for root, who can read the log, may become the owner of the
 * database, who cannot. (element-type FILE) (transfer full) (nullable) */
static GPtrArray *
open_logs(char **files, GError **error)
{
  g_autoptr(GPtrArray) logs = g_ptr_array_new_with_free_func(close_log);
  if (*files == NULL)
    g_ptr_array_add(logs, stdin);
  for (; *files != NULL; files++) {
    FILE *in = strcmp(*files, "-") == 0 ? stdin : fopen(*files, "re");
    if (in == NULL) {
      throw(error, BOUNCEDB_ERROR_DATA, "%s: %s", *files, g_strerror(errno));
      return NULL;
    }
    g_ptr_array_add(logs, in);
  }
  return g_steal_pointer(&logs);
}

static bool
read_logs(const GPtrArray *logs, MailLog *log, bool plain, gint64 now, Collector *collector)
{
  for (guint i = 0; i < logs->len; i++)
    if (!read_lines(g_ptr_array_index(logs, i), log, plain, now, collector))
      return false;
  return true;
}

static void
tell(const Context *context, const Collector *collector, bool plain)
{
  guint64 older = collector->found - collector->recorded;
  if (context->json) {
    Json json = json_begin();
    json_int(&json, "lines", (gint64)collector->lines);
    json_int(&json, "recorded", (gint64)collector->recorded);
    json_int(&json, "accepted", (gint64)collector->taken);
    json_int(&json, "message_ids", (gint64)collector->matchable);
    json_int(&json, "too_old", (gint64)older);
    json_print(&json);
    return;
  }
  g_autofree char *lines = text_count(collector->lines, "line", "lines");
  g_autofree char *attempts = text_count(collector->recorded, "delivery", "deliveries");
  g_autofree char *addresses = text_count(collector->recorded, "address", "addresses");
  g_autofree char *ignored =
      older == 0 ? g_strdup("")
                 : g_strdup_printf(", %" G_GUINT64_FORMAT " too old ([verp] sent-days)", older);
  if (plain)
    cmd_say(context, "%s read: %s", lines, addresses);
  else
    cmd_say(context,
            "%s read: %s, %" G_GUINT64_FORMAT
            " accepted by the recipient's host, %" G_GUINT64_FORMAT " with a known Message-ID%s",
            lines, attempts, collector->taken, collector->matchable, ignored);
}

/* An hour without mail is not an error; a file that is not a log is one. */
static bool
check_input(const Collector *collector, bool plain, GError **error)
{
  if (collector->lines == 0 || collector->understood > 0)
    return true;
  return plain ? throw(error, BOUNCEDB_ERROR_DATA, "no line of the input is an address")
               : throw(error, BOUNCEDB_ERROR_DATA,
                       "no line of the input is from a log; a list of addresses needs --plain");
}

bool
cmd_sent(Context *context, int argc, char **argv, GError **error)
{
  g_autofree char *sender = NULL;
  gboolean plain = FALSE;
  const GOptionEntry entries[] = {
      {"plain", 0, 0, G_OPTION_ARG_NONE, &plain,
       "The input is a list of addresses just written to, one per line", NULL},
      {"json", 0, 0, G_OPTION_ARG_NONE, &context->json, "Print a JSON object", NULL},
      {"sender", 'f', 0, G_OPTION_ARG_FILENAME, &sender,
       "Only messages from this envelope sender, with any extension", "ADDRESS"},
      G_OPTION_ENTRY_NULL};
  if (!cmd_options(
          context, "[FILE|-]...",
          "Record recent recipients, and what was sent to them, from the log of Postfix or Exim,\n"
          "so that forged reports are recognised. A hyphen, or no argument, means standard input.\n"
          "Reading a log twice does no harm.",
          entries, &argc, &argv, error))
    return false;
  g_autoptr(GPtrArray) logs = open_logs(argv + 1, error);
  g_autoptr(Store) store = logs != NULL ? cmd_open_store(context, error) : NULL;
  if (store == NULL)
    return false;
  g_autoptr(MailLog) log = maillog_new(sender, context->settings->relays, context->now);
  g_autoptr(GPtrArray) resumed = g_ptr_array_new_with_free_func(g_free);
  g_autofree Collector *collector = g_new0(Collector, 1);
  collector->resumed = resumed;
  collector->store = store;
  collector->now = context->now;
  collector->since = context->now - context->settings->sent_days * SECONDS_PER_DAY;
  collector->error = error;
  if (!begin(collector, log) || !read_logs(logs, log, plain, context->now, collector) ||
      !finish(collector, log) || !check_input(collector, plain, error))
    return false;
  tell(context, collector, plain);
  return true;
}
