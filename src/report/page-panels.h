/* The panels of the page. Each is complete without the script. */
#pragma once

#include "report/overview.h"

/* Is something wrong, whose fault is it, what to do first. */
void page_answers(GString *out, const Overview *overview);

/* What to do, and what cannot be filtered. */
void page_remedies(GString *out, const Overview *overview);
void page_campaigns(GString *out, const Overview *overview);
void page_domains(GString *out, const Overview *overview);
void page_unknown(GString *out, const Overview *overview);
void page_list(GString *out, const Overview *overview);
void page_complaints(GString *out, const Overview *overview);
void page_messages(GString *out, const Overview *overview);
void page_entries(GString *out, const Overview *overview); /* nothing unless there are addresses */

/* What the script filters: its tables show 30 days until then. */
void page_filters(GString *out, const Overview *overview);
void page_days(GString *out, const Overview *overview);
void page_reputation(GString *out, const Overview *overview);
void page_providers(GString *out, const Overview *overview);
void page_lists(GString *out, const Overview *overview);
void page_times(GString *out, const Overview *overview);
