/* Reading untrusted JSON (RFC 8259): visits every scalar with its path. Builds nothing, so the time
 * is linear, and the memory that of the longest string. */
#pragma once

#include <glib.h>
#include <stdbool.h>

enum { JSON_DEPTH_MAX = 32 };

/* path: as "bounce.recipients[0].status". value: a string without quotes and escapes, or a number
 * or word as written. Both are borrowed. */
typedef void (*JsonVisit)(const char *path, const char *value, void *data);

/* Reads one object or array at the beginning of text (valid UTF-8), after blanks, and ignores what
 * follows it. Line ends inside a string are dropped, because mail systems fold long lines. false if
 * text is not JSON, or is nested too deeply; some values have been visited by then. */
bool json_read(const char *text, JsonVisit visit, void *data);
