/* Bytes in any charset become UTF-8; the first octet of the input chooses the declared one. */
#include "config.h"

#include "fuzz.h"

#include "mail/charset.h"

static const char *const declared[] = {
    NULL,          "us-ascii",    "utf-8",    "iso-8859-1", "iso-8859-2",    "windows-1251",
    "koi8-r",      "gb2312",      "gb18030",  "big5",       "shift_jis",     "euc-jp",
    "euc-kr",      "iso-2022-jp", "utf-16le", "utf-7",      "x-unknown",     "",
    "iso-2022-kr", "hz-gb-2312",  "tis-620",  "utf-16",     "ks_c_5601-1987"};

FUZZ_TARGET(charset)
{
  if (size == 0)
    return 0;
  const char *bytes = (const char *)data + 1;
  const char *charset = declared[data[0] % G_N_ELEMENTS(declared)];
  g_autofree char *text = charset_to_utf8(bytes, size - 1, charset);
  fuzz_check_utf8(text);
  if (charset == NULL || strcmp(charset, "utf-8") == 0) {
    g_autofree char *again = charset_to_utf8(text, strlen(text), "utf-8");
    g_assert_true(memchr(bytes, 033, size - 1) != NULL || strcmp(again, text) == 0);
  }
  g_autofree char *reply = fuzz_text(data + 1, size - 1);
  g_autofree char *recovered = charset_recover_reply(reply);
  fuzz_check_utf8(recovered);
  return 0;
}
