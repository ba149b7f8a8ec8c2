/* What all hosts of a fleet have recorded, as counts. */
#pragma once

#include "fleet/session.h"

/* Writes a new database (store/store-picture.h). now: Unix seconds. */
bool picture_write(Session *session, const char *path, gint64 now, GError **error);
