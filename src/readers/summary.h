/* Reports on many messages at once: statistics, and what monitoring says of a queue. They name
 * recipients that failed, but each failure has been reported already, to whoever sent the message.
 */
#pragma once

#include "readers/letter.h"

/* Whether the subject, or the opening of the text (folded), speaks of a number of messages or of a
 * period, and of none that its reader sent. */
bool summary_is(const Letter *letter, const char *opening);
