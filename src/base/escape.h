/* Text from strangers on its way to a terminal, a log or JSON. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* A character that a terminal obeys or that reorders what a person sees. */
bool escape_is_dangerous(gunichar c);

/* For terminals and logs: controls (C0, DEL, C1), bidirectional overrides and invalid UTF-8 become
 * \xNN; the backslash is doubled. (transfer full) */
char *escape_terminal(const char *text);

/* For a CSV cell (RFC 4180), always quoted. One that begins with any character of lead gets an
 * apostrophe in front, so that no spreadsheet runs it as a formula. A legal address may begin with
 * + or -, so these two are left out where a cell holds nothing but an address. */
#define ESCAPE_CSV_TEXT "=+-@\t\r"
#define ESCAPE_CSV_ADDRESS "=@\t\r"
void escape_csv(GString *out, const char *text, const char *lead);
