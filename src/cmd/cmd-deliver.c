/* bouncedb deliver: one message from a mail server, read to its end and recorded.
 *
 * Two answers only: 0 where the message is on disk, 75 for everything else, and then the mail
 * server keeps it and tries again. So a letter that cannot be understood is no failure: it is kept
 * and recorded as unreadable; and an error of ours never costs a letter. An empty message is a
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
  PATIENCE = 300, /* seconds; mail servers' own limits begin at 300 (OpenSMTPD) */
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

/* Some mail servers take an end of reading before the end of the message for a failure of another
 * kind than 75. Standard input that cannot be read has no rest. */
static void
read_rest(void)
{
  char buffer[64 << 10];
  if (!isatty(STDIN_FILENO))
    while (read(STDIN_FILENO, buffer, sizeof buffer) > 0)
      ;
}

/* Letters that no report can stand for are kept as they came. */
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

/* Begins to keep the letter: what has been read so far. (nullable) */
static KeptLetter *
keep_head(const Settings *settings, const Spool *spool, GError **error)
{
  g_autoptr(KeptLetter) letter = keep_begin(settings->keep, error);
  if (letter == NULL || !keep_append(letter, spool->head->str, spool->head->len, error))
    return NULL;
  return g_steal_pointer(&letter);
}

/* The letter is shown in the Maildir between the record and its commit: so it is never recorded
 * without being kept, and a duplicate is not kept again, wherever the first one is by now. */
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

/* The lists follow from the database: where one cannot be written, the message is recorded all the
 * same, and the next delivery tries again. */
static void
update_lists(Store *store, const Settings *settings)
{
  g_autoptr(GError) error = NULL;
  if (!list_files_update(store, settings->lists, &error) && settings->syslog)
    log_warning(error->message);
}

/* The key is read only now: the worker, which reads what strangers wrote, was forked before. */
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

/* Everything after the last byte was read. */
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

/* The worker is there before the first byte is; while it reads, the database is opened. */
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
  tempfail_arm(PATIENCE);
  g_auto(Options) options = {0};
  const GOptionEntry entries[] = {{"recipient", 0, 0, G_OPTION_ARG_FILENAME, &options.recipient,
                                   "The address that the message came to", "ADDRESS"},
                                  {"sender", 'f', 0, G_OPTION_ARG_FILENAME, &options.sender,
                                   "The envelope sender; empty for the null sender", "ADDRESS"},
                                  G_OPTION_ENTRY_NULL};
  bool ok = cmd_options(context, NULL, "Records the message on standard input. Exits 0 or 75.",
                        entries, &argc, &argv, error);
  if (context->helped)
    return false;
  if (ok && argc > 1)
    ok = throw(error, BOUNCEDB_ERROR_USAGE, "deliver takes no argument: %s", argv[1]);
  ok = ok && deliver(context, &options, error);
  if (!ok)
    read_rest();
  return ok;
}
