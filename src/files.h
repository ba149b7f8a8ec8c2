/* What the file modules share. */
#pragma once

#include "error.h"

/* Makes the entry of path in its folder durable: after a create, a rename, an unlink. */
bool files_sync_folder(const char *path, GError **error);
