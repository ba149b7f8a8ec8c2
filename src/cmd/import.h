/* Many messages at once: workers side by side read them, and one parent records what they say, in
 * batches, each a transaction of its own. */
#pragma once

#include "judge/rules.h"
#include "store/store.h"
#include "intake/spool.h"
#include "cmd/settings.h"

typedef struct {
  guint64 messages;   /* looked at */
  guint64 duplicates; /* of these, recorded before */
  guint64 kinds[N_KINDS];
  guint64 classes[N_CLASSES]; /* of failed recipients */
  guint64 repeated;           /* failures that another letter had told before */
} ImportCounts;

typedef struct Import Import;

/* workers: how many; 0 = as many as processors. Everything is borrowed and must outlive it. now:
 * Unix seconds. (nullable) */
Import *import_new(Store *store, Rules *rules, const Settings *settings, gint64 now, guint workers,
                   GError **error);
void import_free(Import *import); /* what was not flushed is not recorded */

/* Takes in the message in spool (of reading_spool_init), which is ready for another one afterwards.
 * What was recorded before is passed over quickly. */
bool import_message(Import *import, Spool *spool, GError **error);

/* Waits for all workers, and commits. */
bool import_flush(Import *import, GError **error);

const ImportCounts *import_counts(const Import *import);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Import, import_free)
