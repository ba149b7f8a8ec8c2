/* Deciding which failure or complaint puts an address on the suppression list. For the files of the
 * store only; store_reconsider() is declared in store-private.h. */
#pragma once

#include "store/store-statement.h"

/* A failure that nothing proves may need another day. f: a failure, t: its threshold. */
#define DAYS_NEEDED "max(t.days, t.least * (f.trust <> 'verified'))"

/* A failure or complaint that may decide: the columns of the table entry, in order, and the source
 * by which the guard counts. The user appends a condition. */
#define OF_FAILURE                                                                                 \
  "SELECT f.address, f.recipient, f.recipient_domain, f.provider, f.class, f.reason, f.failed_at," \
  " f.message_id, f.failure_id, NULL, " DAYS_NEEDED ", t.span, t.window,"                          \
  " f.trust <> 'verified', coalesce(f.provider, f.recipient_domain, '?'), f.day"                   \
  " FROM failure AS f LEFT JOIN threshold AS t USING (reason) WHERE f.failure_id = "

#define OF_COMPLAINT                                                                               \
  "SELECT address, recipient, recipient_domain, provider, NULL, 'complaint', complained_at,"       \
  " message_id, NULL, complaint_id, 1, 0, 1, trust <> 'verified',"                                 \
  " coalesce(provider, recipient_domain, '?') FROM complaint WHERE counting = 1 AND "

enum {
  COLUMN_ADDRESS = 0,
  COLUMN_DOMAIN = 2,
  COLUMN_PROVIDER = 3,
  COLUMN_REASON = 5,
  COLUMN_AT = 6,
  COLUMN_MESSAGE = 7,
  COLUMN_DAYS = 10,
  COLUMN_SPAN = 11,
  COLUMN_UNPROVEN = 13,
  N_ENTRY_COLUMNS = 14,
  COLUMN_SOURCE = N_ENTRY_COLUMNS,
  COLUMN_DAY, /* only in OF_FAILURE */
};

/* Adds an entry for such a row, unless the address has an entry or an override. The guard decides
 * whether the entry is active or held. */
bool store_enter(Store *store, sqlite3_stmt *row, GError **error);

/* Enough different days, far enough apart, in the window that ends on last.day. */
#define REACHES(address)                                                                           \
  "(SELECT count(DISTINCT day) >= max(t.days, t.least * min(trust <> 'verified'))"                 \
  "   AND last.day - min(day) >= t.span FROM failure"                                              \
  " WHERE address = " address " AND reason = t.reason AND counting = 1"                            \
  "   AND day BETWEEN last.day - t.window + 1 AND last.day)"

/* An entry s of the view suppression has not ended at :now, or another reason or a complaint would
 * take its place when it is removed. */
#define NOT_EXPIRED                                                                                \
  "(NOT EXISTS (SELECT 1 FROM threshold AS x"                                                      \
  "             WHERE x.reason = s.reason AND s.since <= :now - 86400 * x.expires"                 \
  "               AND s.message_id IS NOT 0)"                                                      \
  " OR EXISTS (SELECT 1 FROM complaint WHERE address = s.address AND counting = 1)"                \
  " OR EXISTS (SELECT 1 FROM"                                                                      \
  "   (SELECT t.expires, last.failed_at, min(last.day) FROM threshold AS t JOIN"                   \
  "     (SELECT reason, day, failed_at, min(failure_id) FROM failure"                              \
  "      WHERE address = s.address AND counting = 1 AND reason <> s.reason"                        \
  "      GROUP BY reason, day) AS last USING (reason)"                                             \
  "    WHERE " REACHES(                                                                            \
      "s.address") " GROUP BY t.reason)"                                                           \
                   "   WHERE expires IS NULL OR failed_at > :now - 86400 * expires))"

/* row: a new failure, of OF_FAILURE. Adds an entry if the failures now reach their threshold. */
bool store_enter_by_days(Store *store, sqlite3_stmt *row, GError **error);
