#include "config.h"

#include "base/hex.h"

void
hex_write(const guint8 *octets, gsize n, char *out)
{
  static const char digits[] = "0123456789abcdef";
  for (gsize i = 0; i < n; i++) {
    *out++ = digits[octets[i] >> 4];
    *out++ = digits[octets[i] & 15];
  }
  *out = '\0';
}

bool
hex_read(const char *text, guint8 *out, gsize n)
{
  for (gsize i = 0; i < n; i++) {
    int high = g_ascii_xdigit_value(text[2 * i]);
    int low = high < 0 ? -1 : g_ascii_xdigit_value(text[2 * i + 1]);
    if (low < 0)
      return false;
    out[i] = (guint8)(high << 4 | low);
  }
  return true;
}
