/* Writing HTML: whatever is not ours is escaped. */
#pragma once

#include <glib.h>

/* Appends text; NULL is nothing. Text may stand in an element or in a quoted attribute. Characters
 * that reorder what a person sees, and controls, are shown as \xNN. */
void markup_text(GString *out, const char *text);

/* The same as a name in any script, which keeps its direction to itself. */
void markup_name(GString *out, const char *name);

void markup_count(GString *out, gint64 count); /* "12,345" */

/* A table with a caption (nullable) that scrolls if it is too wide. columns ends with NULL; a
 * column whose heading begins with "#" has numbers. The first cell of a row is its heading. */
void markup_table(GString *out, const char *id, const char *caption, const char *const *columns);
void markup_table_end(GString *out);

/* A row; it ends where the next one begins. The cells are text, a name or a number, in the order of
 * the columns. */
void markup_row(GString *out);
void markup_cell(GString *out, const char *text);
void markup_cell_name(GString *out, const char *name);
void markup_cell_count(GString *out, gint64 count);
void markup_cell_share(GString *out, gint64 part, gint64 whole); /* "12 %" */

/* Makes JSON safe in a script element: nothing in it is markup, and it means the same. (transfer
 * full) */
char *markup_json(const char *json);
