/* Explains a verdict to a person, or to a program as JSON. */
#pragma once

#include "judge/rules.h"

/* Text in lines of so many columns; ends with a line feed. chain holds ChainLinks. Untrusted text
 * is escaped. heading (nullable) becomes the first line. (transfer full) */
char *explain_text(const Rules *rules, const Recipient *recipient, const GPtrArray *chain,
                   const char *heading, int columns);

/* One object on one line. (transfer full) */
char *explain_json(const Rules *rules, const Recipient *recipient, const GPtrArray *chain);
