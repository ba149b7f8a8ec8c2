/* The recipients in the log of a mail server: lines of Postfix and Exim.
 *
 * A log also contains what strangers say (in HELO, in recipients that are refused). So addresses
 * are taken only from where the server itself writes the recipient of a delivery. Messages with the
 * null sender are bounces and automatic replies, which a stranger can have sent to any address:
 * their recipients do not count as written to. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct MailLog MailLog;

/* The hash of a Message-ID, without its brackets; never 0. */
typedef gint64 (*MailLogHash)(const char *message_id, gconstpointer data);

/* sender (nullable): only messages from this envelope sender count, whatever extension its local
 * part has. relays (nullable, borrowed): hosts that accept mail for everybody (maillog-accepted.h).
 * now: Unix seconds, for dates without a year, and because nothing is later. */
MailLog *maillog_new(const char *sender, const GStrv relays, gint64 now);
void maillog_free(MailLog *log);

/* The Message-IDs of our own messages (maillog-origin.h) are told, as hashes. */
void maillog_hash_with(MailLog *log, MailLogHash hash, gconstpointer data);

/* One recipient of a message. */
typedef struct {
  const char *address;
  gint64 at;       /* the last second of the day that the line is dated, but not in the future */
  gint64 accepted; /* when the recipient's own host accepted it; 0 = it did not, or not known */
  gint64 message;  /* hash of the Message-ID; 0 = not known, or a stranger chose it */
} MailLogRecipient;

/* One line, without its end, in the order of the log. Returns whether it has a date and a program
 * as lines of a log do; most lines are not about recipients. */
typedef void (*MailLogFunc)(const MailLogRecipient *recipient, gpointer data);
bool maillog_line(MailLog *log, const char *line, MailLogFunc func, gpointer data);

/* One of our own messages that is in the queue: what the lines about it have told. */
typedef struct {
  gint64 message; /* as above */
  int counts;     /* whether its sender does; -1 = not known */
  gint64 at;      /* as above, of its last line */
} MailLogQueued;

/* What is known when the log begins in the middle of a message's life; and what has to be known
 * when it goes on: in any order. */
void maillog_resume(MailLog *log, const char *id, const MailLogQueued *queued);
typedef bool (*MailLogQueuedFunc)(const char *id, const MailLogQueued *queued, gpointer data,
                                  GError **error);
bool maillog_each_queued(const MailLog *log, MailLogQueuedFunc func, gpointer data, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(MailLog, maillog_free)
