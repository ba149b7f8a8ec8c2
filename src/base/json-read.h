/* JSON from strangers (RFC 8259): every scalar is visited with its path. Nothing is built, so the
 * cost is linear and the memory that of the longest string. */
#pragma once

#include <glib.h>
#include <stdbool.h>

enum { JSON_DEPTH_MAX = 32 };

/* path: "bounce.recipients[0].status"; value: a string undone, or a number or word as written.
 * Both are borrowed for the call. */
typedef void (*JsonVisit)(const char *path, const char *value, void *data);

/* Reads one object or array at the beginning of text, behind blanks; what stands behind it is left
 * alone. Line ends inside a string are dropped, for mail systems fold what is long. false where
 * text is no JSON or nested too deep; what was visited until then stays visited. */
bool json_read(const char *text, JsonVisit visit, void *data);
