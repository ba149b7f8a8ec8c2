/* The files with keys, and comparing with what is in them. */
#include "config.h"

#include <string.h>

#include "base/safe-file.h"
#include "intake/webhook-private.h"

enum {
  SECRET_MAX = 4096,
  PUBLIC_MAX = 32 << 10, /* several certificates */
  SKEW = 300             /* seconds that a clock may be ahead */
};

char *
webhook_read_secret(const char *path, GError **error)
{
  gsize length;
  char *text =
      safe_read(path, SAFE_OURS | SAFE_PRIVATE, SECRET_MAX, &length, BOUNCEDB_ERROR_CONFIG, error);
  if (text == NULL)
    return NULL;
  g_strchomp(text);
  if (*text != '\0')
    return text;
  g_free(text);
  throw(error, BOUNCEDB_ERROR_CONFIG, "%s: is empty", path);
  return NULL;
}

void
webhook_free_secret(char *secret)
{
  if (secret != NULL)
    explicit_bzero(secret, strlen(secret));
  g_free(secret);
}

char *
webhook_read_public(const char *path, GError **error)
{
  gsize length;
  return safe_read(path, SAFE_CONFIGURATION, PUBLIC_MAX, &length, BOUNCEDB_ERROR_CONFIG, error);
}

bool
webhook_is_equal(const char *given, const char *secret)
{
  size_t length = strlen(given), size = strlen(secret);
  unsigned char difference = length != size;
  for (size_t i = 0; i < length; i++)
    difference |= (unsigned char)(given[i] ^ secret[size > 0 ? i % size : 0]);
  return difference == 0;
}

bool
webhook_is_recent(const WebhookKeys *keys, gint64 at, gint64 now)
{
  return at >= now - keys->within * 3600 && at <= now + SKEW;
}
