/* Listeners and their connections, within limits. */
#pragma once

#include "lmtp/connection.h"
#include "lmtp/listener.h"

typedef struct {
  guint connections, per_peer;
  gint64 idle, message; /* seconds without anything from a client, and for a whole message */
} ServerLimits;

typedef struct {
  guint64 accepted, refused; /* connections */
  guint open;
} ServerCounts;

typedef struct Server Server;

/* host: for greetings; borrowed, as handler. closed() of the handler is not used. */
Server *server_new(const Handler *handler, const char *host);

/* Ends all connections. The listeners are closed. */
void server_free(Server *server);

void server_limit(Server *server, const ServerLimits *limits);
ServerCounts server_counts(const Server *server);

/* Accepts connections of the listener, which becomes the server's. */
void server_add(Server *server, const Listener *listener);

/* Ends the connections that have been too slow. To be called about every second. */
void server_tick(Server *server);

/* Accepts nothing more, and ends all connections: those with a message that is complete, after its
 * answer. */
void server_stop(Server *server);
