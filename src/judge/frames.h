/* What mail systems write round a cause: greetings, explanations, footers. */
#pragma once

#include <glib.h>

/* folded (by fold_lines) without the sentences that every notice of its kind has, whatever
 * happened: what they say is no evidence. May become empty. Linear. (transfer full) */
char *frames_cut(const char *folded);
