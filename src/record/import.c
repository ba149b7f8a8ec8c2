#include "config.h"

#include "record/import.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "mail/digest.h"
#include "verp/keyfile.h"
#include "store/store-arrivals.h"
#include "export/list-files.h"
#include "intake/arrival.h"
#include "record/log.h"
#include "record/reading.h"

enum {
  BATCH_MESSAGES = 100,     /* to be recorded at once; by then the workers have read others */
  BATCH_RECIPIENTS = 20000, /* so that a batch of hostile messages fits into memory */
  WORKERS_MAX = 64,
  HOLD_MAX = 20000, /* microseconds of a transaction, for whose end deliveries may be waiting */
};

/* A message on its way through. */
typedef struct {
  Arrival arrival;
  unsigned notes;
  bool event;     /* of a sending service */
  char *file;     /* that holds it alone, for func; nullable */
  Report *report; /* NULL until the worker has answered */
} Item;

typedef struct {
  Worker *worker;
  GQueue items; /* (element-type Item) that it has not answered yet, in the order of its answers */
} Slot;

struct Import {
  Store *store;
  const Settings *settings;
  VerpKeys *keys; /* wiped in children, so that a worker that is restarted does not get them */
  gint64 now;
  Slot slots[WORKERS_MAX];
  guint n_slots;
  GPtrArray *batch; /* (element-type Item) parsed, but not yet recorded */
  guint batch_recipients;
  ImportCounts counts;
  ImportDoneFunc func; /* nullable */
  gpointer data;       /* of func */
  GPtrArray *done;     /* (element-type char*) files on disk that func does not know of yet */
};

static void
item_free(Item *item)
{
  if (item == NULL)
    return;
  arrival_clear(&item->arrival);
  report_free(item->report);
  g_free(item->file);
  g_free(item);
}

static guint
processors(void)
{
  long n = sysconf(_SC_NPROCESSORS_ONLN);
  return n > 0 ? (guint)MIN(n, WORKERS_MAX) : 1;
}

Import *
import_new(Store *store, Rules *rules, const Settings *settings, gint64 now, guint workers,
           GError **error)
{
  g_autoptr(Import) import = g_new0(Import, 1);
  import->store = store;
  import->settings = settings;
  import->now = now;
  import->batch = g_ptr_array_new_with_free_func((GDestroyNotify)item_free);
  import->done = g_ptr_array_new_with_free_func(g_free);
  digest_prepare_many();
  guint n = workers > 0 ? MIN(workers, WORKERS_MAX) : processors();
  for (; import->n_slots < n; import->n_slots++) {
    Slot *slot = &import->slots[import->n_slots];
    slot->worker = reading_worker(rules, settings, error);
    if (slot->worker == NULL)
      return NULL;
  }
  import->keys = keyfile_keys_new(error);
  if (import->keys == NULL ||
      !keyfile_read_keys(settings->verp_key, settings->verp_key_old, import->keys, error))
    return NULL;
  return g_steal_pointer(&import);
}

void
import_free(Import *import)
{
  if (import == NULL)
    return;
  for (guint i = 0; i < import->n_slots; i++) {
    worker_free(import->slots[i].worker);
    g_queue_clear_full(&import->slots[i].items, (GDestroyNotify)item_free);
  }
  g_ptr_array_unref(import->batch);
  g_ptr_array_unref(import->done);
  keyfile_keys_free(import->keys);
  g_free(import);
}

const ImportCounts *
import_counts(const Import *import)
{
  return &import->counts;
}

void
import_tell(Import *import, ImportDoneFunc func, gpointer data)
{
  import->func = func;
  import->data = data;
}

/* Takes file, which is nullable. */
static void
note_done(Import *import, char *file)
{
  if (file != NULL)
    g_ptr_array_add(import->done, file);
}

/* After a commit. */
static void
tell_done(Import *import)
{
  if (import->func != NULL && import->done->len > 0)
    import->func(import->done, import->data);
  g_ptr_array_set_size(import->done, 0);
}

static void
count(ImportCounts *counts, const Report *report, const Recorded *recorded)
{
  if (recorded->duplicate) {
    counts->duplicates++;
    return;
  }
  counts->kinds[report->kind]++;
  counts->repeated += recorded->repeated;
  for (guint i = 0; report->kind == KIND_BOUNCE && i < report->recipients->len; i++) {
    const Recipient *recipient = report_recipient(report, i);
    if (recipient->action == ACTION_FAILED || recipient->action == ACTION_NONE)
      counts->classes[recipient->verdict.klass]++;
  }
}

/* Records what is left of the batch, as much as may be in a transaction. *done: so many. */
static bool
record_some(Import *import, guint *done, ImportCounts *counts, bool *warn, GError **error)
{
  gint64 end = g_get_monotonic_time() + HOLD_MAX;
  do {
    const Item *item = g_ptr_array_index(import->batch, *done);
    Recorded recorded;
    if (!store_record(import->store, item->report, &item->arrival.message, &recorded, error))
      return false;
    count(counts, item->report, &recorded);
    *warn |= recorded.warn;
  } while (++*done < import->batch->len && g_get_monotonic_time() < end);
  return true;
}

/* Counts only what is on disk. */
static bool
commit_some(Import *import, GError **error)
{
  ImportCounts counts = import->counts;
  guint done = 0;
  bool warn = false;
  if (!store_has_room(import->store, import->settings->max_size, error) ||
      !store_begin(import->store, error))
    return false;
  if (!record_some(import, &done, &counts, &warn, error)) {
    store_rollback(import->store);
    return false;
  }
  if (!store_commit(import->store, error))
    return false;
  import->counts = counts;
  for (guint i = 0; i < done; i++) {
    Item *item = g_ptr_array_index(import->batch, i);
    note_done(import, g_steal_pointer(&item->file));
  }
  g_ptr_array_remove_range(import->batch, 0, done);
  tell_done(import);
  if (warn && import->settings->syslog)
    log_held();
  return true;
}

static bool
commit_batch(Import *import, GError **error)
{
  while (import->batch->len > 0)
    if (!commit_some(import, error))
      return false;
  import->batch_recipients = 0;
  return true;
}

/* Whether the answer is not to be recorded. What was stopped is found again by the next import. */
static bool
leave_out(ImportCounts *counts, const Item *item)
{
  const Report *report = item->report;
  bool event = item->event, unknown = report->kind == KIND_UNREADABLE || report->reader == NULL;
  guint64 *count = reading_was_stopped(report)                        ? &counts->stopped
                   : event && (report->notes & NOTE_NO_DELIVERY) != 0 ? &counts->passed
                   : event && unknown                                 ? &counts->unknown
                                                                      : NULL;
  if (count != NULL)
    (*count)++;
  return count != NULL;
}

static bool
collect(Import *import, Slot *slot, GError **error)
{
  Item *item = g_queue_pop_head(&slot->items);
  item->report = reading_collect(slot->worker, item->notes, error);
  if (item->report == NULL) {
    item_free(item);
    return false;
  }
  if (leave_out(&import->counts, item)) {
    item_free(item);
    return true;
  }
  if (item->event)
    arrival_be_event(&item->arrival, item->report);
  if (!import->settings->subject)
    g_clear_pointer(&item->report->subject, g_free);
  const TrustBasis basis = settings_trust_basis(import->settings, import->keys, import->now);
  if (!arrival_judge(&item->arrival, basis, import->store, item->report, error)) {
    item_free(item);
    return false;
  }
  g_ptr_array_add(import->batch, item);
  import->batch_recipients += item->report->recipients->len;
  if (import->batch->len < BATCH_MESSAGES && import->batch_recipients < BATCH_RECIPIENTS)
    return true;
  return commit_batch(import, error);
}

/* Takes the answers that have arrived; if there are none, waits for one. */
static bool
collect_some(Import *import, GError **error)
{
  struct pollfd entries[WORKERS_MAX];
  Slot *busy[WORKERS_MAX];
  nfds_t n = 0;
  for (guint i = 0; i < import->n_slots; i++) {
    Slot *slot = &import->slots[i];
    if (slot->items.length == 0)
      continue;
    busy[n] = slot;
    entries[n++] = (struct pollfd){.fd = worker_fd(slot->worker), .events = POLLIN};
  }
  g_assert(n > 0); /* or there is no answer to wait for */
  /* At most a second: then wait for the first worker, which has a deadline of its own. */
  int ready = poll(entries, n, 1000);
  if (ready < 0 && errno != EINTR)
    return throw_errno(error, "cannot wait for the workers");
  if (ready <= 0)
    return collect(import, busy[0], error);
  for (nfds_t i = 0; i < n; i++)
    if (entries[i].revents != 0 && !collect(import, busy[i], error))
      return false;
  return true;
}

/* Of the workers that take a window of that many octets, the one with the least to do. (nullable)
 */
static Slot *
find_slot(Import *import, size_t length)
{
  Slot *best = NULL;
  for (guint i = 0; i < import->n_slots; i++) {
    Slot *slot = &import->slots[i];
    if (worker_has_room(slot->worker, length) &&
        (best == NULL || slot->items.length < best->items.length))
      best = slot;
  }
  return best;
}

/* The slot owns the item before anything can fail. */
static bool
submit(Import *import, const Spool *spool, const guint8 digest[DIGEST_SIZE], bool event,
       const char *file, GError **error)
{
  Slot *slot;
  while ((slot = find_slot(import, spool->head->len)) == NULL)
    if (!collect_some(import, error))
      return false;
  Item *item = g_new0(Item, 1);
  arrival_init(&item->arrival, spool, digest, NULL, import->now);
  item->event = event;
  item->file = g_strdup(file);
  g_queue_push_tail(&slot->items, item);
  return reading_submit(slot->worker, spool, &item->notes, error);
}

bool
import_message(Import *import, Spool *spool, const char *file, GError **error)
{
  guint8 digest[DIGEST_SIZE];
  digest_finish(spool->digest, digest);
  bool known;
  if (!store_knows(import->store, digest, &known, error))
    return false;
  import->counts.messages++;
  if (known) {
    import->counts.duplicates++;
    note_done(import, g_strdup(file));
    if (import->done->len >= BATCH_MESSAGES)
      tell_done(import);
  } else if (!submit(import, spool, digest, false, file, error)) {
    return false;
  }
  spool_reset(spool);
  return true;
}

bool
import_event(Import *import, Spool *spool, GError **error)
{
  guint8 digest[DIGEST_SIZE];
  digest_finish(spool->digest, digest);
  import->counts.messages++;
  if (!submit(import, spool, digest, true, NULL, error))
    return false;
  spool_reset(spool);
  return true;
}

bool
import_flush(Import *import, GError **error)
{
  for (guint i = 0; i < import->n_slots; i++)
    while (import->slots[i].items.length > 0)
      if (!collect(import, &import->slots[i], error))
        return false;
  if (!commit_batch(import, error))
    return false;
  tell_done(import);
  return list_files_update(import->store, import->settings->lists, error);
}
