/* The period that --since and --until name. */
#pragma once

#include "base/error.h"

typedef struct {
  gint64 since, until; /* Unix seconds, inclusive; 0 and G_MAXINT64 if the option is not there */
} Period;

/* Parses the values of the two options, each of them nullable. A day as the end includes that day.
 * now: Unix seconds. An error is USAGE. */
bool period_parse(const char *since, const char *until, gint64 now, Period *out, GError **error);
