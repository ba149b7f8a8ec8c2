/* Who decides about the suppression list, and why: what every line of the audit says. */
#pragma once

#include <glib.h>

typedef struct {
  const char *command; /* as typed: "allow", ... */
  const char *note;    /* NULL = none */
  gint64 uid;
  gint64 now; /* Unix seconds */
} Decision;
