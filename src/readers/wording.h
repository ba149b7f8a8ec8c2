/* What a notice says about each recipient that was found. */
#pragma once

#include "mail/bounce.h"
#include "readers/letter.h"

/* Fills in the notice of each recipient that the reader left without one, completes a diagnostic
 * that holds only the first line of a reply, and takes stage and remote_mta from the replies. */
void wording_fill_notices(Report *report, const Letter *letter);

/* For messages without fields: sets diagnostic and notice of each recipient to what the notice says
 * about it. */
void wording_fill_from_notice(Report *report, const Letter *letter);

/* A bounce without recipients keeps what it says in report->nameless; other reports lose theirs. */
void wording_settle_nameless(Report *report, const Letter *letter);
