/* Reading again what could not be read when it came. */
#pragma once

#include "store/store-decisions.h"
#include "cmd/cmd.h"

/* Reads the kept messages that were recorded in the span (only its times matter) as unreadable. A
 * report that can be read now takes the place of its record, in one transaction; then its copy is
 * removed. Prints what has come of it, as text or as one JSON object. */
bool reread(Context *context, const Span *span, bool dry_run, bool json, GError **error);
