/* Text files compiled into the program by build-aux/embed.sh. */
#pragma once

#include <stddef.h>

typedef struct {
  const char *name; /* file name without its folder; NULL ends a table */
  const char *text;
} EmbeddedFile;

extern const EmbeddedFile embedded_schema[]; /* schema, in order of migration */
