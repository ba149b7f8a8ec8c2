#include "config.h"

#include "cmd/ids.h"

#include "base/number.h"

bool
id_parse_named(const char *text, Id *out)
{
  guint64 number;
  if ((*text != 'f' && *text != 'm') || !number_parse(text + 1, 1, G_MAXINT64, &number))
    return false;
  *out = (Id){*text, (gint64)number};
  return true;
}

bool
id_parse(const char *text, Id *out)
{
  guint64 number;
  if (id_parse_named(text, out))
    return true;
  if (!number_parse(text, 1, G_MAXINT64, &number))
    return false;
  *out = (Id){'f', (gint64)number};
  return true;
}
