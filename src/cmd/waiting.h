/* Whether a mail server is waiting to have its message recorded, whatever its command line asks
 * for.
 *
 * A person who asks for help gets it, and so does a script. A mail server whose configuration has
 * such an option by mistake must hear "try again": status 0 would lose its messages. */
#pragma once

#include <stdbool.h>

/* Whether there is a message on standard input. It is then read to its end. Without one, returns at
 * once if standard input is a device (a terminal, /dev/null) or at its end, or if standard output
 * is a terminal; from a pipe that stays open, after a few seconds. */
bool waiting_message(void);

/* Reads standard input to its end: if we exit earlier, some mail servers see an error of their own
 * instead of our status. Does nothing on a terminal. */
void waiting_drain(void);
