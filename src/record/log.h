/* The mail log: one line per recipient, in the format that Postfix has made common. */
#pragma once

#include "store/store-record.h"

/* Sends it to syslog, facility mail; does nothing if there is no syslog. */
void log_report(const Report *report, const Recorded *recorded);

void log_warning(const char *message);
void log_forbidden(gint64 message_id); /* its parser made a system call that it may not make */
void log_held(void); /* a warning that the guard has begun to hold addresses today */

/* The line for one recipient; NULL = for the message as a whole. It has no control characters and
 * at most LOG_LINE_MAX octets. A comma in a value is \x2c, so ", " ends it; the diagnostic comes
 * last and ends with the line. (transfer full) */
enum { LOG_LINE_MAX = 512 };
char *log_line(const Report *report, const Recipient *recipient, const Recorded *recorded);
