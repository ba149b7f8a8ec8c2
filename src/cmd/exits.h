/* Exit statuses, and the only place where an error becomes one.
 *
 * Mail servers agree only on two: 0 means delivered, 75 means try again. They read the others of
 * sysexits.h differently (Postfix, Exim, OpenSMTPD, Sendmail, Courier), so deliver uses only these
 * two. */
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

/* EXIT_TEMPFAIL also for NULL: a command that failed without an error, which is a bug. */
int exits_from_error(const GError *error);
