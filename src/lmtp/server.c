#include "config.h"

#include "lmtp/server.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
  Listener listener;
  guint source; /* 0 = it is not watched, until the next tick */
  Server *server;
} Door;

struct Server {
  Handler handler; /* with a closed() of our own */
  gpointer data;   /* of the handler that we were given */
  gpointer (*begin)(Connection *connection, gpointer data);
  const char *host;
  ServerLimits limits;
  ServerCounts counts;
  GPtrArray *doors;
  GHashTable *connections; /* from Connection to the peer's name */
  GHashTable *peers;       /* from that name to how many it has */
};

static gpointer
begin(Connection *connection, gpointer data)
{
  Server *server = data;
  return server->begin(connection, server->data);
}

static guint
count_of(const Server *server, const char *peer)
{
  return GPOINTER_TO_UINT(g_hash_table_lookup(server->peers, peer));
}

static void
set_count(Server *server, const char *peer, guint count)
{
  if (count == 0)
    g_hash_table_remove(server->peers, peer);
  else
    g_hash_table_replace(server->peers, g_strdup(peer), GUINT_TO_POINTER(count));
}

static void
closed(Connection *connection, gpointer data)
{
  Server *server = data;
  const char *peer = g_hash_table_lookup(server->connections, connection);
  set_count(server, peer, count_of(server, peer) - 1);
  g_hash_table_remove(server->connections, connection);
}

static void
free_door(gpointer data)
{
  Door *door = data;
  if (door->source != 0)
    g_source_remove(door->source);
  listener_close(&door->listener);
  g_free(door);
}

Server *
server_new(const Handler *handler, const char *host)
{
  Server *server = g_new0(Server, 1);
  server->handler = *handler;
  server->handler.begin = begin;
  server->handler.closed = closed;
  server->handler.data = server;
  server->begin = handler->begin;
  server->data = handler->data;
  server->host = host;
  server->doors = g_ptr_array_new_with_free_func(free_door);
  server->connections = g_hash_table_new_full(NULL, NULL, NULL, g_free);
  server->peers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  return server;
}

void
server_limit(Server *server, const ServerLimits *limits)
{
  server->limits = *limits;
}

ServerCounts
server_counts(const Server *server)
{
  ServerCounts counts = server->counts;
  counts.open = g_hash_table_size(server->connections);
  return counts;
}

static bool
is_full(const Server *server, const char *peer)
{
  return g_hash_table_size(server->connections) >= server->limits.connections ||
         count_of(server, peer) >= server->limits.per_peer;
}

static void
admit(Server *server, int fd)
{
  static const char full[] = "421 4.3.2 Too many connections\r\n";
  g_autofree char *peer = listener_peer(fd);
  if (is_full(server, peer)) {
    server->counts.refused++;
    (void)!send(fd, full, strlen(full), MSG_NOSIGNAL); /* whoever does not read it, sees the end */
    close(fd);
    return;
  }
  server->counts.accepted++;
  set_count(server, peer, count_of(server, peer) + 1);
  Connection *connection = connection_new(fd, server->host, &server->handler);
  g_hash_table_insert(server->connections, connection, g_steal_pointer(&peer));
}

/* If there is no descriptor for a client, trying again at once would fail again. */
static gboolean
on_client(int fd, GIOCondition condition, gpointer data)
{
  (void)fd, (void)condition;
  Door *door = data;
  int client = listener_accept(&door->listener);
  if (client >= 0)
    admit(door->server, client);
  else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR && errno != ECONNABORTED) {
    door->source = 0;
    return G_SOURCE_REMOVE;
  }
  return G_SOURCE_CONTINUE;
}

static void
watch(Door *door)
{
  if (door->source == 0)
    door->source = g_unix_fd_add(door->listener.fd, G_IO_IN, on_client, door);
}

void
server_add(Server *server, const Listener *listener)
{
  Door *door = g_new0(Door, 1);
  door->listener = *listener;
  door->server = server;
  g_ptr_array_add(server->doors, door);
  watch(door);
}

static void
end_if_slow(const Server *server, Connection *connection, gint64 now)
{
  ConnectionAge age = connection_age(connection, now);
  if (age.message > server->limits.message)
    connection_stop(connection, "4.4.2", "The message takes too long");
  else if (age.idle > server->limits.idle)
    connection_stop(connection, "4.4.2", "Nothing has come for too long");
}

void
server_tick(Server *server)
{
  gint64 now = g_get_monotonic_time();
  g_autoptr(GList) all = g_hash_table_get_keys(server->connections);
  for (GList *at = all; at != NULL; at = at->next)
    end_if_slow(server, at->data, now);
  for (guint i = 0; i < server->doors->len; i++)
    watch(g_ptr_array_index(server->doors, i));
}

void
server_stop(Server *server)
{
  g_autoptr(GList) all = g_hash_table_get_keys(server->connections);
  g_ptr_array_set_size(server->doors, 0);
  for (GList *at = all; at != NULL; at = at->next)
    connection_stop(at->data, "4.3.2", "The service is stopping");
}

void
server_free(Server *server)
{
  if (server == NULL)
    return;
  g_autoptr(GList) all = g_hash_table_get_keys(server->connections);
  for (GList *at = all; at != NULL; at = at->next)
    connection_free(at->data);
  g_ptr_array_unref(server->doors);
  g_hash_table_unref(server->connections);
  g_hash_table_unref(server->peers);
  g_free(server);
}
