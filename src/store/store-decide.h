/* Which failure or complaint puts an address on the suppression list. For the files of the store
 * alone; the rest of their contracts is in store-private.h. */
#pragma once

#include "store/store-statement.h"

/* A failure or a complaint that may decide: the columns of entry in their order, and the source
 * that the guard counts by. A condition follows. */
#define OF_FAILURE                                                                                 \
  "SELECT f.address, f.recipient, f.recipient_domain, f.provider, f.class, f.reason, f.failed_at," \
  " f.message_id, f.failure_id, NULL, t.days, t.span, t.window,"                                   \
  " coalesce(f.provider, f.recipient_domain, '?'), f.day"                                          \
  " FROM failure AS f LEFT JOIN threshold AS t USING (reason) WHERE f.failure_id = "

#define OF_COMPLAINT                                                                               \
  "SELECT address, recipient, recipient_domain, provider, NULL, 'complaint', complained_at,"       \
  " message_id, NULL, complaint_id, 1, 0, 1, coalesce(provider, recipient_domain, '?')"            \
  " FROM complaint WHERE counting = 1 AND "

enum {
  COLUMN_ADDRESS = 0,
  COLUMN_DOMAIN = 2,
  COLUMN_PROVIDER = 3,
  COLUMN_REASON = 5,
  COLUMN_AT = 6,
  COLUMN_DAYS = 10,
  COLUMN_SPAN = 11,
  N_ENTRY_COLUMNS = 13,
  COLUMN_SOURCE = N_ENTRY_COLUMNS,
  COLUMN_DAY, /* OF_FAILURE alone */
};

/* Adds the entry for such a row, unless the address has an entry or an override. The entry is
 * active or, if the guard says so, held. */
bool store_enter(Store *store, sqlite3_stmt *row, GError **error);

/* row: of OF_FAILURE. Adds an entry if a threshold of several days is reached now. */
bool store_enter_by_days(Store *store, sqlite3_stmt *row, GError **error);
