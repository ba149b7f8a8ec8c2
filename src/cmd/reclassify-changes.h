/* What a reclassification changes: verdicts, and entries of the suppression list. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "mail/bounce.h"

/* An address, and the reason why it is on the list, before and after: NULL = it is not. */
typedef struct {
  const char *address; /* borrowed */
  char *before, *after;
} EntryChange;

typedef struct {
  bool dry_run;
  guint64 failures;        /* judged again */
  guint64 changed;         /* of these, with a different verdict */
  GHashTable *transitions; /* from which verdict to which one, and how often */
  GHashTable *entries;     /* address to EntryChange */
} Changes;

void changes_init(Changes *changes, bool dry_run);
void changes_clear(Changes *changes);

/* Counts a failure whose verdict has changed. The verdicts are borrowed until changes_clear. */
void changes_add_verdict(Changes *changes, gint64 failure_id, const Verdict *was,
                         const Verdict *now);

/* Adds an address, in lower case; it is borrowed until changes_clear. NULL if it is known already.
 */
EntryChange *changes_add_entry(Changes *changes, const char *address);

/* Prints all of it to standard output, as text or as one JSON object. */
void changes_print(const Changes *changes, bool json);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Changes, changes_clear)
