/* From evidence to verdict. The order of evidence is explained at the top of classify.c. */
#pragma once

#include "judge/rules.h"

/* Judges one recipient by what the report says about it. Sets verdict (whose old contents are
 * freed), sender (of the addresses that it has, those that are named) and reply_code, and status
 * and stage if the report left them open. The reason is REASON_NONE for actions that are not
 * failures (delivered, relayed, expanded). reporting_mta may be NULL. Links are appended to chain
 * (chain.h) unless it is NULL. */
void classify(const Rules *rules, const char *reporting_mta, Recipient *recipient,
              GPtrArray *chain);

/* Judges every recipient of a bounce or a delay; other reports are left alone. */
void classify_report(const Rules *rules, Report *report);
