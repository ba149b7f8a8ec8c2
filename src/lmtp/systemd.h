/* The two protocols of systemd that a service needs: sockets that it passes on (sd_listen_fds(3)),
 * and messages about the service's state (sd_notify(3)). Both are an environment variable and a
 * few lines; libsystemd would be one more library for every delivery to load. */
#pragma once

#include <glib.h>

/* How many sockets were passed on, from SYSTEMD_FIRST on; they are closed in programs that are run.
 * Call once. */
enum { SYSTEMD_FIRST = 3 };
int systemd_sockets(void);

/* Sends a state such as "READY=1", if there is somebody to be told. */
void systemd_notify(const char *state);

/* How often the watchdog expects "WATCHDOG=1", in microseconds; 0 = never. */
gint64 systemd_watchdog(void);
