#include "config.h"

#include "base/number.h"

bool
number_read(const char **text, guint64 max, guint64 *out)
{
  guint64 value = 0;
  const char *p = *text;
  for (; g_ascii_isdigit(*p); p++) {
    guint64 digit = (guint64)g_ascii_digit_value(*p);
    if (value > (max - MIN(digit, max)) / 10 || digit > max)
      return false;
    value = value * 10 + digit;
  }
  if (p == *text)
    return false;
  *text = p;
  *out = value;
  return true;
}

bool
number_parse(const char *text, guint64 min, guint64 max, guint64 *out)
{
  return number_read(&text, max, out) && *text == '\0' && *out >= min;
}
