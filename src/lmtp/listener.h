/* Sockets that clients connect to. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

typedef struct {
  int fd;     /* listens, does not block; -1 = closed */
  char *path; /* of a local socket that listener_close() removes; NULL = none */
} Listener;

typedef struct {
  mode_t mode; /* of a local socket */
  bool remote; /* an address that other hosts can reach is allowed */
} ListenerOptions;

/* "unix:PATH" or "inet:ADDRESS:PORT" (an IPv6 address in brackets). A socket in place of a local
 * one is removed if nobody listens to it. An address that is malformed, or not on this host's
 * loopback interface without being allowed, is an error (USAGE); what cannot be bound is another
 * (TEMPFAIL). */
bool listener_open(Listener *listener, const char *address, const ListenerOptions *options,
                   GError **error);

/* A socket that is listened to already, passed on by the service manager. */
bool listener_adopt(Listener *listener, int fd, GError **error);

void listener_close(Listener *listener);

/* The next connection, which does not block; -1 with errno set if there is none. */
int listener_accept(const Listener *listener);

/* Who is at the other end, for limits: a user of this host, or an address. (transfer full) */
char *listener_peer(int connection);
