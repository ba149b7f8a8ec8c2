#include "config.h"

#include "cmd/exits.h"

int
exits_from_error(const GError *error)
{
  if (error == NULL)
    return EXIT_TEMPFAIL;
  if (error->domain == G_OPTION_ERROR)
    return EXIT_USAGE;
  if (error->domain != BOUNCEDB_ERROR)
    return EXIT_TEMPFAIL;
  switch ((BouncedbError)error->code) {
  case BOUNCEDB_ERROR_USAGE:
    return EXIT_USAGE;
  case BOUNCEDB_ERROR_DATA:
    return EXIT_DATA;
  case BOUNCEDB_ERROR_CONFIG:
    return EXIT_CONFIG;
  case BOUNCEDB_ERROR_TEMPFAIL:
    break;
  }
  return EXIT_TEMPFAIL;
}
