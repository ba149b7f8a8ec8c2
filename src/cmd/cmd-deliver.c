/* bouncedb deliver: reads one message from a mail server to its end, and records it.
 *
 * The exit status is 0 if the message is on disk, and 75 in all other cases: then the mail server
 * keeps it and tries again. So an error of ours never loses a message, and a message that cannot be
 * understood is not a failure: it is kept, and recorded as unreadable. An empty message is a
 * message like any other (kind other). */
#include "config.h"

#include <unistd.h>

#include "mail/address.h"
#include "verp/keyfile.h"
#include "export/list-files.h"
#include "intake/arrival.h"
#include "intake/keep.h"
#include "cmd/cmd.h"
#include "cmd/log.h"
#include "cmd/reading.h"
#include "cmd/tempfail.h"

enum {
  TIME_LIMIT = 300, /* seconds; the limits of mail servers begin at 300 (OpenSMTPD) */
};

typedef struct {
  char *recipient;
  char *sender;
} Options;

static void
options_clear(Options *options)
{
  g_free(options->recipient);
  g_free(options->sender);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

/* If we exit before the end of the message, some mail servers see an error of their own instead of
 * the status 75. */
static void
read_rest(void)
{
  char buffer[64 << 10];
  if (!isatty(STDIN_FILENO))
    while (read(STDIN_FILENO, buffer, sizeof buffer) > 0)
      ;
}

/* Messages are kept as they came if no report can take their place. */
static bool
is_kept(Kind kind)
{
  return kind == KIND_OTHER || kind == KIND_CHALLENGE || kind == KIND_UNREADABLE;
}

static bool
append_rest(gpointer data, const char *bytes, size_t length, GError **error)
{
  return keep_append(data, bytes, length, error);
}

/* Begins to keep the message, with what has been read so far. (nullable) */
static KeptLetter *
keep_head(const Settings *settings, const Spool *spool, GError **error)
{
  g_autoptr(KeptLetter) letter = keep_begin(settings->keep, error);
  if (letter == NULL || !keep_append(letter, spool->head->str, spool->head->len, error))
    return NULL;
  return g_steal_pointer(&letter);
}

/* The message appears in the Maildir between being recorded and the commit. So it is never recorded
 * without being kept, and a duplicate is not kept again, wherever the first copy is by now. */
static bool
record(Store *store, const Report *report, const StoreMessage *message, KeptLetter *letter,
       Recorded *recorded, GError **error)
{
  if (!store_begin(store, error))
    return false;
  bool ok = store_record(store, report, message, recorded, error) &&
            (letter == NULL || recorded->duplicate || keep_publish(letter, message->digest, error));
  if (!ok) {
    store_rollback(store);
    return false;
  }
  return store_commit(store, error);
}

/* List files are derived from the database: if one cannot be written, the message is recorded
 * nevertheless, and the next delivery tries again. */
static void
update_lists(Store *store, const Settings *settings)
{
  g_autoptr(GError) error = NULL;
  if (!list_files_update(store, settings->lists, &error) && settings->syslog)
    log_warning(error->message);
}

/* The key is read this late so that the worker, which parses strangers' bytes and was forked
 * before, does not have it. */
static bool
judge(const Context *context, Arrival *arrival, Store *store, Report *report, GError **error)
{
  const Settings *settings = context->settings;
  g_auto(VerpKeys) keys = {0};
  return keyfile_read_keys(settings->verp_key, settings->verp_key_old, &keys, error) &&
         arrival_judge(arrival, settings_trust_basis(settings, &keys, context->now), store, report,
                       error);
}

static void
tell(const Settings *settings, const Report *report, const Recorded *recorded)
{
  if (!settings->syslog)
    return;
  log_report(report, recorded);
  if (recorded->warn)
    log_held();
}

/* What follows when the message has been read to its end. */
static bool
finish(const Context *context, const ArrivalOptions *options, Store *store, Spool *spool,
       Report *report, KeptLetter *letter, GError **error)
{
  const Settings *settings = context->settings;
  guint8 digest[DIGEST_SIZE];
  digest_finish(spool->digest, digest);
  g_auto(Arrival) arrival;
  arrival_init(&arrival, spool, digest, options, context->now);
  if ((letter != NULL && !keep_sync(letter, error)) ||
      !judge(context, &arrival, store, report, error))
    return false;
  g_autofree char *kept = letter != NULL ? keep_path(settings->keep, digest) : NULL;
  arrival.message.kept = kept;
  Recorded recorded;
  if (!record(store, report, &arrival.message, letter, &recorded, error))
    return false;
  update_lists(store, settings);
  tell(settings, report, &recorded);
  return true;
}

/* The worker is forked before the first byte is read. While it parses, the database is opened. */
static bool
deliver(const Context *context, const Options *options, GError **error)
{
  const Settings *settings = context->settings;
  g_autoptr(Rules) rules = rules_load(settings->rules, error);
  g_autoptr(Worker) worker = rules != NULL ? worker_new(rules, NULL, error) : NULL;
  if (worker == NULL)
    return false;
  g_auto(Spool) spool = {0};
  reading_spool_init(&spool, settings->max_parse);
  bool more;
  unsigned notes;
  if (!spool_fill(&spool, STDIN_FILENO, &more, error))
    return false;
  worker_split_cpus(worker);
  if (!reading_submit(worker, &spool, &notes, error))
    return false;
  g_autoptr(Store) store = cmd_open_store(settings, error);
  if (store == NULL)
    return false;
  g_autoptr(Report) report = reading_collect(worker, notes);
  worker_dismiss(worker);
  if (!settings->subject)
    g_clear_pointer(&report->subject, g_free);
  g_autoptr(KeptLetter) letter = NULL;
  if (is_kept(report->kind) && (letter = keep_head(settings, &spool, error)) == NULL)
    return false;
  if (more &&
      !spool_drain(&spool, STDIN_FILENO, letter != NULL ? append_rest : NULL, letter, error))
    return false;
  const char *base = settings->verp_base;
  const ArrivalOptions envelope = {options->sender, options->recipient,
                                   base != NULL ? address_domain(base) : NULL};
  if (!finish(context, &envelope, store, &spool, report, letter, error))
    return false;
  store_close_at_exit(g_steal_pointer(&store));
  return true;
}

bool
cmd_deliver(Context *context, int argc, char **argv, GError **error)
{
  tempfail_arm(TIME_LIMIT);
  g_auto(Options) options = {0};
  const GOptionEntry entries[] = {{"recipient", 0, 0, G_OPTION_ARG_FILENAME, &options.recipient,
                                   "The address that the message was sent to", "ADDRESS"},
                                  {"sender", 'f', 0, G_OPTION_ARG_FILENAME, &options.sender,
                                   "The envelope sender; empty for the null sender", "ADDRESS"},
                                  G_OPTION_ENTRY_NULL};
  bool ok = cmd_options(context, NULL,
                        "Record the message on standard input. Exit status: 0, or 75 to try again.",
                        entries, &argc, &argv, error);
  if (context->helped)
    return false;
  if (ok && argc > 1)
    ok = throw(error, BOUNCEDB_ERROR_USAGE, "deliver takes no arguments: %s", argv[1]);
  ok = ok && deliver(context, &options, error);
  if (!ok)
    read_rest();
  return ok;
}
