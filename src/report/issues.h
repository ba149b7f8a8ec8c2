/* Failures by reason and provider: what to do first. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "mail/taxonomy.h"

enum { ISSUES_MONTH = 30 }; /* days */

/* Everything that fails for one reason at one provider. */
typedef struct {
  Reason reason;
  char *provider;            /* id; NULL = unknown */
  gint64 days[ISSUES_MONTH]; /* failures, the newest first */
  gint64 month;              /* in 30 days */
  gint64 failure_id;         /* the last one */
  gint64 recent, usual;      /* on the day that is unusual, or yesterday; what was expected then */
  gint64 first_at;           /* the first one since yesterday (Unix seconds); 0 = not looked for */
  /* Only of issues that are shown: */
  bool known;                     /* the failure has not been erased */
  char *rule, *reply, *recipient; /* of the last failure, as are: */
  char *return_path, *list; /* the domain that bounces come back to, and the list; NULL = none */
  gint64 last_at;           /* Unix seconds */
  gint64 recipients;        /* addresses; 0 = not known */
  bool at_least;            /* there are more of them */
} Issue;

typedef struct Issues Issues;
Issues *issues_new(void);
void issues_free(Issues *issues);

/* Counts failures of a day that is age days before today; older ones than 30 days are ignored. */
void issues_add(Issues *issues, gint64 age, Reason reason, const char *provider, gint64 failures,
                gint64 last_id);

/* All of them, the most failures first. (element-type Issue) (transfer full) */
GPtrArray *issues_take(Issues *issues);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Issues, issues_free)
