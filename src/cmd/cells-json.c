#include "config.h"

#include "cmd/cells-json.h"

#include <string.h>

#include "base/dates.h"

void
cells_json_time(Json *json, const char *key, gint64 at)
{
  char buffer[DATE_BUFFER];
  json_text(json, key, at != 0 ? date_rfc3339(at, buffer) : NULL);
}

static bool
is_time(const char *name)
{
  return g_str_has_suffix(name, "_at") || strcmp(name, "at") == 0 || strcmp(name, "since") == 0 ||
         strcmp(name, "until") == 0;
}

void
cells_json(Json *json, const StoreCell *cells, guint n)
{
  for (guint i = 0; i < n; i++) {
    const StoreCell *cell = &cells[i];
    if (cell->text == NULL)
      json_none(json, cell->name);
    else if (is_time(cell->name))
      cells_json_time(json, cell->name, cell->value);
    else if (strcmp(cell->name, "counts") == 0)
      json_bool(json, cell->name, cell->value != 0);
    else if (cell->number)
      json_int(json, cell->name, cell->value);
    else
      json_text(json, cell->name, cell->text);
  }
}
