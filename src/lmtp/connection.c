#include "config.h"

#include "lmtp/connection.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lmtp/dialogue.h"

enum { CHUNK = 16 << 10 };

struct Connection {
  int fd;
  const Handler *handler;
  Dialogue *dialogue;
  gpointer message; /* NULL = none has begun */
  GString *rest;    /* what has been read, but not taken */
  guint input, output;
  bool running;                  /* within run(): who calls from there only changes the state */
  bool waiting;                  /* for resume or answer */
  bool ended;                    /* the message is complete */
  bool closed;                   /* ends after the replies */
  char *stop_status, *stop_text; /* ends after the answer; NULL = goes on */
  gint64 active, began;          /* monotonic microseconds; began: 0 = no message */
};

static void run(Connection *connection);

/* --- messages ----------------------------------------------------------------------------------*/

static void
begin_message(Connection *connection)
{
  if (connection->message == NULL)
    connection->message = connection->handler->begin(connection, connection->handler->data);
}

static void
pass_on(Connection *connection, const GString *content)
{
  begin_message(connection);
  if (!connection->handler->append(connection->message, content->str, content->len))
    connection->waiting = true;
}

static void
end_message(Connection *connection)
{
  begin_message(connection);
  connection->waiting = connection->ended = true;
  connection->handler->end(connection->message, dialogue_sender(connection->dialogue),
                           dialogue_recipients(connection->dialogue));
}

/* Takes what has been read, until the client has to wait. */
static void
take_rest(Connection *connection)
{
  static GString *content; /* empty between two calls */
  const char *bytes = connection->rest->str;
  size_t length = connection->rest->len;
  if (content == NULL)
    content = g_string_sized_new(CHUNK);
  while (length > 0 && !connection->waiting && !connection->closed) {
    DialogueEvent event = dialogue_take(connection->dialogue, &bytes, &length, content);
    if (content->len > 0)
      pass_on(connection, content);
    g_string_truncate(content, 0);
    if (event == DIALOGUE_MESSAGE)
      end_message(connection);
    connection->closed |= event == DIALOGUE_CLOSED;
  }
  g_string_erase(connection->rest, 0, (gssize)(connection->rest->len - length));
  if (!dialogue_has_message(connection->dialogue))
    connection->began = 0;
  else if (connection->began == 0)
    connection->began = connection->active;
}

/* --- the socket --------------------------------------------------------------------------------*/

typedef enum { SENT, BLOCKED, BROKEN } Sent;

static Sent
send_replies(Connection *connection)
{
  GString *replies = dialogue_replies(connection->dialogue);
  while (replies->len > 0) {
    ssize_t n = send(connection->fd, replies->str, replies->len, MSG_NOSIGNAL);
    if (n > 0)
      g_string_erase(replies, 0, n);
    else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
      return BLOCKED;
    else if (n == 0 || errno != EINTR)
      return BROKEN;
  }
  return SENT;
}

/* Returns false if the client is gone. */
static bool
receive(Connection *connection)
{
  static char buffer[CHUNK];
  ssize_t n = recv(connection->fd, buffer, sizeof buffer, 0);
  if (n < 0)
    return errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK;
  connection->active = g_get_monotonic_time();
  g_string_append_len(connection->rest, buffer, n);
  return n > 0;
}

/* While the client has to wait, its socket is not watched; run() watches it again. */
static gboolean
on_input(int fd, GIOCondition condition, gpointer data)
{
  (void)fd, (void)condition;
  Connection *connection = data;
  if (connection->waiting || connection->output != 0) {
    connection->input = 0;
    return G_SOURCE_REMOVE;
  }
  if (!receive(connection)) {
    connection_free(connection);
    return G_SOURCE_CONTINUE; /* it has been removed */
  }
  run(connection);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_output(int fd, GIOCondition condition, gpointer data)
{
  (void)fd, (void)condition;
  Connection *connection = data;
  connection->output = 0;
  connection->active = g_get_monotonic_time();
  run(connection);
  return G_SOURCE_REMOVE;
}

static void
watch(Connection *connection, Sent sent)
{
  if (sent == BLOCKED && connection->output == 0)
    connection->output =
        g_unix_fd_add(connection->fd, G_IO_OUT | G_IO_HUP | G_IO_ERR, on_output, connection);
  if (sent == SENT && !connection->waiting && connection->input == 0)
    connection->input =
        g_unix_fd_add(connection->fd, G_IO_IN | G_IO_HUP | G_IO_ERR, on_input, connection);
}

/* Goes on as far as possible. It may free the connection, so it comes last wherever it is called.
 */
static void
run(Connection *connection)
{
  if (connection->running || connection->output != 0)
    return;
  connection->running = true;
  take_rest(connection);
  connection->running = false;
  Sent sent = send_replies(connection);
  if (sent == BROKEN || (sent == SENT && connection->closed))
    connection_free(connection);
  else
    watch(connection, sent);
}

/* --- for others --------------------------------------------------------------------------------*/

Connection *
connection_new(int fd, const char *host, const Handler *handler)
{
  Connection *connection = g_new0(Connection, 1);
  connection->fd = fd;
  connection->handler = handler;
  connection->dialogue = dialogue_new(host);
  connection->rest = g_string_new(NULL);
  connection->active = g_get_monotonic_time();
  /* The caller has yet to keep it, so an error is left to the next attempt. */
  watch(connection, send_replies(connection) == SENT ? SENT : BLOCKED);
  return connection;
}

void
connection_free(Connection *connection)
{
  if (connection->message != NULL)
    connection->handler->abandon(connection->message);
  connection->handler->closed(connection, connection->handler->data);
  if (connection->input != 0)
    g_source_remove(connection->input);
  if (connection->output != 0)
    g_source_remove(connection->output);
  close(connection->fd);
  dialogue_free(connection->dialogue);
  g_string_free(connection->rest, TRUE);
  g_free(connection->stop_status);
  g_free(connection->stop_text);
  g_free(connection);
}

void
connection_resume(Connection *connection)
{
  connection->waiting = false;
  connection->active = g_get_monotonic_time();
  run(connection);
}

void
connection_answer(Connection *connection, int code, const char *status, const char *text)
{
  dialogue_answer(connection->dialogue, code, status, text);
  connection->message = NULL;
  connection->ended = false;
  if (connection->stop_status != NULL) {
    dialogue_close(connection->dialogue, connection->stop_status, connection->stop_text);
    connection->closed = true;
  }
  connection_resume(connection);
}

void
connection_stop(Connection *connection, const char *status, const char *text)
{
  if (connection->ended) {
    g_free(connection->stop_status);
    g_free(connection->stop_text);
    connection->stop_status = g_strdup(status);
    connection->stop_text = g_strdup(text);
    return;
  }
  dialogue_close(connection->dialogue, status, text);
  connection->closed = true;
  send_replies(connection);
  connection_free(connection); /* whether it takes the reply or not */
}

static gint64
seconds(gint64 from, gint64 to)
{
  return MAX(to - from, 0) / G_USEC_PER_SEC;
}

ConnectionAge
connection_age(const Connection *connection, gint64 now)
{
  if (connection->waiting)
    return (ConnectionAge){0, 0};
  return (ConnectionAge){seconds(connection->active, now),
                         connection->began != 0 ? seconds(connection->began, now) : 0};
}
