/* Mail addresses as reports write them. */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Parses an address in any form that reports use: "rfc822; a@b", "<a@b>", "utf-8; \x{...}@b" (RFC
 * 6533), a quoted local part, a source route "@x,@y:a@b", a trailing comment. Returns the bare
 * address with its domain in lower case and its local part unchanged; NULL if there is none, or if
 * it is longer than BOUNCE_ADDRESS_MAX or contains what escape_is_dangerous() names: controls,
 * bidirectional overrides. A local part alone ("rfc822; root") is accepted only if bare_ok is set.
 * (transfer full) (nullable) */
char *address_parse(const char *text, bool bare_ok);

/* The same for the value of a field that holds nothing but an address. A local part with blanks may
 * lack its quotes, as nullmailer writes it ("rfc822; front desk@b"); the result has them. Other
 * words after a local part alone ("unknown recipient") make it none. (transfer full) (nullable) */
char *address_parse_field(const char *text, bool bare_ok);

/* Decodes xtext (RFC 3461 section 4): "a+2Bb" becomes "a+b". Some servers have decoded it already,
 * so only sequences for characters that xtext must encode are decoded: "+", "=", and a blank within
 * quotes. (transfer full) */
char *address_decode_xtext(const char *text);

/* Whether c may occur before the @ without quotes, or in a domain. Laxer than RFC 5321: dots
 * anywhere, underscores in a domain, and 8-bit. */
bool address_is_local(char c);
bool address_is_domain(char c);

/* The part after the last @, borrowed; "" if there is none. */
const char *address_domain(const char *address);

/* Whether both are the same mailbox; the case of ASCII letters does not matter, and neither does
 * whether the domain is in A-labels or in U-labels (RFC 5890). False if one is NULL. */
bool address_equal(const char *a, const char *b);

/* An address (nullable), or a domain alone, with its domain in A-labels. NULL if it is already, or
 * if it is not a valid name. (transfer full) (nullable) */
char *address_ascii(const char *address);

/* The same with U-labels: NULL if they are the same. (transfer full) (nullable) */
char *address_unicode(const char *address);

/* The same for people to read: with U-labels, or as it is if it would not be what it seems: if the
 * U-labels are another domain's spelling, mix scripts, or are written from right to left, which
 * would reorder the line. (transfer full) */
char *address_display(const char *address);

/* By what an address, or a domain, is known everywhere: domain in A-labels, ASCII letters in lower
 * case. (transfer full) */
char *address_key(const char *address);

/* The spellings in which the address may occur in a text, in lower case: the key is the first.
 * (element-type char*) (transfer full) */
GPtrArray *address_spellings(const char *address);

/* The next address in free text at or after *cursor, which moves past it. *begin (nullable) is set
 * to where it begins. NULL at the end. (transfer full) (nullable) */
char *address_next(const char **cursor, const char **begin);

/* The address in a field that has exactly one; NULL if there are none or several, or value is NULL.
 * (transfer full) (nullable) */
char *address_only(const char *value);
