/* The recipients in the log of a mail server: lines of Postfix and Exim.
 *
 * A log also contains what strangers say (in HELO, in recipients that are refused). So addresses
 * are taken only from where the server itself writes the recipient of a delivery. Messages with the
 * null sender are bounces and automatic replies, which a stranger can have sent to any address:
 * their recipients do not count as written to. */
#pragma once

#include <glib.h>

typedef struct MailLog MailLog;

/* sender (nullable): only messages from this envelope sender count, whatever extension its local
 * part has. relays (nullable, borrowed): hosts that accept mail for everybody (maillog-accepted.h).
 * now: Unix seconds, for dates without a year, and because nothing is later. */
MailLog *maillog_new(const char *sender, const GStrv relays, gint64 now);
void maillog_free(MailLog *log);

/* One line, without its end, in the order of the log. at: end of the day that the line is dated.
 * accepted: when the recipient's own host accepted the message; 0 = it did not, or it is not known.
 */
typedef void (*MailLogFunc)(const char *address, gint64 at, gint64 accepted, gpointer data);
void maillog_line(MailLog *log, const char *line, MailLogFunc func, gpointer data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(MailLog, maillog_free)
