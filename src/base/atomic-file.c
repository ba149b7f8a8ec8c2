#include "config.h"

#include "base/atomic-file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/permission.h"
#include "base/safe-file.h"

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

bool
atomic_file_replace(const char *name, const char *path, GError **error)
{
  int fd = open(name, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return throw_errno(error, "%s: cannot open", name);
  bool ok = fsync(fd) == 0 || throw_errno(error, "%s: cannot write", path);
  close(fd);
  ok = ok && (rename(name, path) == 0 || throw_errno(error, "%s: cannot replace", path));
  return ok && atomic_file_sync_folder(path, error);
}

/* Whether the open file still has this name: another writer may have replaced it. */
static bool
has_name(int fd, const char *name)
{
  struct stat open_file, named;
  return fstat(fd, &open_file) == 0 && lstat(name, &named) == 0 &&
         open_file.st_ino == named.st_ino && open_file.st_dev == named.st_dev;
}

/* --- drafts ------------------------------------------------------------------------------------*/

enum { CLAIM_MS = 2000, CLAIM_STEP_MS = 10 };

/* A draft gets the mode of the published file only at its end. With that mode it is either about to
 * be renamed, or a killed process has left it, and then anyone who can read it can hold its lock.
 */
static bool
is_private(int fd)
{
  struct stat st;
  return fstat(fd, &st) != 0 || (st.st_mode & 0077) == 0;
}

static bool
lock(int fd)
{
  int left = is_private(fd) ? 0 : CLAIM_MS;
  while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (left <= 0)
      return false;
    left -= CLAIM_STEP_MS;
    g_usleep(CLAIM_STEP_MS * 1000);
  }
  return true;
}

static int
open_draft(const char *name, GError **error)
{
  static const SafeRules rules = SAFE_OWN | SAFE_ONE_NAME;
  g_autoptr(GError) cause = NULL;
  int fd = safe_open(name, O_WRONLY | O_CREAT | O_EXCL, rules, BOUNCEDB_ERROR_TEMPFAIL, &cause);
  if (fd >= 0)
    return fd;
  if (errno == EEXIST)
    return safe_open(name, O_WRONLY, rules, BOUNCEDB_ERROR_TEMPFAIL, error);
  g_propagate_error(error, g_steal_pointer(&cause));
  return -1;
}

/* Another user holds the lock of the draft, so another one takes its place. */
static bool
begin_again(int *fd, const char *name, GError **error)
{
  close(*fd);
  *fd = -1;
  if (unlink(name) != 0 && errno != ENOENT)
    return throw_errno(error, "%s: cannot remove", name);
  *fd = open_draft(name, error);
  return *fd >= 0;
}

/* *fd: the draft; -1 if it could not be opened again. */
static bool
claim(int *fd, const char *name, const char *path, GError **error)
{
  if (!lock(*fd) && !is_private(*fd) && has_name(*fd, name) && !begin_again(fd, name, error))
    return false;
  if (!lock(*fd) || !has_name(*fd, name))
    return throw(error, BOUNCEDB_ERROR_TEMPFAIL, "%s: another process is writing it", path);
  if (fchmod(*fd, 0600) != 0 || ftruncate(*fd, 0) != 0)
    return throw_errno(error, "%s: cannot write", name);
  return true;
}

/* Takes the descriptor, even on failure. */
static AtomicFile *
make_draft(const char *path, int fd, const char *mode, GError **error)
{
  FILE *out = fdopen(fd, mode);
  if (out == NULL) {
    throw_errno(error, "%s: cannot open", path);
    close(fd);
    return NULL;
  }
  AtomicFile *draft = g_new0(AtomicFile, 1);
  draft->path = g_strdup(path);
  draft->start = -1;
  draft->out = out;
  return draft;
}

bool
atomic_file_check_folder(const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname(path);
  if (access(folder, W_OK | X_OK) == 0)
    return true;
  if (errno == ENOENT)
    return throw(error, BOUNCEDB_ERROR_TEMPFAIL, "%s: there is no directory %s", path, folder);
  g_autofree char *why = g_strdup(g_strerror(errno)), *user = permission_user(geteuid());
  return throw(error, BOUNCEDB_ERROR_TEMPFAIL, "%s: user %s cannot create files in %s: %s", path,
               user, folder, why);
}

AtomicFile *
atomic_file_new(const char *path, GError **error)
{
  if (!atomic_file_check_folder(path, error))
    return NULL;
  g_autofree char *name = g_strconcat(path, ".new", NULL);
  int fd = open_draft(name, error);
  if (fd < 0)
    return NULL;
  if (!claim(&fd, name, path, error)) {
    if (fd >= 0)
      close(fd);
    return NULL;
  }
  AtomicFile *draft = make_draft(path, fd, "w", error);
  if (draft != NULL)
    draft->name = g_steal_pointer(&name);
  return draft;
}

AtomicFile *
atomic_file_append(const char *path, gint64 *octets, GError **error)
{
  struct stat st;
  int fd = safe_open(path, O_WRONLY | O_APPEND, SAFE_OWN | SAFE_ONE_NAME, BOUNCEDB_ERROR_TEMPFAIL,
                     error);
  if (fd < 0)
    return NULL;
  if (fstat(fd, &st) != 0) {
    throw_errno(error, "%s: cannot examine", path);
    close(fd);
    return NULL;
  }
  AtomicFile *draft = make_draft(path, fd, "a", error);
  if (draft != NULL)
    draft->start = *octets = st.st_size;
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

/* After the last write, which would reset the time, and after the sync: a stamp on disk vouches for
 * the content, and file systems may write times before data. A stamp that a power cut loses only
 * makes the next run write the file from scratch. */
static bool
stamp_file(int fd, gint64 stamp)
{
  if (stamp < 0)
    return true;
  const struct timespec times[2] = {
      {.tv_nsec = UTIME_OMIT},
      {.tv_sec = (time_t)(g_get_real_time() / G_USEC_PER_SEC), .tv_nsec = (long)stamp}};
  return futimens(fd, times) == 0;
}

/* Another user's program often imports the file, so it keeps the mode and group that somebody gave
 * it; not those that another user may have chosen. */
static bool
keep_access(int fd, const char *path, GError **error)
{
  struct stat st;
  if (lstat(path, &st) != 0)
    return errno == ENOENT || throw_errno(error, "%s: cannot examine", path);
  if (S_ISLNK(st.st_mode)) /* which is replaced, not followed */
    return true;
  if (!safe_name(path, SAFE_OURS, BOUNCEDB_ERROR_TEMPFAIL, error))
    return false;
  if (fchown(fd, (uid_t)-1, st.st_gid) != 0 && errno != EPERM)
    return throw_errno(error, "%s: cannot keep its group", path);
  return fchmod(fd, st.st_mode & 0666) == 0 || throw_errno(error, "%s: cannot keep its mode", path);
}

static bool
replace(const AtomicFile *draft, int fd, GError **error)
{
  if (!keep_access(fd, draft->path, error))
    return false;
  if (!has_name(fd, draft->name))
    return throw(error, BOUNCEDB_ERROR_TEMPFAIL, "%s: another process has replaced the draft",
                 draft->path);
  return rename(draft->name, draft->path) == 0 ||
         throw_errno(error, "%s: cannot replace", draft->path);
}

bool
atomic_file_publish(AtomicFile *draft, gint64 stamp, GError **error)
{
  int fd = fileno(draft->out);
  if (fflush(draft->out) != 0 || ferror(draft->out) || fsync(fd) != 0 || !stamp_file(fd, stamp))
    return throw_errno(error, "%s: cannot write", draft->path);
  if (draft->name == NULL) {
    draft->start = -1;
    return true;
  }
  if (!replace(draft, fd, error))
    return false;
  g_clear_pointer(&draft->name, g_free);
  return atomic_file_sync_folder(draft->path, error);
}

void
atomic_file_free(AtomicFile *draft)
{
  if (draft == NULL)
    return;
  if (draft->name != NULL && has_name(fileno(draft->out), draft->name))
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
