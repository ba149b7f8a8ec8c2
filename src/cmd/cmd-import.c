/* bouncedb import: archives of mail, parsed by several workers and recorded in batches. It can be
 * interrupted at any time and started again, because what is recorded is skipped. */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/json.h"
#include "base/text.h"
#include "store/store-export.h"
#include "intake/events.h"
#include "intake/mail-files.h"
#include "intake/mail-input.h"
#include "intake/mail-move.h"
#include "intake/mbox.h"
#include "intake/shape.h"
#include "record/import.h"
#include "record/reading.h"
#include "cmd/choice.h"
#include "cmd/cmd.h"
#include "cmd/owner.h"
#include "cmd/progress.h"

enum { HEADER_OCTETS = 16 << 10 }; /* by which mail is recognised */

typedef struct {
  Import *import;
  Spool spool;
  const char *service; /* of which all files have events; NULL = they are recognised */
  MailMove *move;      /* where messages go when they are recorded; NULL = they stay */
  Progress progress;
  gint64 done;    /* octets of the files that are finished */
  guint unread;   /* files that could not be read */
  GError *failed; /* what ends the import */
} Run;

static volatile sig_atomic_t stopped;

static void
stop(int signal)
{
  (void)signal;
  stopped = 1;
}

static void
catch_signals(void)
{
  static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
  const struct sigaction action = {.sa_handler = stop};
  for (gsize i = 0; i < G_N_ELEMENTS(signals); i++) {
    struct sigaction inherited;
    /* what is ignored stays so: nohup(1) */
    if (sigaction(signals[i], NULL, &inherited) == 0 && inherited.sa_handler != SIG_IGN)
      sigaction(signals[i], &action, NULL);
  }
}

static void
complain(Run *run, const char *path, const char *why)
{
  g_autofree char *clean = escape_terminal(path);
  progress_end(&run->progress);
  fprintf(stderr, "bouncedb: %s: %s\n", clean, why);
  run->unread++;
}

static void
complain_unmoved(const char *path, const char *why, gpointer run)
{
  g_autofree char *text = g_strdup_printf("recorded, but not moved: %s", why);
  complain(run, path, text);
}

static void
move_files(const GPtrArray *files, gpointer data)
{
  Run *run = data;
  mail_move_files(run->move, files, complain_unmoved, run);
}

/* For the progress bar only: files may change before they are read. */
static bool
count_octets(const MailFile *file, gpointer data)
{
  gint64 *total = data;
  *total += file->size;
  return !stopped;
}

/* Whatever is in a Maildir is a message. Elsewhere, nothing is recorded of what is not mail. */
static bool
is_mail(Run *run, Mbox *mbox, const MailFile *file)
{
  size_t length;
  g_autoptr(GError) error = NULL;
  const char *head = mbox_peek(mbox, HEADER_OCTETS, &length, &error);
  const char *why = head == NULL ? error->message : shape_is_not_mail(head, length);
  if (why != NULL && !file->maildir)
    complain(run, file->path, why);
  return why == NULL || file->maildir;
}

/* The beginning of a file with events; NULL if it has mail. In a Maildir there is only mail, unless
 * --from says otherwise. (transfer full) (nullable) */
static Events *
find_events(const Run *run, int fd, Mbox *mbox, const MailFile *file)
{
  size_t length;
  const char *head = mbox_peek(mbox, HEADER_OCTETS, &length, NULL);
  bool found =
      head != NULL && (run->service != NULL || (!file->maildir && events_are(head, length)));
  return found ? events_new(fd, head, length, run->service) : NULL;
}

/* Returns false if the import has to end. */
static bool
import_events(Run *run, Events *events, const MailFile *file)
{
  gint64 octets = 0;
  bool found = true;
  while (!stopped && found) {
    g_autoptr(GError) error = NULL;
    if (!events_next(events, &run->spool, &found, &error)) {
      complain(run, file->path, error->message);
      break;
    }
    octets += found ? run->spool.size : 0;
    if (found && !import_event(run->import, &run->spool, &run->failed))
      return false;
    progress_show(&run->progress, run->done + MIN(octets, file->size),
                  import_counts(run->import)->messages);
  }
  return !stopped;
}

/* Imports the messages in an open file. Returns false if the import has to end. */
static bool
import_file(Run *run, int fd, const MailFile *file)
{
  g_autoptr(Mbox) mbox = mbox_new(fd, !file->maildir);
  g_autoptr(Events) events = find_events(run, fd, mbox, file);
  gint64 octets = 0;
  if (events != NULL)
    return import_events(run, events, file);
  if (!is_mail(run, mbox, file))
    return true;
  while (!stopped) {
    bool found;
    g_autoptr(GError) error = NULL;
    if (!mbox_next(mbox, &run->spool, &found, &error)) {
      complain(run, file->path, error->message);
      spool_reset(&run->spool);
      return true;
    }
    if (!found)
      return true;
    octets += run->spool.size;
    if (!import_message(run->import, &run->spool, run->move != NULL ? file->path : NULL,
                        &run->failed))
      return false;
    /* a compressed file holds more than its size */
    progress_show(&run->progress, run->done + MIN(octets, file->size),
                  import_counts(run->import)->messages);
  }
  return false;
}

/* A file that cannot be read does not end the import; the exit status tells. */
static bool
visit(const MailFile *file, gpointer data)
{
  Run *run = data;
  if (file->error != 0) {
    complain(run, file->path, g_strerror(file->error));
    return true;
  }
  g_autoptr(GError) error = NULL;
  g_autoptr(MailInput) input = mail_input_open(file->path, &error);
  bool go_on = input == NULL || import_file(run, mail_input_fd(input), file);
  if (input == NULL || (go_on && !mail_input_finish(input, &error)))
    complain(run, file->path, error->message);
  run->done += file->size;
  return go_on;
}

/* One mailbox, of unknown length. */
static bool
import_stdin(Run *run)
{
  const MailFile file = {.path = "standard input"};
  return import_file(run, STDIN_FILENO, &file);
}

static bool
import_path(Run *run, const char *path)
{
  return strcmp(path, "-") == 0 ? import_stdin(run) : mail_files_each(path, visit, run);
}

static void
print_counts(const ImportCounts *counts, bool failures)
{
  for (int i = 0; i < (failures ? N_CLASSES : N_KINDS); i++) {
    guint64 n = failures ? counts->classes[i] : counts->kinds[i];
    const char *name = failures ? class_name(i) : kind_name(i);
    if (n > 0 && *name != '\0')
      printf("  %-12s %" G_GUINT64_FORMAT "\n", name, n);
  }
}

/* Totals of what print_counts() lists. */
static guint64
sum(const guint64 *counts, int from, int to)
{
  guint64 total = 0;
  for (int i = from; i < to; i++)
    total += counts[i];
  return total;
}

static void
print_summary(const ImportCounts *counts, const StoreChanges *changes)
{
  guint64 failures = sum(counts->classes, CLASS_NONE + 1, N_CLASSES);
  g_autofree char *messages = text_count(counts->messages, "message", "messages");
  g_autofree char *recipients = text_count(failures, "failed recipient", "failed recipients");
  g_autofree char *added = text_count((guint64)changes->added, "address", "addresses");
  printf("%s read, %" G_GUINT64_FORMAT " recorded, %" G_GUINT64_FORMAT " already known\n", messages,
         sum(counts->kinds, 0, N_KINDS), counts->duplicates);
  print_counts(counts, false);
  if (counts->passed > 0)
    printf("%" G_GUINT64_FORMAT " passed over: they tell nothing about a delivery\n",
           counts->passed);
  if (failures > 0) {
    puts(recipients);
    print_counts(counts, true);
  }
  if (counts->repeated > 0)
    printf("%" G_GUINT64_FORMAT " of these %s already recorded from another message\n",
           counts->repeated, counts->repeated == 1 ? "was" : "were");
  printf("%s suppressed, %" G_GINT64_FORMAT " lifted; the guard holds %" G_GINT64_FORMAT "%s\n",
         added, changes->removed, changes->held, changes->held > 0 ? " (bouncedb doctor)" : "");
}

static void
add_counts(Json *json, const ImportCounts *counts, bool failures)
{
  json_open(json, failures ? "classes" : "kinds", '{');
  for (int i = failures ? CLASS_NONE + 1 : 0; i < (failures ? N_CLASSES : N_KINDS); i++)
    json_int(json, failures ? class_name((Class)i) : kind_name((Kind)i),
             (gint64)(failures ? counts->classes[i] : counts->kinds[i]));
  json_close(json, '}');
}

static void
print_json(const ImportCounts *counts, const StoreChanges *changes, guint unread)
{
  Json json = json_begin();
  json_int(&json, "messages", (gint64)counts->messages);
  json_int(&json, "recorded", (gint64)sum(counts->kinds, 0, N_KINDS));
  json_int(&json, "already_known", (gint64)counts->duplicates);
  json_int(&json, "passed_over", (gint64)counts->passed);
  json_int(&json, "unreadable_files", unread);
  add_counts(&json, counts, false);
  add_counts(&json, counts, true);
  json_int(&json, "repeated", (gint64)counts->repeated);
  json_int(&json, "suppressed", changes->added);
  json_int(&json, "lifted", changes->removed);
  json_int(&json, "held", changes->held);
  json_print(&json);
}

/* Events that nobody understands are still where they came from. */
static void
tell_unknown(Run *run)
{
  guint64 n = import_counts(run->import)->unknown;
  if (n == 0)
    return;
  g_autofree char *events = text_count(n, "event was", "events were");
  g_autofree char *writes = run->service != NULL
                                ? g_strconcat(run->service, " does not write", NULL)
                                : g_strdup("no known service writes");
  fprintf(stderr, "bouncedb: %s not recorded: %s such events\n", events, writes);
  run->unread++;
}

/* Whatever ends the import, what has been read is committed, unless the database failed. */
static bool
import_paths(Run *run, char **paths, GError **error)
{
  gint64 total = 0;
  for (char **path = paths; *path != NULL; path++)
    if (strcmp(*path, "-") != 0)
      mail_files_each(*path, count_octets, &total);
  progress_start(&run->progress, total);
  for (char **path = paths; *path != NULL; path++)
    if (!import_path(run, *path))
      break;
  progress_end(&run->progress);
  if (run->failed != NULL) {
    g_propagate_error(error, g_steal_pointer(&run->failed));
    return false;
  }
  return import_flush(run->import, error);
}

/* A message that is not recorded is not known, so the next import reads it. */
static bool
check_stopped(const ImportCounts *counts, GError **error)
{
  g_autofree char *messages = text_count(counts->stopped, "message was", "messages were");
  return counts->stopped == 0 ||
         throw(error, BOUNCEDB_ERROR_TEMPFAIL, "%s not recorded, because %s; import again",
               messages, reading_stopped);
}

typedef struct {
  int workers;
  gboolean json;
  const char *service;
  const char *move_to; /* nullable */
} ImportOptions;

/* *move: NULL if nothing is to be moved. */
static bool
find_place(const ImportOptions *options, char **paths, MailMove **move, GError **error)
{
  if (options->move_to == NULL)
    return true;
  if (options->service != NULL)
    return throw(error, BOUNCEDB_ERROR_USAGE, "--move-to is for messages, and --from for events");
  *move = mail_move_new(options->move_to, error);
  for (; *move != NULL && *paths != NULL; paths++)
    if (!mail_move_check(*move, *paths, error))
      return false;
  return *move != NULL;
}

static bool
run_import(const Context *context, char **paths, const ImportOptions *options, guint *unread,
           GError **error)
{
  const Settings *settings = context->settings;
  g_autoptr(Rules) rules = rules_load(settings->rules, error);
  if (rules == NULL)
    return false;
  g_autoptr(Store) store = cmd_open_store(context, error);
  g_autoptr(MailMove) move = NULL;
  if (store == NULL || !find_place(options, paths, &move, error))
    return false;
  g_autoptr(Import) import =
      import_new(store, rules, settings, context->now, (guint)options->workers, error);
  if (import == NULL)
    return false;
  gint64 before;
  StoreChanges changes;
  if (!store_sequence(store, &before, error))
    return false;
  Run run = {.import = import, .service = options->service, .move = move};
  import_tell(import, move_files, &run);
  reading_spool_init(&run.spool, settings->max_parse);
  catch_signals();
  bool ok = import_paths(&run, paths, error) && store_changes(store, before, &changes, error);
  spool_clear(&run.spool);
  tell_unknown(&run);
  *unread = run.unread;
  if (ok && options->json)
    print_json(import_counts(import), &changes, run.unread);
  else if (ok && !context->quiet)
    print_summary(import_counts(import), &changes);
  return ok && check_stopped(import_counts(import), error);
}

bool
cmd_import(Context *context, int argc, char **argv, GError **error)
{
  ImportOptions options = {0};
  g_autofree char *from = NULL, *move_to = NULL;
  const GOptionEntry entries[] = {
      {"from", 0, 0, G_OPTION_ARG_STRING, &from,
       "The files are events of the sending service SERVICE, as JSON or CSV", "SERVICE"},
      {"move-to", 0, 0, G_OPTION_ARG_FILENAME, &move_to,
       "Move each message out of its Maildir to DIR once it is recorded", "DIR"},
      {"workers", 'j', 0, G_OPTION_ARG_INT, &options.workers,
       "Read with N processes in parallel (default: one per processor)", "N"},
      {"json", 0, 0, G_OPTION_ARG_NONE, &options.json, "Print the summary as a JSON object", NULL},
      G_OPTION_ENTRY_NULL};
  if (!cmd_options(
          context, "FILE|DIR|-...",
          "Record the messages in mbox files, Maildirs, and directories with one message\n"
          "per file, and the events of sending services (azure, brevo, mailchimp-transactional,\n"
          "mailgun, mailjet, postmark, sendgrid, ses, sparkpost). Messages that are already\n"
          "recorded are skipped, so an interrupted import can be started again. A hyphen reads\n"
          "an mbox or a message from standard input.",
          entries, &argc, &argv, error))
    return false;
  if (argc < 2)
    return throw(error, BOUNCEDB_ERROR_USAGE,
                 "import needs a file, a directory, or - for standard input");
  if (options.workers < 0)
    return throw(error, BOUNCEDB_ERROR_USAGE, "--workers must not be negative");
  guint unread;
  options.move_to = move_to;
  if (!choice_service(from, &options.service, error) ||
      !run_import(context, argv + 1, &options, &unread, error))
    return false;
  if (stopped)
    return throw(error, BOUNCEDB_ERROR_TEMPFAIL,
                 "interrupted; what was read is recorded; to continue, run the same command again");
  if (unread > 0 && owner_became() != NULL)
    fprintf(
        stderr,
        "bouncedb: this ran as user %s, which owns the database; root can pass a file to it with"
        " bouncedb import - <FILE\n",
        owner_became());
  context->status = unread > 0 ? EXIT_DATA : EXIT_OK;
  return true;
}
