/* The configuration of the suppression list: thresholds and the limits of the guard. */
#pragma once

#include <glib.h>

#include "base/error.h"
#include "mail/taxonomy.h"

typedef struct {
  int days;       /* on how many different days an address must fail; 0 = never suppress */
  int span;       /* least number of days from the first failure to the last */
  gint64 expires; /* days after which a suppression ends; 0 = never */
} Threshold;

/* Above these limits, new entries are held until a person decides. 0 = no limit. */
typedef struct {
  gint64 max_new;         /* new entries per day */
  gint64 max_share;       /* new entries per day, in percent of the known addresses */
  gint64 provider_factor; /* new entries per day of a provider, in multiples of its busiest day */

  /* of reports that nothing proves */
  gint64 unproven_message; /* new entries per message */
  gint64 unproven_day;     /* new entries per day, or unproven_share if that is more */
  gint64 unproven_share;   /* in percent of the known addresses */
} Guard;

/* What a report does that nothing proves: [suppression] unsigned. */
typedef enum { UNSIGNED_AT_ONCE, UNSIGNED_TWO_DAYS, UNSIGNED_NEVER, N_UNSIGNED } Unsigned;

typedef struct {
  Threshold reason[N_REASONS];
  gint64 window; /* days; older failures do not count */
  Guard guard;
  int unproven; /* an Unsigned */
  char *never; /* addresses and domains that nothing suppresses, in lower case, a blank between two;
                  NULL = none; the owner frees it */
} Thresholds;

/* Sets the thresholds of the taxonomy; the rest is 0. */
void thresholds_init(Thresholds *thresholds);

/* text: "never", "DAYS" or "DAYS/SPAN". Anything else is an error (CONFIG), and so are days for a
 * reason that can never suppress: a fault of the sender or of the message, or the recipient's own
 * filter. *thresholds is unchanged after an error. */
bool thresholds_set(Thresholds *thresholds, Reason reason, const char *text, GError **error);

/* text: a number of days, after which a suppression for this reason ends, or "never". Errors as
 * above. */
bool thresholds_set_expiry(Thresholds *thresholds, Reason reason, const char *text, GError **error);

/* text: addresses and domains, with blanks or commas between them. An address may be without a
 * local part ("@example.org" is the domain). Errors (CONFIG) name the word that is neither. */
bool thresholds_set_never(Thresholds *thresholds, const char *text, GError **error);

/* Whether any reason has an expiry. */
bool thresholds_expire(const Thresholds *thresholds);

/* Whether every threshold can be reached within the window (CONFIG). */
bool thresholds_check(const Thresholds *thresholds, GError **error);

/* All of it in one line, for comparing. (transfer full) */
char *thresholds_text(const Thresholds *thresholds);
