/* Tries are rare and soon forgotten, so they are settings (stopped/DIGEST/...) and have no table of
 * their own. A clock that was set back must not keep them for ever. */
#include "config.h"

#include "store/store-tries.h"

#include "base/dates.h"
#include "store/store-private.h"

static bool
note_try(Store *store, const guint8 digest[DIGEST_SIZE], gint64 now, gint64 *tries, GError **error)
{
  return store_run(store,
                   "DELETE FROM setting WHERE name GLOB 'stopped/*'"
                   " AND CAST(value AS INTEGER) NOT BETWEEN :now - :day AND :now + :day",
                   VALUES(INT(":now", now), INT(":day", SECONDS_PER_DAY)), error) &&
         store_run(store,
                   "INSERT INTO setting (name, value)"
                   " VALUES ('stopped/' || hex(:digest) || '/' || hex(randomblob(8)), :now)",
                   VALUES(BLOB(":digest", digest, DIGEST_SIZE), INT(":now", now)), error) &&
         store_get_int(store,
                       "SELECT count(*) FROM setting"
                       " WHERE name GLOB 'stopped/' || hex(:digest) || '/*'",
                       VALUES(BLOB(":digest", digest, DIGEST_SIZE)), tries, error);
}

bool
store_note_try(Store *store, const guint8 digest[DIGEST_SIZE], gint64 now, gint64 *tries,
               GError **error)
{
  return store_begin(store, error) &&
         store_end(store, note_try(store, digest, now, tries, error), error);
}
