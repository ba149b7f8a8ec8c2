/* Text from strangers on its way to a terminal, a log or JSON. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* A character that a terminal obeys or that reorders what a person sees. */
bool escape_is_dangerous(gunichar c);

/* For terminals and logs: controls (C0, DEL, C1), bidirectional overrides and invalid UTF-8 become
 * \xNN; the backslash is doubled. (transfer full) */
char *escape_terminal(const char *text);

/* For a CSV cell (RFC 4180), always quoted; a cell that a spreadsheet would run as a formula gets a
 * leading apostrophe. */
void escape_csv(GString *out, const char *text);
