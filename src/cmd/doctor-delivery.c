/* Whether a message that came now would be recorded: doctor does what a delivery does, with a
 * report of its own, and rolls it back. */
#include "config.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/permission.h"
#include "mail/digest.h"
#include "verp/keyfile.h"
#include "intake/arrival.h"
#include "intake/keep.h"
#include "record/reading.h"
#include "cmd/doctor.h"
#include "cmd/owner.h"

static const char sample[] = "From: MAILER-DAEMON@doctor.invalid\n"
                             "Subject: Undelivered Mail Returned to Sender\n"
                             "MIME-Version: 1.0\n"
                             "Content-Type: multipart/report; report-type=delivery-status;"
                             " boundary=b\n\n"
                             "--b\nContent-Type: message/delivery-status\n\n"
                             "Reporting-MTA: dns; doctor.invalid\n\n"
                             "Final-Recipient: rfc822; doctor@doctor.invalid\n"
                             "Action: failed\nStatus: 5.1.1\n"
                             "Diagnostic-Code: smtp; 550 5.1.1 no such user\n\n"
                             "--b--\n";

/* --- rules and worker --------------------------------------------------------------------------*/

/* A worker that cannot parse is not a reason to defer a message: it is kept. */
static void
check_report(Doctor *doctor, const Report *report)
{
  if (report->kind == KIND_BOUNCE)
    return;
  const char *what = report->notes & NOTE_WORKER_DIED   ? "dies"
                     : report->notes & NOTE_WORKER_LATE ? "uses up its CPU time"
                     : report->notes & NOTE_WORKER_FORBIDDEN
                         ? "is ended by its own system call filter (a newer C library?)"
                     : report->notes & NOTE_WORKER_STOPPED ? "does not answer in time"
                                                           : "cannot read an ordinary bounce";
  doctor_finding(doctor, "worker",
                 "the process that parses %s; every message is kept, and recorded as unreadable",
                 what);
}

/* NULL if a message would be deferred. */
static Report *
try_parsing(Doctor *doctor, const Rules *rules, Spool *spool)
{
  GError *error = NULL;
  unsigned notes;
  Report *report = NULL;
  g_autoptr(Worker) worker = reading_worker(rules, doctor->settings, &error);
  if (worker != NULL && reading_submit(worker, spool, &notes, &error))
    report = reading_collect(worker, notes, &error);
  if (worker != NULL && cage_layers() == 0)
    doctor_finding(
        doctor, "worker",
        "neither a system call filter nor Landlock confines the process that parses: "
        "this kernel or this build has none; [cage] required = yes would defer messages");
  if (report == NULL)
    doctor_defers(doctor, NULL, error);
  else
    check_report(doctor, report);
  return report;
}

static Report *
try_rules(Doctor *doctor, Spool *spool)
{
  GError *error = NULL;
  const char *file = doctor->settings->rules;
  g_autoptr(Rules) rules = rules_load(file, &error);
  if (rules != NULL)
    return try_parsing(doctor, rules, spool);
  g_autofree char *word = file != NULL ? permission_quote(file) : NULL;
  g_autofree char *remedy =
      word == NULL
          ? NULL
          : g_strdup_printf("correct it, and check it with: bouncedb rules check %s", word);
  doctor_defers(doctor, remedy, error);
  return NULL;
}

/* --- keys, database, Maildir -------------------------------------------------------------------*/

/* The error of a key says what is wrong with it, but not which command repairs it. signs: it signs
 * return paths; otherwise it is the one of forgotten addresses, which a new one cannot replace. */
static char *
key_command(const char *path, bool signs)
{
  struct stat st;
  if (path == NULL)
    return NULL;
  g_autofree char *word = permission_quote(path), *user = permission_user(geteuid());
  bool missing = lstat(path, &st) != 0;
  if (!missing && st.st_uid != geteuid())
    return g_strdup_printf("chown %s %s", user, word);
  if (!missing && (st.st_mode & 077) != 0)
    return g_strdup_printf("chmod 600 %s", word);
  if (!signs)
    return g_strdup("restore it from a backup");
  return g_strdup_printf(
      "restore it from a backup, or make a new one: %s%s%sbouncedb verp keygen %s",
      missing ? "" : "rm ", missing ? "" : word, missing ? "" : " && ", word);
}

static bool
try_keys(Doctor *doctor, VerpKeys *keys)
{
  const char *const paths[] = {doctor->settings->verp_key, doctor->settings->verp_key_old};
  bool ok = true;
  for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
    GError *error = NULL;
    guint8 key[KEYFILE_SIZE];
    if (paths[i] == NULL || keyfile_read(paths[i], key, &error))
      continue;
    g_autofree char *remedy = key_command(paths[i], true);
    doctor_defers(doctor, remedy, error);
    ok = false;
  }
  return ok &&
         keyfile_read_keys(doctor->settings->verp_key, doctor->settings->verp_key_old, keys, NULL);
}

/* The error says what is wrong. Only events are deferred, but nobody sees them wait. */
static void
try_webhook(Doctor *doctor)
{
  GError *error = NULL;
  if (webhook_try_keys(&doctor->settings->webhook, doctor->now, &error))
    return;
  g_prefix_error(&error, "events: ");
  doctor_defers(doctor, NULL, error);
}

/* In the default place, the first delivery creates it. */
static bool
will_be_created(Doctor *doctor)
{
  GError *error = NULL;
  const Settings *settings = doctor->settings;
  if (!settings->database_default || access(settings->database, F_OK) == 0 || errno != ENOENT)
    return false;
  if (store_can_create(settings->database, &error))
    doctor_note(doctor, "database", "%s: the first delivery creates it", settings->database);
  else
    doctor_defers(doctor, NULL, error);
  return true;
}

static Store *
try_opening(Doctor *doctor)
{
  GError *error = NULL;
  Store *store = store_open(doctor->settings->database, STORE_TRY, &error);
  if (store == NULL) {
    owner_explain(doctor->settings->database, doctor->settings->file, &error);
    doctor_defers(doctor, NULL, error);
  }
  return store;
}

/* Reads the key of the forgotten addresses, if there are any, as every delivery does. */
static void
try_recording(Doctor *doctor, Store *store, Report *report, Spool *spool, const VerpKeys *keys)
{
  GError *error = NULL;
  guint8 digest[DIGEST_SIZE];
  digest_finish(spool->digest, digest);
  g_auto(Arrival) arrival;
  arrival_init(&arrival, spool, digest, NULL, doctor->now);
  Recorded recorded;
  const TrustBasis basis = settings_trust_basis(doctor->settings, keys, doctor->now);
  if (arrival_judge(&arrival, basis, store, report, &error) &&
      store_record(store, report, &arrival.message, &recorded, &error))
    return;
  g_autofree char *path = g_strconcat(doctor->settings->database, ".key", NULL);
  bool key = g_error_matches(error, BOUNCEDB_ERROR, BOUNCEDB_ERROR_CONFIG);
  g_autofree char *remedy = key ? key_command(path, false) : NULL;
  doctor_defers(doctor, remedy, error);
}

/* (transfer full) (nullable) */
static char *
maildir_problem(const char *keep)
{
  static const char *const folders[] = {"", "tmp", "new"};
  char *problem = NULL;
  for (gsize i = 0; problem == NULL && i < G_N_ELEMENTS(folders); i++) {
    g_autofree char *folder = g_build_filename(keep, folders[i], NULL);
    problem = permission_problem(folder, *folders[i] == '\0' ? X_OK : W_OK | X_OK);
  }
  return problem;
}

/* Without the Maildir, nothing is written: the next message that is kept creates it. */
static void
try_keeping(Doctor *doctor)
{
  GError *error = NULL;
  const char *keep = doctor->settings->keep;
  g_autofree char *above = g_path_get_dirname(keep);
  bool exists = g_file_test(keep, G_FILE_TEST_EXISTS);
  g_autofree char *problem =
      exists ? maildir_problem(keep) : permission_problem(above, W_OK | X_OK);
  if (problem != NULL) {
    throw(&error, BOUNCEDB_ERROR_TEMPFAIL, "Maildir %s: %s", keep, problem);
  } else if (exists) {
    g_autoptr(KeptMessage) message = keep_begin(keep, &error);
  }
  if (error != NULL)
    doctor_defers(doctor, NULL, error);
}

bool
doctor_try_delivery(Doctor *doctor)
{
  g_auto(VerpKeys) keys = {0};
  g_auto(Spool) spool = {0};
  reading_spool_init(&spool, doctor->settings->max_parse);
  spool_update(&spool, sample, sizeof sample - 1);
  g_autoptr(Report) report = try_rules(doctor, &spool);
  bool keyed = try_keys(doctor, &keys);
  try_webhook(doctor);
  if (!owner_is_other(doctor->settings->database))
    try_keeping(doctor);
  if (will_be_created(doctor))
    return false;
  g_autoptr(Store) store = try_opening(doctor);
  if (store != NULL && report != NULL && keyed)
    try_recording(doctor, store, report, &spool, &keys);
  return store != NULL;
}
