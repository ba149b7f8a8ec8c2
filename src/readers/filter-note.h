/* The notes of content filters to administrators and to recipients: they tell that a message was
 * suspect, and that it goes on, is kept or was cleaned. Nobody's delivery failed. */
#pragma once

#include <stdbool.h>

#include "readers/letter.h"

/* Whether the message is such a note. What a filter writes to the sender, about a message that it
 * refused, is not. */
bool filter_note_is(const Letter *letter);
