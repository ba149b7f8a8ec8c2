#include "config.h"

#include "lmtp/hold.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { SMALL = 32 << 10 }; /* octets that stay in memory */

struct Hold {
  char *folder;
  size_t window;
  size_t held;     /* octets in memory and file */
  bool released;   /* what comes is not held */
  GString *memory; /* all that is held, while there is no file */
  int file;        /* -1 = none */
  gint64 size;
  Digest *digest;
};

Hold *
hold_new(const char *folder, size_t window)
{
  Hold *hold = g_new0(Hold, 1);
  hold->folder = g_strdup(folder);
  hold->window = window;
  hold->memory = g_string_new(NULL);
  hold->file = -1;
  hold->digest = digest_new();
  return hold;
}

void
hold_release(Hold *hold)
{
  if (hold->file >= 0)
    close(hold->file);
  if (hold->memory != NULL)
    g_string_free(hold->memory, TRUE);
  hold->file = -1;
  hold->memory = NULL;
  hold->released = true;
}

void
hold_free(Hold *hold)
{
  if (hold == NULL)
    return;
  hold_release(hold);
  digest_free(hold->digest);
  g_free(hold->folder);
  g_free(hold);
}

static int
open_nameless(const char *folder)
{
#ifdef O_TMPFILE
  int fd = open(folder, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
    return fd;
#endif
  g_autofree char *name =
      g_strdup_printf("%s/lmtp-%ld-%08x", folder, (long)getpid(), g_random_int());
  int named = open(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (named >= 0)
    unlink(name);
  return named;
}

static bool
write_all(Hold *hold, const char *bytes, size_t length, GError **error)
{
  while (length > 0) {
    ssize_t n = write(hold->file, bytes, length);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return throw_errno(error, "cannot write a temporary file in %s", hold->folder);
    bytes += n;
    length -= (size_t)n;
  }
  return true;
}

static bool
move_to_file(Hold *hold, GError **error)
{
  hold->file = open_nameless(hold->folder);
  if (hold->file < 0)
    return throw_errno(error, "cannot create a temporary file in %s", hold->folder);
  if (!write_all(hold, hold->memory->str, hold->memory->len, error))
    return false;
  g_string_free(hold->memory, TRUE);
  hold->memory = NULL;
  return true;
}

bool
hold_append(Hold *hold, const char *bytes, size_t length, GError **error)
{
  digest_update(hold->digest, bytes, length);
  hold->size += (gint64)length;
  if (hold->released)
    return true;
  if (hold->file < 0 && hold->held + length > SMALL && !move_to_file(hold, error))
    return false;
  if (hold->file < 0)
    g_string_append_len(hold->memory, bytes, (gssize)length);
  else if (!write_all(hold, bytes, length, error))
    return false;
  hold->held += length;
  return true;
}

bool
hold_is_full(const Hold *hold)
{
  return hold->held >= hold->window;
}

bool
hold_read(Hold *hold, GString *out, GError **error)
{
  if (hold->file < 0) {
    g_string_append_len(out, hold->memory->str, (gssize)hold->memory->len);
    return true;
  }
  size_t at = out->len, done = 0;
  g_string_set_size(out, at + hold->held);
  while (done < hold->held) {
    ssize_t n = pread(hold->file, out->str + at + done, hold->held - done, (off_t)done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n == 0)
      errno = EIO;
    if (n <= 0)
      return throw_errno(error, "cannot read a temporary file in %s", hold->folder);
    done += (size_t)n;
  }
  return true;
}

gint64
hold_size(const Hold *hold)
{
  return hold->size;
}

void
hold_finish(Hold *hold, guint8 digest[DIGEST_SIZE])
{
  digest_finish(hold->digest, digest);
}
