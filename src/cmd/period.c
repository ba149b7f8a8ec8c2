#include "config.h"

#include "cmd/period.h"

#include "base/dates.h"

bool
period_parse(const char *since, const char *until, gint64 now, Period *out, GError **error)
{
  *out = (Period){.until = G_MAXINT64};
  if (since != NULL && !date_parse(since, now, &out->since))
    return throw(error, BOUNCEDB_ERROR_USAGE, "--since takes " DATE_EXPECTS ", not \"%s\"", since);
  if (until != NULL && !date_parse_end(until, now, &out->until))
    return throw(error, BOUNCEDB_ERROR_USAGE, "--until takes " DATE_EXPECTS ", not \"%s\"", until);
  return out->since <= out->until ||
         throw(error, BOUNCEDB_ERROR_USAGE, "--since is later than --until");
}
