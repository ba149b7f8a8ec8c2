#include "config.h"

#include "intake/keep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/safe-file.h"

/* By the convention for Maildirs, an older file in tmp was left by a process that crashed. */
enum { STALE_SECONDS = 36 * 3600 };

/* A younger file may not have been locked yet by the process that has just created it. */
enum { UNLOCKED_SECONDS = 60 };

enum {
  MARK_MAX = 80,       /* octets of the line that stands for what was cut */
  TAIL_SHARE = 4,      /* the end of a message gets a quarter, */
  TAIL_MAX = 64 << 10, /* but not more than this, which is held in memory */
};

struct KeptMessage {
  char *folder; /* for error messages */
  int dir, file;
  char name[80]; /* below dir: "tmp/..." */
  bool unlinked;
  guint64 size;      /* octets appended */
  guint64 head_max;  /* how many are written as they come */
  GByteArray *tail;  /* the last octets after these, a ring; NULL = all are written */
  guint64 tail_size; /* octets that have gone through the ring */
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

/* Each process holds a lock on its own file as long as it lives. Where there are no such locks, the
 * age decides. */
static bool
is_abandoned(int dir, const char *name, time_t now)
{
  struct stat info;
  if (fstatat(dir, name, &info, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(info.st_mode) ||
      info.st_mtime >= now - UNLOCKED_SECONDS)
    return false;
  if (info.st_mtime < now - STALE_SECONDS)
    return true;
  int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  bool abandoned = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0;
  if (fd >= 0)
    close(fd);
  return abandoned;
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
  time_t now = time(NULL);
  struct dirent *entry;
  while ((entry = readdir(stream)) != NULL)
    if (is_abandoned(fd, entry->d_name, now))
      unlinkat(fd, entry->d_name, 0);
  closedir(stream);
}

KeptMessage *
keep_begin(const char *folder, GError **error)
{
  g_autoptr(KeptMessage) message = g_new0(KeptMessage, 1);
  message->folder = g_strdup(folder);
  message->file = -1;
  message->unlinked = true;
  message->head_max = G_MAXUINT64;
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
  (void)!flock(message->file, LOCK_EX | LOCK_NB); /* whether it works is_abandoned() finds out */
  return g_steal_pointer(&message);
}

void
keep_limit(KeptMessage *message, gint64 size)
{
  guint64 limit = (guint64)MAX(size, KEEP_SIZE_MIN);
  guint tail = (guint)MIN(limit / TAIL_SHARE, TAIL_MAX);
  message->head_max = limit - tail - MARK_MAX;
  message->tail = g_byte_array_sized_new(tail + MARK_MAX);
  g_byte_array_set_size(message->tail, tail + MARK_MAX);
}

static bool
write_all(KeptMessage *message, const void *bytes, size_t length, GError **error)
{
  const char *next = bytes;
  while (length > 0) {
    ssize_t n = write(message->file, next, length);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return throw_errno(error, "cannot write to the Maildir %s", message->folder);
    next += n;
    length -= (size_t)n;
  }
  return true;
}

/* The ring also has room for the mark, so that a message of just the limit is not cut. */
static void
append_to_tail(KeptMessage *message, const char *bytes, size_t length)
{
  guint ring = message->tail->len;
  while (length > 0) {
    guint at = (guint)(message->tail_size % ring);
    size_t n = MIN(length, ring - at);
    memcpy(message->tail->data + at, bytes, n);
    message->tail_size += n;
    bytes += n;
    length -= n;
  }
}

bool
keep_append(KeptMessage *message, const char *bytes, size_t length, GError **error)
{
  size_t whole = (size_t)MIN((guint64)length, message->head_max - message->size);
  if (!write_all(message, bytes, whole, error))
    return false;
  message->size += whole;
  if (whole < length)
    append_to_tail(message, bytes + whole, length - whole);
  return true;
}

static bool
write_tail(KeptMessage *message, GError **error)
{
  if (message->tail_size == 0)
    return true;
  guint ring = message->tail->len;
  guint64 kept = message->tail_size;
  if (message->tail_size > ring) {
    char mark[MARK_MAX + 1];
    kept = ring - MARK_MAX;
    int n =
        g_snprintf(mark, sizeof mark, "\n[bouncedb: %" G_GUINT64_FORMAT " octets are not kept]\n",
                   message->tail_size - kept);
    if (!write_all(message, mark, (size_t)n, error))
      return false;
  }
  guint at = (guint)((message->tail_size - kept) % ring);
  guint first = (guint)MIN(kept, ring - at);
  return write_all(message, message->tail->data + at, first, error) &&
         write_all(message, message->tail->data, (size_t)kept - first, error);
}

bool
keep_finish(KeptMessage *message, GError **error)
{
  return write_tail(message, error) &&
         (fsync(message->file) == 0 ||
          throw_errno(error, "cannot write to the Maildir %s", message->folder));
}

gint64
keep_size(const KeptMessage *message)
{
  struct stat info;
  return fstat(message->file, &info) == 0 ? info.st_size : 0;
}

const char *
keep_folder(const KeptMessage *message)
{
  return message->folder;
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
  if (message->tail != NULL)
    g_byte_array_unref(message->tail);
  g_free(message->folder);
  g_free(message);
}
