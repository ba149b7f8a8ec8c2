/* Deleting what is older than a day, in transactions so short that a delivery never waits long.
 *
 * The suppression list stays as it is: what an entry rests on stays, and so does everything that
 * may still decide, now or when somebody withdraws a decision. The counts in daily stay too, and no
 * longer follow what happens to the failures of those days (store_counted_from). */
#pragma once

#include "store/decision.h"
#include "store/store-row.h"
#include "store/store.h"

typedef struct {
  gint64 before;     /* Unix seconds: midnight, UTC. Events before it go */
  gint64 now;        /* Unix seconds */
  const char *kinds; /* of messages, with commas between them; NULL = all */
} Pruning;

/* Rows that went, or would go. */
typedef struct {
  gint64 messages, failures, delays, deliveries, complaints;
  gint64 stay; /* older failures that did not, or would not */
} Pruned;

/* Changes nothing. */
bool store_count_prunable(Store *store, const Pruning *what, Pruned *out, GError **error);

/* Uses transactions of its own. What was deleted before an error stays deleted. A message whose
 * text is kept in a file stays until store_unkeep(). */
bool store_prune(Store *store, const Pruning *what, const Decision *decision, Pruned *out,
                 GError **error);

/* Rows (message_id, kept): messages that came before at (Unix seconds), are of these kinds (NULL =
 * all), and are kept in a file. */
bool store_kept_before(Store *store, gint64 at, const char *kinds, StoreRowFunc func, gpointer data,
                       GError **error);
