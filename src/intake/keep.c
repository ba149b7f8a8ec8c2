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
#include "base/safe-file.h"

/* By the convention for Maildirs, an older file in tmp was left by a process that crashed. */
enum { STALE_SECONDS = 36 * 3600 };

struct KeptMessage {
  char *folder; /* for error messages */
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

/* Opens a directory, but does not follow a symbolic link in its place. */
static int
open_folder(int at, const char *path)
{
  return openat(at, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* A new directory is not durable until its parent has been synced. */
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
  /* tmp comes last: if it exists, the others do too, durably */
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

KeptMessage *
keep_begin(const char *folder, GError **error)
{
  g_autoptr(KeptMessage) message = g_new0(KeptMessage, 1);
  message->folder = g_strdup(folder);
  message->file = -1;
  message->unlinked = true;
  if (!safe_folder(folder, error))
    return NULL;
  message->dir = open_maildir(folder);
  if (message->dir < 0) {
    throw_errno(error, "cannot open the Maildir %s", folder);
    return NULL;
  }
  remove_stale(message->dir);
  snprintf(message->name, sizeof message->name, "tmp/%ld.%ld.%08x", (long)time(NULL),
           (long)getpid(), g_random_int());
  message->file = openat(message->dir, message->name,
                         O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (message->file < 0) {
    throw_errno(error, "cannot write to the Maildir %s", folder);
    return NULL;
  }
  message->unlinked = false;
  return g_steal_pointer(&message);
}

bool
keep_append(KeptMessage *message, const char *bytes, size_t length, GError **error)
{
  while (length > 0) {
    ssize_t n = write(message->file, bytes, length);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return throw_errno(error, "cannot write to the Maildir %s", message->folder);
    bytes += n;
    length -= (size_t)n;
  }
  return true;
}

bool
keep_sync(KeptMessage *message, GError **error)
{
  return fsync(message->file) == 0 ||
         throw_errno(error, "cannot write to the Maildir %s", message->folder);
}

bool
keep_publish(KeptMessage *message, const guint8 digest[DIGEST_SIZE], GError **error)
{
  char name[4 + HEX_SIZE(DIGEST_SIZE)] = "new/";
  hex_write(digest, DIGEST_SIZE, name + 4);
  if (linkat(message->dir, message->name, message->dir, name, 0) != 0 && errno != EEXIST)
    return throw_errno(error, "cannot keep a message in the Maildir %s", message->folder);
  message->unlinked = unlinkat(message->dir, message->name, 0) == 0;
  /* Sync even if it existed: the process that linked it may have crashed before doing so. */
  return sync_folder(message->dir, "new") ||
         throw_errno(error, "cannot sync the Maildir %s", message->folder);
}

void
kept_message_free(KeptMessage *message)
{
  if (message == NULL)
    return;
  if (!message->unlinked)
    unlinkat(message->dir, message->name, 0);
  if (message->file >= 0)
    close(message->file);
  if (message->dir >= 0)
    close(message->dir);
  g_free(message->folder);
  g_free(message);
}
