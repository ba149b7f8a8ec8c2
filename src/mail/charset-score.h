/* How likely is a text? Bytes that were decoded in the wrong charset give rare ideographs, letters
 * of mixed case in the middle of words, box drawings. */
#pragma once

#include <glib.h>

/* The more of the text is what people write in the replies of mail servers, the higher; ASCII does
 * not count. utf8 must be valid. Linear. */
int charset_score(const GString *utf8);
