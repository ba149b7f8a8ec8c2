/* When an address is suppressed, as it is configured: the thresholds and the guard. A plain value.
 */
#pragma once

#include <glib.h>

#include "base/error.h"
#include "mail/taxonomy.h"

typedef struct {
  int days; /* failures on so many different days; 0 = never */
  int span; /* at least so many days between the first and the last */
} Threshold;

/* Above these, new suppressions wait for a person's decision. */
typedef struct {
  gint64 max_new;         /* new suppressions a day; 0 = any number */
  gint64 max_share;       /* the same in percent of the addresses known; 0 = any */
  gint64 provider_factor; /* times a provider's busiest day; 0 = any */
} Guard;

typedef struct {
  Threshold reason[N_REASONS];
  gint64 window; /* days; older failures do not count */
  Guard guard;
} Thresholds;

/* The thresholds of the taxonomy; the rest is for bouncedb.conf(5) to say. */
void thresholds_init(Thresholds *thresholds);

/* text: "never", "N" or "N/D". An error (CONFIG) where it is none of these, or is a number for a
 * reason that can never suppress: a fault of the sender, of the message, or of the recipient's own
 * filter. *thresholds is unchanged then. */
bool thresholds_set(Thresholds *thresholds, Reason reason, const char *text, GError **error);

/* Whether the thresholds fit into the window. */
bool thresholds_check(const Thresholds *thresholds, GError **error);

/* All of it in one line, to see whether two are the same. (transfer full) */
char *thresholds_text(const Thresholds *thresholds);
