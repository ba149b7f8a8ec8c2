/* JSON (RFC 8259), written value by value into a GString; commas and nesting are kept right by the
 * writer's state. Text is escaped so that no control reaches a terminal. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
  GString *out;
  bool comma;
} Json;

Json json_new(void);
void json_open(Json *json, const char *key, char bracket); /* '{' or '['; key NULL inside arrays */
void json_close(Json *json, char bracket);                 /* '}' or ']' */
void json_string(Json *json, const char *key, const char *value); /* NULL or "" gives null */
void json_int(Json *json, const char *key, gint64 value);
void json_null(Json *json, const char *key);
/* text alone, in quotes; NULL or "" gives null. */
void json_append(GString *out, const char *text);

char *json_finish(Json *json); /* (transfer full) */
