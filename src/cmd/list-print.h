/* Rows of a list, for people, spreadsheets and programs. */
#pragma once

#include "store/store-row.h"

typedef struct {
  guint rows;
  bool color;
  int columns; /* of the terminal; 0 = addresses are never cut */
} ListPrinter;

typedef struct {
  const char *name; /* as for --format */
  StoreRowFunc print;
  const char *before, *after; /* what encloses the rows */
} ListFormat;

/* text, csv, json and jsonl; a row without a name ends the table. The functions take a ListPrinter.
 * They return false, with an error, if standard output cannot be written to. */
extern const ListFormat list_formats[];

/* For people: "f12" is a failure, "m34" a message. (transfer full) */
char *list_id(const StoreCell *cells, guint n);
