/* The only error domain. The code says what the caller can do; the message says what happened. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum {
  BOUNCEDB_ERROR_TEMPFAIL, /* something in the environment failed: try again later */
  BOUNCEDB_ERROR_USAGE,    /* the command line is wrong */
  BOUNCEDB_ERROR_DATA,     /* an input file is wrong */
  BOUNCEDB_ERROR_CONFIG,   /* the configuration or a rule file is wrong */
} BouncedbError;

#define BOUNCEDB_ERROR (bouncedb_error_quark())
GQuark bouncedb_error_quark(void);

/* Set *error and return false, for `return throw(...)`. throw_errno appends ": " and the text of
 * errno; its code is TEMPFAIL. */
/* clang-format takes throw for C++. */
/* clang-format off */
bool throw(GError **error, BouncedbError code, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* clang-format on */
bool throw_errno(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
