/* The recipients that a report names: which address each of them is. */
#pragma once

#include "mail/bounce.h"
#include "readers/letter.h"

/* Appends a failed recipient. address may be in brackets; diagnostic may be NULL. Returns NULL
 * if address is not an address. (transfer none) (nullable) */
Recipient *recipients_add_failed(Report *report, const char *address, const char *diagnostic);

/* Sets recipient->recipient of each to the address that the sender's list knows, from what the
 * report names and from the returned message, and merges repeated reports of the same failure. */
void recipients_settle(Report *report, const Letter *letter);
