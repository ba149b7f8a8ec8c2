#include "config.h"

#include "lmtp/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/number.h"

enum { BACKLOG = 128 };

typedef union {
  struct sockaddr any;
  struct sockaddr_un local;
  struct sockaddr_in v4;
  struct sockaddr_in6 v6;
} Address;

static int
make_socket(int family, GError **error)
{
  int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    throw_errno(error, "cannot make a socket");
  return fd;
}

/* Binds and listens, or closes fd. */
static bool
listen_at(Listener *listener, int fd, const Address *address, socklen_t length, const char *name,
          GError **error)
{
  if (bind(fd, &address->any, length) == 0 && listen(fd, BACKLOG) == 0) {
    listener->fd = fd;
    return true;
  }
  throw_errno(error, "cannot listen at %s", name);
  close(fd);
  return false;
}

/* --- local -------------------------------------------------------------------------------------*/

/* Whether it is a socket that a process that has ended has left there. */
static bool
is_stale(const Address *address)
{
  struct stat st;
  if (lstat(address->local.sun_path, &st) != 0 || !S_ISSOCK(st.st_mode))
    return false;
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  bool stale =
      fd >= 0 && connect(fd, &address->any, sizeof address->local) != 0 && errno == ECONNREFUSED;
  if (fd >= 0)
    close(fd);
  return stale;
}

/* The mode is right from the beginning. */
static bool
open_local(Listener *listener, const char *path, mode_t mode, GError **error)
{
  Address address = {.local = {.sun_family = AF_UNIX}};
  if (*path != '/' || strlen(path) >= sizeof address.local.sun_path)
    return throw(error, BOUNCEDB_ERROR_USAGE,
                 "unix:%s is not an absolute path of at most %u octets", path,
                 (unsigned)sizeof address.local.sun_path - 1);
  g_strlcpy(address.local.sun_path, path, sizeof address.local.sun_path);
  int fd = make_socket(AF_UNIX, error);
  if (fd < 0)
    return false;
  if (is_stale(&address))
    unlink(path);
  mode_t mask = umask(~mode & 0777);
  bool ok = listen_at(listener, fd, &address, sizeof address.local, path, error);
  umask(mask);
  if (ok)
    listener->path = g_strdup(path);
  return ok;
}

/* --- internet ----------------------------------------------------------------------------------*/

static bool
is_loopback(const Address *address)
{
  if (address->any.sa_family == AF_INET)
    return ntohl(address->v4.sin_addr.s_addr) >> 24 == 127;
  return IN6_IS_ADDR_LOOPBACK(&address->v6.sin6_addr);
}

/* "127.0.0.1:24" or "[::1]:24". *length: of the socket address; 0 = malformed. */
static Address
parse_internet(const char *text, socklen_t *length)
{
  Address address = {0};
  guint64 port;
  const char *colon = strrchr(text, ':');
  *length = 0;
  if (colon == NULL || !number_parse(colon + 1, 0, 65535, &port))
    return address;
  bool v6 = *text == '[' && colon > text + 1 && colon[-1] == ']';
  g_autofree char *host = v6 ? g_strndup(text + 1, (size_t)(colon - text) - 2)
                             : g_strndup(text, (size_t)(colon - text));
  if (v6 && inet_pton(AF_INET6, host, &address.v6.sin6_addr) == 1) {
    address.v6.sin6_family = AF_INET6;
    address.v6.sin6_port = htons((guint16)port);
    *length = sizeof address.v6;
  } else if (!v6 && inet_pton(AF_INET, host, &address.v4.sin_addr) == 1) {
    address.v4.sin_family = AF_INET;
    address.v4.sin_port = htons((guint16)port);
    *length = sizeof address.v4;
  }
  return address;
}

static bool
open_internet(Listener *listener, const char *text, bool remote, GError **error)
{
  socklen_t length;
  const Address address = parse_internet(text, &length);
  if (length == 0)
    return throw(error, BOUNCEDB_ERROR_USAGE, "inet:%s is not an IP address and a port", text);
  if (!remote && !is_loopback(&address))
    return throw(
        error, BOUNCEDB_ERROR_USAGE,
        "inet:%s can be reached from other hosts, which have to prove nothing; if only mail "
        "servers can reach it, add --allow-remote",
        text);
  int fd = make_socket(address.any.sa_family, error), yes = 1;
  if (fd < 0)
    return false;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  return listen_at(listener, fd, &address, length, text, error);
}

/* --- both --------------------------------------------------------------------------------------*/

bool
listener_open(Listener *listener, const char *address, const ListenerOptions *options,
              GError **error)
{
  *listener = (Listener){.fd = -1};
  if (g_str_has_prefix(address, "unix:"))
    return open_local(listener, address + 5, options->mode, error);
  if (g_str_has_prefix(address, "inet:"))
    return open_internet(listener, address + 5, options->remote, error);
  return throw(error, BOUNCEDB_ERROR_USAGE, "%s is neither unix:PATH nor inet:ADDRESS:PORT",
               address);
}

bool
listener_adopt(Listener *listener, int fd, GError **error)
{
  int listens = 0;
  socklen_t length = sizeof listens;
  *listener = (Listener){.fd = -1};
  if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) != 0 || !listens)
    return throw(error, BOUNCEDB_ERROR_TEMPFAIL,
                 "descriptor %d, which was passed on, is not a socket that is listened to", fd);
  if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
    return throw_errno(error, "cannot use descriptor %d", fd);
  listener->fd = fd;
  return true;
}

void
listener_close(Listener *listener)
{
  if (listener->fd >= 0)
    close(listener->fd);
  if (listener->path != NULL)
    unlink(listener->path);
  g_free(listener->path);
  *listener = (Listener){.fd = -1};
}

int
listener_accept(const Listener *listener)
{
  return accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

char *
listener_peer(int connection)
{
  Address address = {0};
  socklen_t length = sizeof address;
  char text[INET6_ADDRSTRLEN] = "";
#ifdef SO_PEERCRED
  struct ucred peer;
  socklen_t size = sizeof peer;
#endif
  if (getpeername(connection, &address.any, &length) != 0)
    return g_strdup("unknown");
  switch (address.any.sa_family) {
  case AF_INET:
    return g_strdup(inet_ntop(AF_INET, &address.v4.sin_addr, text, sizeof text));
  case AF_INET6:
    return g_strdup(inet_ntop(AF_INET6, &address.v6.sin6_addr, text, sizeof text));
  default:
    break;
  }
#ifdef SO_PEERCRED
  if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0)
    return g_strdup_printf("user %ld", (long)peer.uid);
#endif
  return g_strdup("local");
}
