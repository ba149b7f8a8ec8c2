/* Evidence to verdict. The order of evidence stands at the top of classify.c. */
#pragma once

#include "judge/rules.h"

/* Judge one recipient by what the report says about it: fills verdict, reply_code, and status and
 * stage where the report left them open. REASON_NONE for actions that are no failure (delivered,
 * relayed, expanded). reporting_mta may be NULL; chain may be NULL, otherwise links are appended.
 * What was in the verdict is freed. */
void classify(const Rules *rules, const char *reporting_mta, Recipient *recipient,
              GPtrArray *chain);

/* Every recipient of a report, in place. */
void classify_report(const Rules *rules, Report *report);
