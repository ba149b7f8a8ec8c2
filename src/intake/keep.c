#include "config.h"

#include "intake/keep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/hex.h"

/* The Maildir convention: what lies in tmp for longer was left by a process that died. */
enum { STALE_SECONDS = 36 * 3600 };

struct KeptLetter {
  char *folder; /* for messages only */
  int dir, file;
  char name[80]; /* below dir: "tmp/..." */
  bool unlinked;
};

char *
keep_path(const char *folder, const guint8 digest[DIGEST_SIZE])
{
  char name[HEX_SIZE(DIGEST_SIZE)];
  hex_write(digest, DIGEST_SIZE, name);
  return g_build_filename(folder, "new", name, NULL);
}

static bool
make_folder(int at, const char *path)
{
  return mkdirat(at, path, 0700) == 0 || errno == EEXIST;
}

/* An open directory that is really one: no symbolic link in its place. */
static int
open_folder(int at, const char *path)
{
  return openat(at, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* A new folder is not safe until the one that holds it is synced. */
static bool
sync_folder(int at, const char *path)
{
  int fd = open_folder(at, path);
  if (fd < 0)
    return false;
  bool ok = fsync(fd) == 0;
  int saved = errno;
  close(fd);
  errno = saved;
  return ok;
}

static int
create_maildir(const char *folder)
{
  g_autofree char *above = g_path_get_dirname(folder);
  if (!make_folder(AT_FDCWD, folder))
    return -1;
  int dir = open_folder(AT_FDCWD, folder);
  if (dir < 0)
    return -1;
  /* tmp comes last: where it is, the others are, and all of them are durable */
  bool ok = make_folder(dir, "cur") && make_folder(dir, "new") && fsync(dir) == 0 &&
            sync_folder(AT_FDCWD, above) && make_folder(dir, "tmp");
  if (ok)
    return dir;
  int saved = errno;
  close(dir);
  errno = saved;
  return -1;
}

static int
open_maildir(const char *folder)
{
  int dir = open_folder(AT_FDCWD, folder);
  if (dir >= 0) {
    struct stat info;
    if (fstatat(dir, "tmp", &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(info.st_mode))
      return dir;
    close(dir);
  } else if (errno != ENOENT) {
    return -1;
  }
  return create_maildir(folder);
}

static void
remove_stale(int dir)
{
  int fd = open_folder(dir, "tmp");
  DIR *stream = fd >= 0 ? fdopendir(fd) : NULL;
  if (stream == NULL) {
    if (fd >= 0)
      close(fd);
    return;
  }
  time_t before = time(NULL) - STALE_SECONDS;
  struct dirent *entry;
  while ((entry = readdir(stream)) != NULL) {
    struct stat info;
    if (fstatat(fd, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(info.st_mode) &&
        info.st_mtime < before)
      unlinkat(fd, entry->d_name, 0);
  }
  closedir(stream);
}

KeptLetter *
keep_begin(const char *folder, GError **error)
{
  g_autoptr(KeptLetter) letter = g_new0(KeptLetter, 1);
  letter->folder = g_strdup(folder);
  letter->file = -1;
  letter->unlinked = true;
  letter->dir = open_maildir(folder);
  if (letter->dir < 0) {
    throw_errno(error, "cannot open the Maildir %s", folder);
    return NULL;
  }
  remove_stale(letter->dir);
  snprintf(letter->name, sizeof letter->name, "tmp/%ld.%ld.%08x", (long)time(NULL), (long)getpid(),
           g_random_int());
  letter->file =
      openat(letter->dir, letter->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (letter->file < 0) {
    throw_errno(error, "cannot write to the Maildir %s", folder);
    return NULL;
  }
  letter->unlinked = false;
  return g_steal_pointer(&letter);
}

bool
keep_append(KeptLetter *letter, const char *bytes, size_t length, GError **error)
{
  while (length > 0) {
    ssize_t n = write(letter->file, bytes, length);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return throw_errno(error, "cannot write to the Maildir %s", letter->folder);
    bytes += n;
    length -= (size_t)n;
  }
  return true;
}

bool
keep_sync(KeptLetter *letter, GError **error)
{
  return fsync(letter->file) == 0 ||
         throw_errno(error, "cannot write to the Maildir %s", letter->folder);
}

bool
keep_publish(KeptLetter *letter, const guint8 digest[DIGEST_SIZE], GError **error)
{
  char name[4 + HEX_SIZE(DIGEST_SIZE)] = "new/";
  hex_write(digest, DIGEST_SIZE, name + 4);
  if (linkat(letter->dir, letter->name, letter->dir, name, 0) != 0 && errno != EEXIST)
    return throw_errno(error, "cannot keep a letter in the Maildir %s", letter->folder);
  letter->unlinked = unlinkat(letter->dir, letter->name, 0) == 0;
  /* Synced in either case: the process that linked it may have died before it could. */
  return sync_folder(letter->dir, "new") ||
         throw_errno(error, "cannot sync the Maildir %s", letter->folder);
}

void
kept_letter_free(KeptLetter *letter)
{
  if (letter == NULL)
    return;
  if (!letter->unlinked)
    unlinkat(letter->dir, letter->name, 0);
  if (letter->file >= 0)
    close(letter->file);
  if (letter->dir >= 0)
    close(letter->dir);
  g_free(letter->folder);
  g_free(letter);
}
