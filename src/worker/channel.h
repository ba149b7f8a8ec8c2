/* Frames over a stream socket: a length (four octets, in host byte order), and as many octets. Both
 * ends of the cage use it. */
#pragma once

#include <glib.h>

typedef enum {
  CHANNEL_OK,
  CHANNEL_CLOSED, /* the peer is gone */
  CHANNEL_LATE,   /* the deadline has passed */
  CHANNEL_BAD,    /* a frame exceeds the limit */
  CHANNEL_FAILED, /* the system has refused a call; errno says why */
} ChannelResult;

#define CHANNEL_FOREVER G_MAXINT64

/* deadline: monotonic time in microseconds (g_get_monotonic_time), or CHANNEL_FOREVER. */
ChannelResult channel_send(int fd, const void *bytes, size_t length, gint64 deadline);

/* Sets *out (transfer full) only if the result is CHANNEL_OK. */
ChannelResult channel_receive(int fd, size_t max, gint64 deadline, GBytes **out);
