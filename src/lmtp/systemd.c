#include "config.h"

#include "lmtp/systemd.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The value of a variable that is meant for this process; 0 = there is none. */
static gint64
number_for_us(const char *variable, const char *pid_variable)
{
  const char *text = g_getenv(variable), *pid = g_getenv(pid_variable);
  if (text == NULL || (pid != NULL && g_ascii_strtoll(pid, NULL, 10) != getpid()))
    return 0;
  return MAX(g_ascii_strtoll(text, NULL, 10), 0);
}

int
systemd_sockets(void)
{
  enum { SOCKETS_MAX = 64 };
  if (g_getenv("LISTEN_PID") == NULL)
    return 0;
  int n = (int)MIN(number_for_us("LISTEN_FDS", "LISTEN_PID"), SOCKETS_MAX);
  for (int fd = SYSTEMD_FIRST; fd < SYSTEMD_FIRST + n; fd++)
    fcntl(fd, F_SETFD, FD_CLOEXEC);
  return n;
}

/* False if the variable names no socket. "@" begins an abstract name. */
static bool
find_receiver(struct sockaddr_un *address, socklen_t *length)
{
  const char *path = g_getenv("NOTIFY_SOCKET");
  if (path == NULL || (*path != '/' && *path != '@') || strlen(path) >= sizeof address->sun_path)
    return false;
  address->sun_family = AF_UNIX;
  memcpy(address->sun_path, path, strlen(path) + 1);
  *length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
  if (*path == '@')
    address->sun_path[0] = '\0';
  else
    (*length)++;
  return true;
}

void
systemd_notify(const char *state)
{
  struct sockaddr_un address = {0};
  socklen_t length;
  if (!find_receiver(&address, &length))
    return;
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return;
  /* If nobody listens, nobody has to know. */
  (void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address, length);
  close(fd);
}

gint64
systemd_watchdog(void)
{
  return number_for_us("WATCHDOG_USEC", "WATCHDOG_PID");
}
