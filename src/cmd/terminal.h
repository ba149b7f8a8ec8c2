/* Standard output as a terminal: its size, colour, and a pager for long output. */
#pragma once

#include "base/error.h"

/* Whether a person reads standard output, perhaps through the pager. */
bool terminal_is_one(void);

/* The columns of the terminal; COLUMNS if it is set, and 80 if nobody knows. */
int terminal_columns(void);

/* The lines of the terminal; 0 if standard output is not one. */
int terminal_lines(void);

/* Whether to use colour. when: --color; NULL = "auto", which uses it on a terminal unless NO_COLOR
 * is set (no-color.org) or TERM is dumb. An error is USAGE. */
bool terminal_color(const char *when, bool *color, GError **error);

/* Whether the locale has all characters. */
bool terminal_is_utf8(void);

/* An address or a domain for people to read: with U-labels, if the locale has the characters
 * (address_display()). The second is safe to print. (transfer full) */
char *terminal_display(const char *address);
char *terminal_address(const char *address);

/* Passes what follows on standard output to the user's pager, if standard output is a terminal:
 * BOUNCEDB_PAGER, PAGER or less, as git does (LESS=FRX, so that less ends by itself if all fits on
 * the screen). It is run without a shell. Without a pager, nothing happens. */
void terminal_page(void);

/* Waits until the user has read the output. Returns whether the user ended the pager before it had
 * all of it. May be called without terminal_page(). */
bool terminal_end_page(void);
