#include "config.h"

#include "verp/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "base/error.h"
#include "base/hex.h"
#include "base/safe-file.h"

enum { TEXT_LENGTH = 2 * KEYFILE_SIZE }; /* digits */

static bool
draw(guint8 key[KEYFILE_SIZE], GError **error)
{
  /* up to 256 octets are never cut short (getrandom(2)) */
  return getrandom(key, KEYFILE_SIZE, 0) == KEYFILE_SIZE ||
         throw_errno(error, "cannot get random numbers");
}

static bool
write_key(int fd, const char *path, GError **error)
{
  guint8 key[KEYFILE_SIZE];
  char text[TEXT_LENGTH + 2];
  if (!draw(key, error))
    return false;
  hex_write(key, KEYFILE_SIZE, text);
  text[TEXT_LENGTH] = '\n';
  bool ok = write(fd, text, TEXT_LENGTH + 1) == TEXT_LENGTH + 1 && fsync(fd) == 0;
  explicit_bzero(key, sizeof key);
  explicit_bzero(text, sizeof text);
  return ok || throw_errno(error, "%s: cannot write", path);
}

bool
keyfile_create(const char *path, GError **error)
{
  if (!atomic_file_check_folder(path, error))
    return false;
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0 && errno == EEXIST)
    return throw(
        error, BOUNCEDB_ERROR_USAGE,
        "%s: already exists; a key in use is never overwritten (see key-old in bouncedb.conf(5))",
        path);
  if (fd < 0)
    return throw_errno(error, "%s: cannot create", path);
  bool ok = write_key(fd, path, error);
  if (close(fd) != 0 && ok)
    ok = throw_errno(error, "%s: cannot write", path);
  if (!ok)
    unlink(path);
  return ok && atomic_file_sync_folder(path, error);
}

static bool
decode(const char *text, ssize_t length, guint8 key[KEYFILE_SIZE])
{
  if (length < TEXT_LENGTH || !hex_read(text, key, KEYFILE_SIZE))
    return false;
  for (ssize_t i = TEXT_LENGTH; i < length; i++)
    if (!g_ascii_isspace(text[i]))
      return false;
  return true;
}

bool
keyfile_read(const char *path, guint8 key[KEYFILE_SIZE], GError **error)
{
  int fd = safe_open(path, O_RDONLY, SAFE_OWN | SAFE_PRIVATE | SAFE_ONE_NAME, BOUNCEDB_ERROR_CONFIG,
                     error);
  if (fd < 0)
    return false;
  char text[TEXT_LENGTH + 8];
  ssize_t length = read(fd, text, sizeof text);
  bool ok = length >= 0 || throw_errno(error, "%s: cannot read", path);
  if (ok && !decode(text, length, key))
    ok = throw(error, BOUNCEDB_ERROR_CONFIG, "%s: does not contain a key (%d hexadecimal digits)",
               path, TEXT_LENGTH);
  explicit_bzero(text, sizeof text);
  close(fd);
  return ok;
}

bool
keyfile_read_keys(const char *path, const char *old_path, VerpKeys *out, GError **error)
{
  const char *paths[VERP_KEYS_MAX] = {path, old_path};
  out->n = 0;
  for (int i = 0; i < VERP_KEYS_MAX; i++)
    if (paths[i] != NULL && !keyfile_read(paths[i], out->keys[out->n++], error)) {
      g_prefix_error(error, "cannot read the key: ");
      verp_keys_clear(out);
      return false;
    }
  return true;
}

/* Children see zeros rather than a fault, so code after fork() needs no special case. Linux before
 * 4.14 can only do the latter. */
static bool
keep_from_children(void *page, size_t size)
{
#ifdef MADV_WIPEONFORK
  return madvise(page, size, MADV_WIPEONFORK) == 0 || madvise(page, size, MADV_DONTFORK) == 0;
#elif defined INHERIT_ZERO
  return minherit(page, size, INHERIT_ZERO) == 0;
#else
  (void)page, (void)size;
  return true;
#endif
}

VerpKeys *
keyfile_keys_new(GError **error)
{
  void *page =
      mmap(NULL, sizeof(VerpKeys), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED || !keep_from_children(page, sizeof(VerpKeys))) {
    throw_errno(error, "cannot allocate memory for keys");
    if (page != MAP_FAILED)
      munmap(page, sizeof(VerpKeys));
    return NULL;
  }
  return page;
}

void
keyfile_keys_free(VerpKeys *keys)
{
  if (keys == NULL)
    return;
  verp_keys_clear(keys);
  munmap(keys, sizeof *keys);
}
