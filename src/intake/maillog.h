/* The recipients in the log of a mail server: lines of Postfix and Exim.
 *
 * A log also contains what strangers say (in HELO, in recipients that are refused). So addresses
 * are taken only from where the server itself writes the recipient of a delivery. Messages with the
 * null sender are bounces and automatic replies, which a stranger can have sent to any address:
 * their recipients do not count as written to. */
#pragma once

#include <glib.h>

typedef struct MailLog MailLog;

/* sender (nullable): only messages from this envelope sender count, with any extension of its local
 * part. now: Unix seconds; completes dates without a year, and no date is later. */
MailLog *maillog_new(const char *sender, gint64 now);
void maillog_free(MailLog *log);

/* Calls func with each recipient in a line, without its line ending. Lines come in the order of the
 * log. at: the end of the day of the line, in Unix seconds. */
typedef void (*MailLogFunc)(const char *address, gint64 at, gpointer data);
void maillog_line(MailLog *log, const char *line, MailLogFunc func, gpointer data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(MailLog, maillog_free)
