/* Ordinary mail that speaks of deliveries: people who quote a notice and ask about it, lists that
 * discuss one, forwarded notices, logs, queue listings and alerts, and mail that tells its readers
 * about their own mailboxes. None of it reports that a message of ours was not delivered. */
#pragma once

#include <stdbool.h>

#include "readers/letter.h"

/* Whether the message is such mail. Readers that go by words ask this first; a report with fields
 * of its own needs no such proof. Linear. */
bool ordinary_is(const Letter *letter);

/* Whether the folded text begins with a salutation, such as "dear ". */
bool ordinary_greets(const char *folded);

/* Whether a person wrote it, to answer, forward or discuss what another message says. */
bool ordinary_is_personal(const Letter *letter);
