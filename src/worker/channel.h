/* Frames over a stream socket: a length (four octets, in the order of this machine) and that many
 * octets. Both ends of the cage speak it. */
#pragma once

#include <glib.h>

typedef enum {
  CHANNEL_OK,
  CHANNEL_CLOSED, /* the peer is gone */
  CHANNEL_LATE,   /* the deadline has passed */
  CHANNEL_BAD,    /* a frame over the limit */
} ChannelResult;

#define CHANNEL_FOREVER G_MAXINT64

/* deadline: monotonic time in microseconds (g_get_monotonic_time), or CHANNEL_FOREVER. */
ChannelResult channel_send(int fd, const void *bytes, size_t length, gint64 deadline);

/* *out is set with CHANNEL_OK only. (transfer full) */
ChannelResult channel_receive(int fd, size_t max, gint64 deadline, GBytes **out);
