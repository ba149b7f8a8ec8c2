/* What a reclassification changes: verdicts, and entries of the suppression list. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/json.h"
#include "mail/bounce.h"
#include "store/store.h"

/* An address, and the reason why it is on the list, before and after: NULL = it is not. */
typedef struct {
  char *address, *before, *after;
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

/* Adds an address, in lower case. NULL if it is known already. */
EntryChange *changes_add_entry(Changes *changes, const char *address);

/* The reason why the address is on the list, "held" if the guard keeps it off, or NULL. now: Unix
 * seconds. */
bool changes_find_entry(Store *store, const char *address, gint64 now, char **reason,
                        GError **error);

/* The entries that change: as lines on standard output, the last of which begins with what was done
 * and counts them; or as the member "suppressions" of an object. */
void changes_print_entries(const Changes *changes, const char *done);
void changes_add_entries(const Changes *changes, Json *json);

/* Prints all of it to standard output, as text or as one JSON object. */
void changes_print(const Changes *changes, bool json);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Changes, changes_clear)
