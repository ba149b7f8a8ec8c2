/* An enhanced mail system status code (RFC 3463), as a value. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct {
  short klass;   /* 2, 4 or 5; 0 = absent */
  short subject; /* 0..999 */
  short detail;  /* 0..999 */
} Status;

enum { STATUS_BUFFER = 12 }; /* "5.999.999" and its NUL, with room */

/* Read a code at the start of text, of which at most length bytes are looked at. It has to end
 * there or be followed by something that is neither a digit, a letter nor a dot and a digit (so an
 * IP address is none). Returns the bytes used, 0 where there is no code. */
size_t status_parse(const char *text, size_t length, Status *out);

/* The first code anywhere in text that stands free, as in "550 5.1.1 no" or "(#5.1.1)". */
bool status_find(const char *text, Status *out);

/* Writes "5.1.1", or "" when absent. Returns buffer. */
const char *status_format(Status status, char buffer[STATUS_BUFFER]);

static inline bool
status_present(Status status)
{
  return status.klass != 0;
}

/* Whether the code says more than its first digit, as x.0.0 does not. */
static inline bool
status_is_specific(Status status)
{
  return status_present(status) && (status.subject != 0 || status.detail != 0);
}
