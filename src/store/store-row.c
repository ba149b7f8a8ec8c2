#include "config.h"

#include "store/store-row.h"

#include <string.h>

static const StoreCell *
find_cell(const StoreCell *cells, guint n, const char *name)
{
  for (guint i = 0; i < n; i++)
    if (strcmp(cells[i].name, name) == 0)
      return &cells[i];
  return NULL;
}

const char *
store_cell(const StoreCell *cells, guint n, const char *name)
{
  const StoreCell *cell = find_cell(cells, n, name);
  return cell != NULL ? cell->text : NULL;
}

gint64
store_cell_int(const StoreCell *cells, guint n, const char *name)
{
  const StoreCell *cell = find_cell(cells, n, name);
  return cell != NULL ? cell->value : 0;
}
