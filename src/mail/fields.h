/* Fields of message/delivery-status and its kin (RFC 3464 2.1, RFC 6533, RFC 5965), read with all
 * the tolerance that servers ask for: blank lines that are missing, doubled or in the wrong place,
 * continuation lines that are not indented, blanks in front of the colon. */
#pragma once

#include <glib.h>
#include <stdbool.h>

enum { FIELD_VALUE_MAX = 8 << 10 }; /* octets of one value; the rest is dropped */

typedef struct {
  char *name;
  char *value; /* unfolded, outer blanks removed; never NULL */
  bool gap;    /* an empty line stands in front */
} Field;

/* An empty list, and one field more for it. (transfer full) */
GPtrArray *fields_new(void);
void fields_add(GPtrArray *fields, const char *name, const char *value);

/* All fields of a text with LF line ends, in order. (element-type Field) (transfer full) */
GPtrArray *fields_parse(const char *text);

/* The fields sorted into groups: index 0 holds what is said about the message, the others what is
 * said about one recipient each. Where blank lines and field names disagree about the borders, the
 * names win. fields has to outlive the result. (element-type GPtrArray of Field) (transfer full) */
GPtrArray *fields_group(const GPtrArray *fields);

/* The first value of that name, case-insensitive; NULL where there is none. */
const char *fields_get(const GPtrArray *fields, const char *name);
