/* What became of a delivery: failed, delayed or delivered. */
#pragma once

#include <stdbool.h>

#include "mail/bounce.h"
#include "readers/letter.h"

/* The outcome by the words of the notice, for reports whose fields do not say: ACTION_FAILED,
 * ACTION_DELAYED or ACTION_DELIVERED. */
Action outcome_of(const Letter *letter);

/* Whether the system promises, in folded text, to try again, and does not say that it has ended. */
bool outcome_is_promised(const char *folded);

/* The paragraph, up to a line that ends in a colon, that introduces the list in which the address
 * stands; NULL if there is none. Its length is that of the notice before it at most, so this is for
 * a hundred recipients, not for thousands. (transfer none) (nullable) */
const char *outcome_section(const Letter *letter, const char *address, size_t *length);

/* Adds the addresses that the notice lists as delayed (as the next function reads it), to a report
 * whose own field only names those that failed. */
void outcome_add_delayed(Report *report, const Letter *letter);

/* Settles the actions of recipients in a notice that lists some as failed and others as delayed,
 * each list after a line of its own that ends in a colon and says so. Leaves them alone if all the
 * lists say the same. */
void outcome_by_section(Report *report, const Letter *letter);

/* The kind that follows from the recipients' actions: one failure makes a bounce. */
Kind outcome_kind(const Report *report);
