/* Untrusted text on its way to a terminal, a log or a CSV file. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Whether a terminal obeys this character, or it reorders what a person sees. */
bool escape_is_dangerous(gunichar c);

/* For terminals and logs: dangerous characters and invalid UTF-8 become \xNN, octet by octet;
 * backslashes are doubled. (transfer full) */
char *escape_terminal(const char *text);

/* The same, but backslashes stay as they are: for spreadsheets, where people read the text but no
 * program decodes it. (transfer full) */
char *escape_visible(const char *text);

/* Appends a CSV cell (RFC 4180), always quoted, with text as it is. If text begins with a character
 * of lead, an apostrophe comes first, so that no spreadsheet runs the cell as a formula. Addresses
 * may begin with + or -, so a cell that is nothing but an address allows those two. */
#define ESCAPE_CSV_TEXT "=+-@\t\r"
#define ESCAPE_CSV_ADDRESS "=@\t\r"
void escape_csv(GString *out, const char *text, const char *lead);
