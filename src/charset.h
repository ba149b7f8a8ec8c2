/* Bytes of any charset to valid UTF-8. */
#pragma once

#include <glib.h>

/* declared may be NULL, wrong or unknown. Tried in order: UTF-8 where the bytes are valid UTF-8 and
 * the label does not say ISO-2022; the declared charset; a guess among GB18030, Big5, Shift_JIS,
 * EUC-JP, KOI8-R, windows-1252 by how much of it is common text; at last every byte that does not
 * fit becomes U+FFFD. Never fails. (transfer full) */
char *charset_to_utf8(const char *bytes, size_t length, const char *declared);

/* The same for a reply as mail servers quote it: Exim writes non-ASCII bytes as backslash octal
 * (\344\270\215), which is undone first. (transfer full) */
char *charset_recover_reply(const char *text);
