#include "config.h"

#include "intake/spool.h"

#include <errno.h>
#include <unistd.h>

enum {
  CHUNK = 16 << 10,
  FIRST_HEAD = 16 << 10, /* room for most bounces */
};

void
spool_init(Spool *spool, size_t max)
{
  spool->head = g_string_sized_new(MIN(max, FIRST_HEAD));
  spool->max = max;
  spool->size = 0;
  spool->digest = digest_new();
}

void
spool_clear(Spool *spool)
{
  if (spool->head == NULL)
    return;
  g_string_free(spool->head, TRUE);
  digest_free(spool->digest);
  spool->head = NULL;
  spool->digest = NULL;
}

void
spool_reset(Spool *spool)
{
  size_t max = spool->max;
  spool_clear(spool);
  spool_init(spool, max);
}

void
spool_update(Spool *spool, const char *bytes, size_t length)
{
  size_t room = spool->max - spool->head->len;
  g_string_append_len(spool->head, bytes, (gssize)MIN(room, length));
  digest_update(spool->digest, bytes, length);
  spool->size += (gint64)length;
}

/* read(2), but not interrupted by signals. -1 with *error set. */
static ssize_t
read_some(int fd, char *buffer, size_t length, GError **error)
{
  for (;;) {
    ssize_t n = read(fd, buffer, length);
    if (n >= 0)
      return n;
    if (errno != EINTR) {
      throw_errno(error, "cannot read the message");
      return -1;
    }
  }
}

bool
spool_fill(Spool *spool, int fd, bool *more, GError **error)
{
  char buffer[CHUNK];
  *more = true;
  while (spool->head->len < spool->max) {
    size_t room = spool->max - spool->head->len;
    ssize_t n = read_some(fd, buffer, MIN(room, sizeof buffer), error);
    if (n < 0)
      return false;
    if (n == 0) {
      *more = false;
      return true;
    }
    spool_update(spool, buffer, (size_t)n);
  }
  return true;
}

bool
spool_drain(Spool *spool, int fd, SpoolSink sink, gpointer data, GError **error)
{
  char buffer[CHUNK];
  ssize_t n;
  while ((n = read_some(fd, buffer, sizeof buffer, error)) > 0) {
    spool_update(spool, buffer, (size_t)n);
    if (sink != NULL && !sink(data, buffer, (size_t)n, error))
      return false;
  }
  return n == 0;
}
