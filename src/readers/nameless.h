/* Groups of a report without an address: Final-Recipient is missing, empty, or "unknown". */
#pragma once

#include "mail/bounce.h"
#include "readers/letter.h"

/* Gives the recipients of report that have no address the one that their own diagnostic names, or
 * the notice, or X-Failed-Recipients; in doubt none. Removes what stands for an address
 * ("unknown"). */
void nameless_settle(Report *report, const Letter *letter);

/* Whether address only says that there is none: "unknown", "undisclosed-recipients". */
bool nameless_is_placeholder(const char *address);
