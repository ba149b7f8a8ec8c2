/* A verdict told to a person, or to a program as JSON. */
#pragma once

#include "judge/rules.h"

/* Laid out for a terminal, 80 columns, ends with a line feed. chain is of ChainLink; text from
 * strangers is escaped. heading (nullable) stands on the first line. (transfer full) */
char *explain_text(const Rules *rules, const Recipient *recipient, const GPtrArray *chain,
                   const char *heading);

/* One object on one line. (transfer full) */
char *explain_json(const Rules *rules, const Recipient *recipient, const GPtrArray *chain);
