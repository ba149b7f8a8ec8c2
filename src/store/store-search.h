/* The texts that may name somebody. For the files of the store only. */
#pragma once

#include "store/store-private.h"

enum { N_SEARCH_TABLES = 5 };

/* Those with a row for each message or recipient. */
typedef struct {
  const char *name, *columns[10]; /* ends with NULL: one more than the longest row */
} SearchTable;
extern const SearchTable search_tables[N_SEARCH_TABLES];

/* Defines the function names(TEXT...) of SQL: whether one of the texts names one of these (element-
 * type Named). They must outlive it; NULL takes it away. */
bool store_define_names(Store *store, const GPtrArray *named, GError **error);

/* For store_forget_search(). */
bool store_search(Store *store, const GPtrArray *named, GError **error);

/* store-traces.c. Whether the file has anything of these (element-type Named), in texts or in what
 * is free. False positives are possible. */
bool store_has_traces(Store *store, const GPtrArray *named, bool *found, GError **error);

/* Removes what the function names() selects: texts of rows, notes, and names of lists in the
 * counts. In a transaction; reads what store_search() has not. */
bool store_erase_words(Store *store, GError **error);
