/* What the panels of the page have in common. */
#pragma once

#include "report/overview.h"

/* A section with a heading. explanation: HTML of ours. */
void page_section(GString *out, const char *id, const char *heading, const char *explanation);
void page_section_end(GString *out);

/* Ends a table; says so if there are no rows. */
void page_rows_end(GString *out, const GPtrArray *rows);

/* What a provider or a list (by its index in the cube) is called. */
void page_provider(GString *out, const Overview *overview, const char *id);
void page_name(GString *out, const Overview *overview, bool provider, guint index);

/* The command that explains a failure. */
void page_explain(GString *out, gint64 failure_id);
