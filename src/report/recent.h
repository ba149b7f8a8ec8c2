/* What the last failures tell that nothing counts beforehand: how many different addresses they are
 * about, and which campaigns. Bounded: of a busier sender's 30 days, it is the latest part. */
#pragma once

#include "mail/taxonomy.h"
#include "store/store.h"

enum { RECENT_FAILURES = 20000 };

typedef struct {
  char *name;
  gint64 failures, permanent;
} Campaign;

typedef struct {
  gint64 failures;                /* that were looked at */
  bool cut;                       /* there are more of 30 days */
  GPtrArray *campaigns, *senders; /* by Feedback-ID, and by the domain that bounces come back to:
                                   * the most failures first (element-type Campaign) */
  GHashTable *issues;             /* "REASON PROVIDER" → set of addresses */
} Recent;

Recent *recent_read(Store *store, gint64 today, GError **error);
void recent_free(Recent *recent);

/* How many different addresses have failed for this reason at this provider (NULL = unknown). */
gint64 recent_recipients(const Recent *recent, Reason reason, const char *provider);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Recent, recent_free)
