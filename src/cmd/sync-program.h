/* bouncedb-sync, the program that connects to the fleet. */
#pragma once

#include "cmd/cmd.h"

/* Runs it with a verb and these options (NULL ends them; one may be NULL-valued: then it and the
 * value are left out), and waits. Sets context->status to its status. An error if there is no such
 * program, no connection is configured, or it died. connection: nullable. */
typedef struct {
  const char *option, *value; /* value: NULL = the option is left out; "" = it takes none */
} SyncOption;

bool sync_program_run(Context *context, const char *verb, const char *connection,
                      const SyncOption *options, GError **error);
