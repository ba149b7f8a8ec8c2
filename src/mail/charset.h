/* Converts bytes in any charset to valid UTF-8. */
#pragma once

#include <stddef.h>

/* declared may be NULL, wrong or unknown. Tries, in order: ISO 2022 if there are escape sequences,
 * whatever the label; UTF-8; the declared charset, in its vendor's superset, if all bytes fit.
 * Otherwise guesses the charset of each run of lines that is not UTF-8: windows-1252, GB18030,
 * Big5, Shift_JIS, EUC-JP, EUC-KR, KOI8-R or windows-1251, by how plausible the text is. What does
 * not fit becomes U+FFFD, NUL a blank. Never fails; linear. (transfer full) */
char *charset_to_utf8(const char *bytes, size_t length, const char *declared);

/* The same for a reply as mail servers quote it. Exim writes non-ASCII bytes as octal escapes
 * (\344\270\215), which are decoded first. (transfer full) */
char *charset_recover_reply(const char *text);
