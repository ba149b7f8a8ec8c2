/* Mail addresses as reports write them. */
#pragma once

#include <stdbool.h>

/* An address in any of the forms that reports use: "rfc822; a@b", "<a@b>", "utf-8; \x{...}@b"
 * (RFC 6533), a quoted local part, a source route "@x,@y:a@b", a trailing comment. Returns the bare
 * address, its domain lower-cased, local part untouched; NULL where there is none or it is longer
 * than BOUNCE_ADDRESS_MAX or holds controls. A local part alone ("rfc822; root") is accepted only
 * with bare_ok. (transfer full) (nullable) */
char *address_parse(const char *text, bool bare_ok);

/* xtext (RFC 3461 section 4) undone: "a+2Bb" gives "a+b". Servers differ in whether they have
 * undone it already, so only sequences that decode to an octet that xtext must encode ('+', '=',
 * controls, blank, non-ASCII) are touched. (transfer full) */
char *address_decode_xtext(const char *text);

/* The part behind the last @, borrowed; "" where there is none. */
const char *address_domain(const char *address);

/* Same mailbox: local parts compared case-insensitively in ASCII, domains too. */
bool address_equal(const char *a, const char *b);

/* The next address in free text at or after *cursor, which moves behind it; *begin (nullable) gets
 * the place where it begins. NULL at the end. (transfer full) (nullable) */
char *address_next(const char **cursor, const char **begin);

/* The address of a field that holds exactly one; NULL where there is none or more, or value is
 * NULL. (transfer full) (nullable) */
char *address_only(const char *value);
