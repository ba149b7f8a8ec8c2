/* Whether an address is suppressed, and why: the first part of what bouncedb show prints. */
#pragma once

#include "judge/rules.h"
#include "store/store-row.h"
#include "store/store.h"

/* now: Unix seconds. Prints it to standard output, and adds to *rows the number of rows in which
 * the address was found.
 */
bool show_state(Store *store, const Rules *rules, gint64 now, const char *address, guint *rows,
                GError **error);

/* A value for the terminal, "-" if it is absent. (transfer full) */
char *show_cell(const StoreCell *cells, guint n, const char *name);

/* Prints who decided it, when and why: an override, or a line of the audit. */
void show_decision(const char *what, const StoreCell *cells, guint n);
