/* Bytes of any charset to valid UTF-8. */
#pragma once

#include <stddef.h>

/* declared may be NULL, wrong or unknown. Tried in order: ISO 2022 where its escape sequences
 * stand, whatever the label; UTF-8; the declared charset, in its vendor's superset, where all bytes
 * fit. Else each run of lines that is not UTF-8 is guessed for itself, among windows-1252, GB18030,
 * Big5, Shift_JIS, EUC-JP, EUC-KR, KOI8-R and windows-1251, by how much of it is common text. What
 * does not fit becomes U+FFFD, NUL a blank. Never fails; linear. (transfer full) */
char *charset_to_utf8(const char *bytes, size_t length, const char *declared);

/* The same for a reply as mail servers quote it: Exim writes non-ASCII bytes as backslash octal
 * (\344\270\215), which is undone first. (transfer full) */
char *charset_recover_reply(const char *text);
