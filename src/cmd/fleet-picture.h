/* stats and report --fleet: the counts of all hosts, in a temporary database. */
#pragma once

#include "cmd/cmd.h"

/* Reads them as [fleet] read-connection says. NULL on error, or if bouncedb-sync has said why and
 * set context->status. The files are gone already. */
Store *fleet_picture_open(Context *context, GError **error);
