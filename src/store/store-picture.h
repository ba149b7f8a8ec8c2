/* A database with the counts of a fleet instead of the records of a host, from which stats and
 * report read as from any other. It has no addresses and no replies. */
#pragma once

#include "store/store-row.h"
#include "store/store.h"

/* What is counted, and the columns of a row. Days are days since 1970; "" is unknown. */
typedef enum {
  PICTURE_FAILURES,   /* day, class, reason, provider, failures */
  PICTURE_RECENT,     /* some of these, more closely: day, class, reason, provider, list, domain,
                         failures */
  PICTURE_RULES,      /* the latest ones: reason, provider, party, class, rule */
  PICTURE_EVER,       /* class, reason, provider, failures */
  PICTURE_LIST,       /* entries of the list: day, added, held */
  PICTURE_MESSAGES,   /* kind, in 7 days, in 30 days, day of the last one */
  PICTURE_COMPLAINTS, /* provider, the same */
  PICTURE_HOSTS,      /* how many, when the last one has sent something (Unix seconds) */
  N_PICTURES
} PictureTable;

enum { PICTURE_COLUMNS_MAX = 7 };

/* Creates the database, in an empty folder that is nobody else's. */
Store *store_picture_new(const char *path, GError **error);

/* values: as many as the table has columns; NULL = "" . */
bool store_picture_add(Store *store, PictureTable table, const char *const *values, GError **error);

/* After the last row. */
bool store_picture_finish(Store *store, GError **error);

/* How many hosts are counted together; 0 = this is no picture. */
bool store_picture_hosts(Store *store, gint64 *hosts, GError **error);

/* Rows (provider, week, month, last_day) of the tables messages (provider: the kind) and
 * complaints, the most first. */
bool store_picture_sources(Store *store, PictureTable table, StoreRowFunc func, gpointer data,
                           GError **error);
