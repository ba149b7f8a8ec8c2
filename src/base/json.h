/* Writing JSON (RFC 8259) value by value; the writer places the commas. Text is escaped so that it
 * is safe on a terminal. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
  GString *out;
  bool comma;
} Json;

void json_clear(Json *json);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Json, json_clear)

Json json_new(void);
void json_open(Json *json, const char *key, char bracket); /* '{' or '['; in arrays, key is NULL */
void json_close(Json *json, char bracket);                 /* '}' or ']' */
void json_text(Json *json, const char *key, const char *value); /* null for NULL or "" */
void json_int(Json *json, const char *key, gint64 value);
void json_bool(Json *json, const char *key, bool value);
void json_none(Json *json, const char *key);
/* Appends text alone, in quotes; null for NULL or "". */
void json_append(GString *out, const char *text);

char *json_finish(Json *json); /* (transfer full) */

/* An object on a line of standard output: begins one; closes and prints it. */
Json json_begin(void);
void json_print(Json *json);
