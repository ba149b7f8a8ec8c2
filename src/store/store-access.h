/* Whether this process can use the files of a database at all. */
#pragma once

#include <stdbool.h>

/* What keeps this process from the database, its log or its lock file, and the command that repairs
 * it. write: it has to write, and not only to read. NULL if nothing does, or if there is no
 * database. (transfer full) (nullable) */
char *store_access_problem(const char *path, bool write);
