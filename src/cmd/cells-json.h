/* Rows of the database in JSON, in the style of bouncedb-json(7). */
#pragma once

#include "base/json.h"
#include "store/store-row.h"

/* Adds a member for each cell: times (columns that end in _at, and since) as RFC 3339 in UTC, truth
 * values (counts) as true and false, other numbers as numbers, and null for what is absent. */
void cells_json(Json *json, const StoreCell *cells, guint n);

/* Unix seconds as RFC 3339 in UTC; null for 0. */
void cells_json_time(Json *json, const char *key, gint64 at);
