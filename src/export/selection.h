/* Which entries of the suppression list somebody wants: every condition has to hold, and each is a
 * list of words of which one has to. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
  GStrv classes; /* sorted; NULL = all. The classes of failures, "complaint" and "manual" */
  GStrv reasons; /* those of failures, "complaint" and "manual" */
  GStrv domains; /* of the address, lower case */
  GStrv lists;   /* List-Id of the message that bounced */
  gint64 since;  /* on the list since then or later, Unix seconds; 0 = ever */
  char *since_text;
} Selection;

/* key: class, reason, domain, list or since. text: words with commas between them; since takes what
 * date_parse does. false where that is no such thing, and then nothing is changed. */
bool selection_set(Selection *selection, const char *key, const char *text, gint64 now);
void selection_clear(Selection *selection);

/* What selection_set takes for this key, for error messages. */
const char *selection_expects(const char *key);

/* klass is NULL for complaints and for what was suppressed by hand. */
bool selection_takes(const Selection *selection, const char *klass, const char *reason,
                     const char *domain, const char *list, gint64 since);
bool selection_takes_domain(const Selection *selection, const char *domain);

/* The same text for the same conditions. (transfer full) */
char *selection_describe(const Selection *selection);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Selection, selection_clear)
