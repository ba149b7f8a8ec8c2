/* One client: octets between its socket and the dialogue. Nothing is read from it while it waits
 * for us, or does not read our replies, so it can make us hold little more than a window. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct Connection Connection;

/* What happens to messages. data is that of the handler; message is what begin() returned. */
typedef struct {
  /* Content comes. */
  gpointer (*begin)(Connection *connection, gpointer data);

  /* The next piece. If it returns false, nothing more is read until connection_resume() or
   * connection_answer(). */
  bool (*append)(gpointer message, const char *bytes, size_t length);

  /* The message is complete. Everything is borrowed. connection_answer() has to follow, at once or
   * later. */
  void (*end)(gpointer message, const char *sender, const GPtrArray *recipients);

  /* The connection ends before that. The message may be complete. */
  void (*abandon)(gpointer message);

  /* The connection has ended, and is about to be freed. */
  void (*closed)(Connection *connection, gpointer data);
  gpointer data;
} Handler;

/* Takes fd, and greets. handler is borrowed; host is for the greeting. */
Connection *connection_new(int fd, const char *host, const Handler *handler);
void connection_free(Connection *connection); /* abandons its message, and calls closed() */

/* Goes on reading. */
void connection_resume(Connection *connection);

/* The reply for each recipient of the message that has ended; and goes on reading. */
void connection_answer(Connection *connection, int code, const char *status, const char *text);

/* Ends the connection with 421, now or when the message that has ended is answered. */
void connection_stop(Connection *connection, const char *status, const char *text);

/* Seconds of monotonic time since the client has done anything, and since it began its message (0 =
 * it has not). While it waits for us, neither grows. */
typedef struct {
  gint64 idle, message;
} ConnectionAge;
ConnectionAge connection_age(const Connection *connection, gint64 now);
