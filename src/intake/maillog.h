/* To whom a mail server has written, by its own log: lines of Postfix and Exim.
 *
 * A log holds what strangers say too (in HELO, in refused recipients), so only what stands in the
 * place where the server itself writes the recipient of a delivery is taken. Messages with the null
 * sender are bounces and automatic replies, which a stranger can have sent to anybody: they do not
 * count as written. */
#pragma once

#include <glib.h>

typedef struct MailLog MailLog;

/* sender (nullable): only messages from this envelope sender count, whatever extension its local
 * part has. now: Unix seconds, for dates without a year, and because nothing is later. */
MailLog *maillog_new(const char *sender, gint64 now);
void maillog_free(MailLog *log);

/* One line, without its end, in the order of the log. at: end of the day that the line is dated. */
typedef void (*MailLogFunc)(const char *address, gint64 at, gpointer data);
void maillog_line(MailLog *log, const char *line, MailLogFunc func, gpointer data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(MailLog, maillog_free)
