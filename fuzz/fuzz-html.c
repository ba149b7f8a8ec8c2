/* HTML becomes text that is not longer. */
#include "config.h"

#include "fuzz.h"

#include "mail/html.h"

FUZZ_TARGET(html)
{
  g_autofree char *html = fuzz_text(data, size);
  size_t length = strlen(html);
  g_autofree char *text = html_to_text(html, length);
  fuzz_check_utf8(text);
  g_assert_cmpuint(strlen(text), <=, length + 1);
  return 0;
}
