#include "config.h"

#include "worker/channel.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static int
poll_timeout(gint64 deadline)
{
  gint64 left = deadline - g_get_monotonic_time();
  return left > 0 ? (int)MIN((left + 999) / 1000, G_MAXINT) : 0;
}

/* After a call that failed or would have blocked: CHANNEL_OK means try again. */
static ChannelResult
wait_for(int fd, short events, gint64 deadline)
{
  if (errno == EINTR)
    return CHANNEL_OK;
  if (errno == EPIPE || errno == ECONNRESET)
    return CHANNEL_CLOSED;
  if (errno != EAGAIN && errno != EWOULDBLOCK)
    return CHANNEL_FAILED;
  struct pollfd entry = {.fd = fd, .events = events};
  int n = poll(&entry, 1, poll_timeout(deadline));
  if (n > 0 || (n < 0 && errno == EINTR))
    return CHANNEL_OK;
  return n == 0 ? CHANNEL_LATE : CHANNEL_FAILED;
}

/* Skips n octets that were sent. */
static void
advance(struct msghdr *message, size_t n)
{
  while (message->msg_iovlen > 0 && n >= message->msg_iov->iov_len) {
    n -= message->msg_iov->iov_len;
    message->msg_iov++;
    message->msg_iovlen--;
  }
  if (message->msg_iovlen > 0) {
    message->msg_iov->iov_base = (char *)message->msg_iov->iov_base + n;
    message->msg_iov->iov_len -= n;
  }
}

/* One who waits for ever does so in the call itself. The worker's filter allows nothing but reading
 * and writing; a worker that writes to a parent that is gone ends by SIGPIPE. */
static ssize_t
put(int fd, const struct msghdr *message, gint64 deadline)
{
  if (deadline == CHANNEL_FOREVER)
    return writev(fd, message->msg_iov, (int)message->msg_iovlen);
  return sendmsg(fd, message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static ssize_t
get(int fd, char *buffer, size_t length, gint64 deadline)
{
  if (deadline == CHANNEL_FOREVER)
    return read(fd, buffer, length);
  return recv(fd, buffer, length, MSG_DONTWAIT);
}

ChannelResult
channel_send(int fd, const void *bytes, size_t length, gint64 deadline)
{
  guint32 header = (guint32)length;
  struct iovec pieces[] = {{&header, sizeof header}, {(void *)bytes, length}};
  struct msghdr message = {.msg_iov = pieces, .msg_iovlen = length > 0 ? 2 : 1};
  while (message.msg_iovlen > 0) {
    ssize_t n = put(fd, &message, deadline);
    if (n >= 0) {
      advance(&message, (size_t)n);
      continue;
    }
    ChannelResult result = wait_for(fd, POLLOUT, deadline);
    if (result != CHANNEL_OK)
      return result;
  }
  return CHANNEL_OK;
}

static ChannelResult
receive_all(int fd, char *buffer, size_t length, gint64 deadline)
{
  while (length > 0) {
    ssize_t n = get(fd, buffer, length, deadline);
    if (n == 0)
      return CHANNEL_CLOSED;
    if (n > 0) {
      buffer += n;
      length -= (size_t)n;
      continue;
    }
    ChannelResult result = wait_for(fd, POLLIN, deadline);
    if (result != CHANNEL_OK)
      return result;
  }
  return CHANNEL_OK;
}

ChannelResult
channel_receive(int fd, size_t max, gint64 deadline, GBytes **out)
{
  guint32 length;
  ChannelResult result = receive_all(fd, (char *)&length, sizeof length, deadline);
  if (result != CHANNEL_OK)
    return result;
  if (length > max)
    return CHANNEL_BAD;
  g_autofree char *buffer = g_malloc(length + 1);
  result = receive_all(fd, buffer, length, deadline);
  if (result == CHANNEL_OK) {
    buffer[length] = '\0';
    *out = g_bytes_new_take(g_steal_pointer(&buffer), length);
  }
  return result;
}
