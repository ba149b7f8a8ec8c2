#include "config.h"

#include "base/atomic-file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct AtomicFile {
  char *path;
  char *name;   /* of the draft; NULL = appending, or published */
  gint64 start; /* where appending began; -1 = not appending, or published */
  FILE *out;
};

bool
atomic_file_sync_folder(const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname(path);
  int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  bool ok = fd >= 0 && fsync(fd) == 0;
  if (!ok)
    throw_errno(error, "%s: cannot sync", folder);
  if (fd >= 0)
    close(fd);
  return ok;
}

/* fd: the file called name. */
static bool
sync_and_rename(int fd, const char *name, const char *path, GError **error)
{
  if (fsync(fd) != 0)
    return throw_errno(error, "%s: cannot write", path);
  return rename(name, path) == 0 || throw_errno(error, "%s: cannot replace", path);
}

bool
atomic_file_replace(const char *name, const char *path, GError **error)
{
  int fd = open(name, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return throw_errno(error, "%s: cannot open", name);
  bool ok = sync_and_rename(fd, name, path, error);
  close(fd);
  return ok && atomic_file_sync_folder(path, error);
}

/* Another user's program often imports the file, so it keeps the mode and group that somebody gave
 * it. */
static bool
keep_access(int fd, const char *path, GError **error)
{
  struct stat st;
  if (stat(path, &st) != 0)
    return true;
  if (!S_ISREG(st.st_mode))
    return throw(error, BOUNCEDB_ERROR_TEMPFAIL, "%s: not a regular file", path);
  if (fchown(fd, (uid_t)-1, st.st_gid) != 0 && errno != EPERM)
    return throw_errno(error, "%s: cannot keep its group", path);
  if (fchmod(fd, st.st_mode & 0666) != 0)
    return throw_errno(error, "%s: cannot keep its mode", path);
  return true;
}

/* Whether the open file still has this name: a faster writer may have renamed it. */
static bool
has_name(int fd, const char *name)
{
  struct stat open_file, named;
  return fstat(fd, &open_file) == 0 && lstat(name, &named) == 0 &&
         open_file.st_ino == named.st_ino && open_file.st_dev == named.st_dev &&
         S_ISREG(open_file.st_mode);
}

static bool
claim(int fd, const char *name, const char *path, GError **error)
{
  if (flock(fd, LOCK_EX | LOCK_NB) != 0 || !has_name(fd, name))
    return throw(error, BOUNCEDB_ERROR_TEMPFAIL, "%s: another process is writing it", path);
  if (ftruncate(fd, 0) != 0)
    return throw_errno(error, "%s: cannot write", name);
  return keep_access(fd, path, error);
}

AtomicFile *
atomic_file_new(const char *path, GError **error)
{
  g_autofree char *name = g_strconcat(path, ".new", NULL);
  int fd = open(name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
  if (fd < 0) {
    throw_errno(error, "%s: cannot create", name);
    return NULL;
  }
  if (!claim(fd, name, path, error)) {
    close(fd);
    return NULL;
  }
  AtomicFile *draft = g_new0(AtomicFile, 1);
  draft->path = g_strdup(path);
  draft->name = g_steal_pointer(&name);
  draft->start = -1;
  draft->out = fdopen(fd, "w");
  return draft;
}

AtomicFile *
atomic_file_append(const char *path, gint64 *octets, GError **error)
{
  int fd = open(path, O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  struct stat st;
  if (fd < 0 || fstat(fd, &st) != 0) {
    throw_errno(error, "%s: cannot open", path);
    if (fd >= 0)
      close(fd);
    return NULL;
  }
  AtomicFile *draft = g_new0(AtomicFile, 1);
  draft->path = g_strdup(path);
  draft->start = *octets = st.st_size;
  draft->out = fdopen(fd, "a");
  return draft;
}

const char *
atomic_file_name(const AtomicFile *draft)
{
  return draft->name != NULL ? draft->name : draft->path;
}

FILE *
atomic_file_stream(const AtomicFile *draft)
{
  return draft->out;
}

/* After the last write, which would reset the time. */
static bool
stamp_file(int fd, gint64 stamp)
{
  const struct timespec times[2] = {
      {.tv_nsec = UTIME_OMIT},
      {.tv_sec = (time_t)(g_get_real_time() / G_USEC_PER_SEC), .tv_nsec = (long)stamp}};
  return futimens(fd, times) == 0;
}

bool
atomic_file_publish(AtomicFile *draft, gint64 stamp, GError **error)
{
  int fd = fileno(draft->out);
  if (fflush(draft->out) != 0 || ferror(draft->out) || (stamp >= 0 && !stamp_file(fd, stamp)))
    return throw_errno(error, "%s: cannot write", draft->path);
  if (draft->name == NULL) {
    if (fsync(fd) != 0)
      return throw_errno(error, "%s: cannot write", draft->path);
    draft->start = -1;
    return true;
  }
  if (!sync_and_rename(fd, draft->name, draft->path, error))
    return false;
  g_clear_pointer(&draft->name, g_free);
  return atomic_file_sync_folder(draft->path, error);
}

void
atomic_file_free(AtomicFile *draft)
{
  if (draft == NULL)
    return;
  if (draft->name != NULL)
    unlink(draft->name);
  fclose(draft->out);
  if (draft->start >= 0 && truncate(draft->path, draft->start) != 0)
    g_debug("%s: %s", draft->path, g_strerror(errno)); /* the next run finds it out of order */
  g_free(draft->path);
  g_free(draft->name);
  g_free(draft);
}

char *
atomic_file_variant(const char *path, const char *suffix)
{
  const char *slash = strrchr(path, '/');
  const char *name = slash != NULL ? slash + 1 : path;
  const char *dot = strrchr(name, '.');
  int stem = dot != NULL && dot > name ? (int)(dot - path) : (int)strlen(path);
  return g_strdup_printf("%.*s-%s%s", stem, path, suffix, path + stem);
}
