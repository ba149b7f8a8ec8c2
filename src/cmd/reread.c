/* Each message is a transaction of its own, for reading one may take seconds. The copy goes last:
 * who is interrupted in between finds it named in the database, and removes it the next time. */
#include "config.h"

#include "cmd/reread.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "base/hex.h"
#include "base/safe-file.h"
#include "base/text.h"
#include "mail/address.h"
#include "verp/keyfile.h"
#include "store/store-arrivals.h"
#include "export/list-files.h"
#include "intake/arrival.h"
#include "intake/keep-find.h"
#include "record/log.h"
#include "record/reading.h"
#include "cmd/reclassify-changes.h"

/* A message that could not be read, as it is recorded. */
typedef struct {
  gint64 message_id;
  guint8 digest[DIGEST_SIZE];
  char *kept, *sender, *recipient;
  gint64 size, received_at;
} Unread;

/* What it is now. */
typedef struct {
  gint64 message_id;
  Kind kind;
  guint recipients;
} Read;

typedef struct {
  const Settings *settings;
  Store *store;
  Worker *worker;
  const VerpKeys *keys;
  Decision decision;
  GPtrArray *unread; /* (element-type Unread) */
  GArray *read;      /* (element-type Read) */
  guint missing;     /* no longer kept */
  guint stopped;     /* the worker was, from outside */
  bool warn;         /* the guard holds entries */
  Changes *changes;
} Run;

static void
unread_free(gpointer data)
{
  Unread *unread = data;
  g_free(unread->kept);
  g_free(unread->sender);
  g_free(unread->recipient);
  g_free(unread);
}

static bool
collect_unread(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  Unread *unread = g_new0(Unread, 1);
  unread->message_id = store_cell_int(cells, n, "message_id");
  hex_read(store_cell(cells, n, "digest"), unread->digest, DIGEST_SIZE);
  unread->kept = g_strdup(store_cell(cells, n, "kept"));
  unread->sender = g_strdup(store_cell(cells, n, "envelope_sender"));
  unread->recipient = g_strdup(store_cell(cells, n, "envelope_recipient"));
  unread->size = store_cell_int(cells, n, "size");
  unread->received_at = store_cell_int(cells, n, "received_at");
  g_ptr_array_add(data, unread);
  return true;
}

/* --- reading -----------------------------------------------------------------------------------*/

/* Of a long message only the beginning and the end were kept; any other must be the one that came.
 */
static bool
is_copy_of(const Spool *spool, const Unread *unread)
{
  guint8 digest[DIGEST_SIZE];
  digest_finish(spool->digest, digest);
  return spool->size < unread->size || memcmp(digest, unread->digest, DIGEST_SIZE) == 0;
}

/* *found: false = it is not there any longer. */
static bool
read_copy(const Unread *unread, Spool *spool, bool *found, GError **error)
{
  g_autofree char *path = NULL;
  *found = false;
  kept_find(unread->kept, &path);
  if (path == NULL)
    return true;
  int fd = safe_open(path, O_RDONLY, SAFE_REGULAR, BOUNCEDB_ERROR_TEMPFAIL, error);
  if (fd < 0)
    return false;
  bool ok = reading_fill(spool, fd, path, error);
  close(fd);
  *found = ok && is_copy_of(spool, unread);
  return ok;
}

static Report *
read_report(Run *run, const Unread *unread, const Spool *spool, GError **error)
{
  unsigned notes;
  if (!reading_submit(run->worker, spool, &notes, error))
    return NULL;
  Report *report = reading_collect(run->worker, notes, error);
  if (report == NULL)
    return NULL;
  run->stopped += reading_was_stopped(report);
  if (spool->size < unread->size)
    report->notes |= NOTE_WINDOW_CUT;
  if (!run->settings->subject)
    g_clear_pointer(&report->subject, g_free);
  return report;
}

/* --- recording ---------------------------------------------------------------------------------*/

static bool
note_entries_before(Run *run, const Report *report, GError **error)
{
  for (guint i = 0; i < report->recipients->len; i++) {
    const Recipient *recipient = report_recipient(report, i);
    g_autofree char *address =
        recipient->recipient != NULL ? g_ascii_strdown(recipient->recipient, -1) : NULL;
    EntryChange *entry = address != NULL ? changes_add_entry(run->changes, address) : NULL;
    if (entry == NULL)
      continue;
    if (!changes_find_entry(run->store, address, run->decision.now, &entry->before, error))
      return false;
    entry->after = g_strdup(entry->before);
  }
  return true;
}

/* *altered: how many entries this message has changed. */
static bool
note_entries_after(Run *run, const Report *report, gint64 *altered, GError **error)
{
  *altered = 0;
  for (guint i = 0; i < report->recipients->len; i++) {
    const Recipient *recipient = report_recipient(report, i);
    if (recipient->recipient == NULL)
      continue;
    g_autofree char *address = g_ascii_strdown(recipient->recipient, -1), *reason = NULL;
    EntryChange *entry = g_hash_table_lookup(run->changes->entries, address);
    if (!changes_find_entry(run->store, address, run->decision.now, &reason, error))
      return false;
    if (g_strcmp0(entry->after, reason) == 0)
      continue;
    ++*altered;
    g_free(entry->after);
    entry->after = g_steal_pointer(&reason);
  }
  return true;
}

/* Another process may have recorded or erased it meanwhile; then *recorded is a duplicate. */
static bool
replace(Run *run, const Unread *unread, const Report *report, const StoreMessage *message,
        Recorded *recorded, GError **error)
{
  bool still;
  gint64 altered;
  if (!store_is_unread(run->store, unread->message_id, unread->kept, &still, error))
    return false;
  *recorded = (Recorded){.duplicate = true};
  return !still || (note_entries_before(run, report, error) &&
                    store_record(run->store, report, message, recorded, error) &&
                    note_entries_after(run, report, &altered, error) &&
                    store_note_reread(run->store, &run->decision, altered, error));
}

/* A dry run does everything too, because only the database knows the consequences, and then rolls
 * back. */
static bool
record(Run *run, const Unread *unread, const Report *report, const StoreMessage *message,
       GError **error)
{
  Recorded recorded;
  if (!store_begin(run->store, error))
    return false;
  bool ok = replace(run, unread, report, message, &recorded, error);
  if (!ok || run->changes->dry_run)
    store_rollback(run->store);
  else
    ok = store_commit(run->store, error);
  if (!ok || recorded.duplicate)
    return ok;
  const Read read = {unread->message_id, report->kind, report->recipients->len};
  g_array_append_val(run->read, read);
  run->warn |= recorded.warn;
  return true;
}

/* What proves a report is what proved it on the day that it came. */
static bool
judge_and_record(Run *run, const Unread *unread, const Spool *spool, Report *report, GError **error)
{
  const char *base = run->settings->verp_base;
  const ArrivalOptions options = {.sender = unread->sender,
                                  .recipient = unread->recipient,
                                  .domain = base != NULL ? address_domain(base) : NULL,
                                  .recorded = true};
  const TrustBasis basis = settings_trust_basis(run->settings, run->keys, unread->received_at);
  g_auto(Arrival) arrival;
  arrival_init(&arrival, spool, unread->digest, &options, unread->received_at);
  arrival.message.size = unread->size;
  arrival.message.kept = unread->kept;
  return arrival_judge(&arrival, basis, run->store, report, error) &&
         record(run, unread, report, &arrival.message, error);
}

static bool
reread_one(Run *run, const Unread *unread, GError **error)
{
  bool found;
  g_auto(Spool) spool = {0};
  reading_spool_init(&spool, run->settings->max_parse);
  if (!read_copy(unread, &spool, &found, error))
    return false;
  run->missing += !found;
  if (!found)
    return true;
  g_autoptr(Report) report = read_report(run, unread, &spool, error);
  return report != NULL &&
         (report->kind == KIND_UNREADABLE || judge_and_record(run, unread, &spool, report, error));
}

static bool
reread_all(Run *run, const Span *span, GError **error)
{
  if (!store_each_unread(run->store, span, collect_unread, run->unread, error))
    return false;
  for (guint i = 0; i < run->unread->len; i++)
    if (!reread_one(run, g_ptr_array_index(run->unread, i), error))
      return false;
  return true;
}

/* --- copies that nobody needs any longer -------------------------------------------------------*/

/* *gone: false if the disk that it is on may not be mounted. */
static bool
remove_copy(const char *kept, bool *gone, GError **error)
{
  g_autofree char *path = NULL;
  *gone = kept_find(kept, &path) != KEPT_UNKNOWN;
  if (path == NULL)
    return true;
  if (unlink(path) != 0 && errno != ENOENT)
    return throw_errno(error, "%s: cannot remove", path);
  return atomic_file_sync_folder(path, error);
}

static bool
collect_copy(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  const gint64 message_id = store_cell_int(cells, n, "message_id");
  bool gone;
  if (!remove_copy(store_cell(cells, n, "kept"), &gone, error))
    return false;
  if (gone)
    g_array_append_val((GArray *)data, message_id);
  return true;
}

static bool
remove_copies(Run *run, GError **error)
{
  g_autoptr(GArray) removed = g_array_new(FALSE, FALSE, sizeof(gint64));
  if (!store_needless_copies(run->store, collect_copy, removed, error) ||
      !store_begin(run->store, error))
    return false;
  for (guint i = 0; i < removed->len; i++)
    if (!store_unkeep(run->store, g_array_index(removed, gint64, i), error)) {
      store_rollback(run->store);
      return false;
    }
  return store_commit(run->store, error);
}

/* --- printing ----------------------------------------------------------------------------------*/

static void
print_text(const Run *run)
{
  for (guint i = 0; i < run->read->len; i++) {
    const Read *read = &g_array_index(run->read, Read, i);
    printf("  m%" G_GINT64_FORMAT "  %s, recipients: %u\n", read->message_id, kind_name(read->kind),
           read->recipients);
  }
  if (run->missing > 0)
    printf("no longer kept: %u\n", run->missing);
  if (run->stopped > 0)
    printf("%s: %u\n", reading_stopped, run->stopped);
  g_autofree char *messages =
      text_count(run->unread->len, "unreadable message", "unreadable messages");
  g_autofree char *done = g_strdup_printf("%u of %s read", run->read->len, messages);
  changes_print_entries(run->changes, done);
}

static void
print_json(const Run *run)
{
  Json json = json_begin();
  json_bool(&json, "dry_run", run->changes->dry_run);
  json_int(&json, "messages", run->unread->len);
  json_int(&json, "missing", run->missing);
  json_int(&json, "stopped", run->stopped);
  json_open(&json, "read", '[');
  for (guint i = 0; i < run->read->len; i++) {
    const Read *read = &g_array_index(run->read, Read, i);
    json_open(&json, NULL, '{');
    json_int(&json, "message_id", read->message_id);
    json_text(&json, "kind", kind_name(read->kind));
    json_int(&json, "recipients", read->recipients);
    json_close(&json, '}');
  }
  json_close(&json, ']');
  changes_add_entries(run->changes, &json);
  json_print(&json);
}

/* --- all of it ---------------------------------------------------------------------------------*/

static bool
finish(Run *run, GError **error)
{
  if (run->changes->dry_run)
    return true;
  if (run->warn && run->settings->syslog)
    log_held();
  return remove_copies(run, error) && list_files_update(run->store, run->settings->lists, error);
}

/* The keys are read after the worker was forked, and a worker that is restarted does not get them.
 */
bool
reread(Context *context, const Span *span, bool dry_run, bool json, GError **error)
{
  const Settings *settings = context->settings;
  g_autoptr(Store) store = cmd_open_store(context, error);
  g_autoptr(Rules) rules = store != NULL ? rules_load(settings->rules, error) : NULL;
  g_autoptr(Worker) worker = rules != NULL ? reading_worker(rules, settings, error) : NULL;
  VerpKeys *keys = worker != NULL ? keyfile_keys_new(error) : NULL;
  if (keys == NULL)
    return false;
  g_autoptr(GPtrArray) unread = g_ptr_array_new_with_free_func(unread_free);
  g_autoptr(GArray) read = g_array_new(FALSE, FALSE, sizeof(Read));
  g_auto(Changes) changes;
  changes_init(&changes, dry_run);
  Run run = {.settings = settings,
             .store = store,
             .worker = worker,
             .keys = keys,
             .decision = cmd_decision(context, "reclassify", NULL),
             .unread = unread,
             .read = read,
             .changes = &changes};
  bool ok = keyfile_read_keys(settings->verp_key, settings->verp_key_old, keys, error) &&
            reread_all(&run, span, error) && finish(&run, error);
  keyfile_keys_free(keys);
  if (ok && !context->quiet)
    (json ? print_json : print_text)(&run);
  return ok;
}
