/* How plausible is a text? Bytes decoded in the wrong charset give rare ideographs, mixed case in
 * the middle of words, box drawings. */
#pragma once

#include <glib.h>

/* Higher the more of the text is what people and mail servers write; ASCII does not count. utf8
 * must be valid. Linear. */
int charset_score(const GString *utf8);
