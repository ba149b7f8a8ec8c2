/* Text files compiled into the program by build-aux/embed.sh. */
#pragma once

#include <stddef.h>

typedef struct {
  const char *name; /* file name without its folder; NULL ends a table */
  const char *text;
} EmbeddedFile;

extern const EmbeddedFile embedded_schema[]; /* schema, in order of migration */
extern const EmbeddedFile embedded_host[];   /* schema/host, of a host that joins a fleet */
extern const EmbeddedFile embedded_fleet[];  /* schema/fleet; the same */
extern const EmbeddedFile embedded_page[];   /* style and script of the report */
extern const EmbeddedFile embedded_chart[];  /* Chart.js; empty without it */
