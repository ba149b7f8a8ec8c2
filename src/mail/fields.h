/* The fields of message/delivery-status and similar types (RFC 3464 section 2.1, RFC 6533, RFC
 * 5965). Tolerates what servers get wrong: blank lines that are missing, doubled or misplaced,
 * continuation lines that are not indented, blanks before the colon. */
#pragma once

#include <glib.h>
#include <stdbool.h>

enum { FIELD_VALUE_MAX = 8 << 10 }; /* octets of one value; the rest is dropped */

typedef struct {
  char *name;
  char *value; /* unfolded, outer blanks removed; never NULL */
  bool gap;    /* an empty line precedes it */
} Field;

/* fields_new returns an empty list, fields_add appends to it. (transfer full) */
GPtrArray *fields_new(void);
void fields_add(GPtrArray *fields, const char *name, const char *value);

/* All fields in a text with LF line ends, in order. (element-type Field) (transfer full) */
GPtrArray *fields_parse(const char *text);

/* Sorts the fields into groups: index 0 has those about the message, each other group those about
 * one recipient. If blank lines and field names disagree about where a group ends, the names win.
 * fields must outlive the result. (element-type GPtrArray of Field) (transfer full) */
GPtrArray *fields_group(const GPtrArray *fields);

/* The value of the first field of that name, case-insensitive; NULL if there is none. */
const char *fields_get(const GPtrArray *fields, const char *name);
