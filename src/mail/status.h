/* An enhanced status code (RFC 3463). */
#pragma once

#include <stdbool.h>
#include <stddef.h>

typedef struct {
  short klass;   /* 2, 4 or 5; 0 = absent */
  short subject; /* 0..999 */
  short detail;  /* 0..999 */
} Status;

enum {
  STATUS_BUFFER = 12, /* "5.999.999" and its NUL, with room */
  STATUS_REACH = 20,  /* octets in which status_parse() finds what it looks for */
};

/* Reads the code at the beginning of text, of which at most length bytes are read. It must end
 * there, or before something other than a digit, a letter, or a dot and a digit (so an IP address
 * is not a code); or it is there twice, without a blank between, as where the lines of a reply were
 * joined. Returns the bytes used, 0 if there is no code. */
size_t status_parse(const char *text, size_t length, Status *out);

/* Finds the first code in text that stands alone, as in "550 5.1.1 no" or "(#5.1.1)". */
bool status_find(const char *text, Status *out);

/* Writes "5.1.1", or "" if absent. Returns buffer. */
const char *status_format(Status status, char buffer[STATUS_BUFFER]);

static inline bool
status_present(Status status)
{
  return status.klass != 0;
}

/* Whether the code says more than its first digit; x.0.0 does not. */
static inline bool
status_is_specific(Status status)
{
  return status_present(status) && (status.subject != 0 || status.detail != 0);
}
