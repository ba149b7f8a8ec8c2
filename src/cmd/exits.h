/* Exit statuses, and the one place where an error becomes one.
 *
 * Mail servers agree on two only: 0 is delivered and 75 is try again. sysexits.h has more, but
 * Postfix, Exim, OpenSMTPD, Sendmail and Courier read them differently. So deliver knows these two.
 */
#pragma once

#include "base/error.h"

enum {
  EXIT_OK = 0,
  EXIT_NEGATIVE = 1, /* the answer is no, or nothing was found */
  EXIT_USAGE = 64,
  EXIT_DATA = 65,
  EXIT_TEMPFAIL = 75,
  EXIT_CONFIG = 78,
};

/* error: NULL, where a command failed without one (a bug), is a failure like those of the system.
 */
int exits_from_error(const GError *error);
