/* The mail log: one line a recipient, in the form that Postfix has made the common one. */
#pragma once

#include "store/store-record.h"

/* To syslog, facility mail; quietly nothing where there is no syslog. */
void log_report(const Report *report, const Recorded *recorded);

void log_warning(const char *message);
void log_held(void); /* the guard has begun to hold new suppressions today */

/* The line itself; recipient may be NULL. Free of controls, at most LOG_LINE_MAX octets.
 * (transfer full) */
enum { LOG_LINE_MAX = 512 };
char *log_line(const Report *report, const Recipient *recipient, const Recorded *recorded);
