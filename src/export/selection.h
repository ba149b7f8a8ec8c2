/* Which entries of the suppression list are wanted: those that meet all conditions. A condition is
 * a list of words, of which one has to match. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
  GStrv classes; /* sorted; NULL = all. The classes of failures, "complaint" and "manual" */
  GStrv reasons; /* those of failures, "complaint" and "manual" */
  GStrv domains; /* of the address, lower case */
  GStrv lists;   /* List-Id of the message that bounced */
  gint64 since;  /* suppressed at this time or later, Unix seconds; 0 = at any time */
  gint64 until;  /* suppressed at this time or earlier; 0 = at any time */
  char *since_text, *until_text;
} Selection;

/* key: class, reason, domain, list, since or until. text: words separated by commas; for since and
 * until, what date_parse takes. If it is not valid, returns false and changes nothing. */
bool selection_set(Selection *selection, const char *key, const char *text, gint64 now);
void selection_clear(Selection *selection);

/* What selection_set takes for this key, in words for error messages. */
const char *selection_expects(const char *key);

/* klass is NULL for complaints and for addresses suppressed by hand. */
bool selection_takes(const Selection *selection, const char *klass, const char *reason,
                     const char *domain, const char *list, gint64 since);
bool selection_takes_domain(const Selection *selection, const char *domain);

/* The conditions in words; the same conditions give the same words. (transfer full) */
char *selection_describe(const Selection *selection);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Selection, selection_clear)
