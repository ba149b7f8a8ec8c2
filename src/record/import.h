/* Importing many messages: several workers parse them in parallel, and the parent records the
 * reports in batches, each in a transaction of its own. */
#pragma once

#include "judge/rules.h"
#include "store/store.h"
#include "intake/spool.h"
#include "settings/settings.h"

typedef struct {
  guint64 messages;   /* looked at */
  guint64 duplicates; /* of these, already recorded */
  guint64 kinds[N_KINDS];
  guint64 classes[N_CLASSES]; /* of failed recipients */
  guint64 repeated;           /* failures that another message had reported before */
  guint64 passed;             /* events that tell nothing about a delivery; not recorded */
  guint64 unknown;            /* events of no service that is known; not recorded */
  guint64 stopped;            /* not recorded: the worker was stopped from outside, or late */
} ImportCounts;

typedef struct Import Import;

/* workers: how many; 0 = one per processor. Everything is borrowed and must outlive the import.
 * now: Unix seconds. (nullable) */
Import *import_new(Store *store, Rules *rules, const Settings *settings, gint64 now, guint workers,
                   GError **error);
void import_free(Import *import); /* what was not flushed is not recorded */

/* From now on, calls func after each commit with the files (element-type char*, borrowed) whose
 * messages are on disk, those that were known before included. */
typedef void (*ImportDoneFunc)(const GPtrArray *files, gpointer data);
void import_tell(Import *import, ImportDoneFunc func, gpointer data);

/* Takes the message in spool (of reading_spool_init) and resets the spool. A message that is
 * already recorded is skipped without being parsed. file: that holds it alone; nullable. */
bool import_message(Import *import, Spool *spool, const char *file, GError **error);

/* The same for an event (events_next), which is known only after it has been parsed. */
bool import_event(Import *import, Spool *spool, GError **error);

/* Waits for all workers, and commits. */
bool import_flush(Import *import, GError **error);

const ImportCounts *import_counts(const Import *import);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Import, import_free)
