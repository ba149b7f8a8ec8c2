#include "config.h"

#include "base/error.h"

#include <errno.h>

G_DEFINE_QUARK(bouncedb - error, bouncedb_error)

/* clang-format takes throw for C++. */
/* clang-format off */
bool
throw(GError **error, BouncedbError code, const char *format, ...)
/* clang-format on */
{
  va_list args;
  va_start(args, format);
  g_autofree char *message = g_strdup_vprintf(format, args);
  va_end(args);
  g_set_error_literal(error, BOUNCEDB_ERROR, (int)code, message);
  return false;
}

bool
throw_errno(GError **error, const char *format, ...)
{
  int saved = errno;
  va_list args;
  va_start(args, format);
  g_autofree char *message = g_strdup_vprintf(format, args);
  va_end(args);
  g_set_error(error, BOUNCEDB_ERROR, BOUNCEDB_ERROR_TEMPFAIL, "%s: %s", message, g_strerror(saved));
  return false;
}
