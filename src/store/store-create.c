/* Creating a database: it is built under another name, synced and renamed, so that a crash never
 * leaves half a database under the real one. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "base/safe-file.h"
#include "store/store-private.h"
#include "store/store-ticket.h"

/* An empty file with the mode we want; SQLite gives the same mode to the log. */
static bool
make_empty(const char *path, GError **error)
{
  if (unlink(path) != 0 && errno != ENOENT)
    return throw_errno(error, "%s: cannot remove", path);
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0)
    return throw_errno(error, "%s: cannot create", path);
  close(fd);
  return true;
}

static bool
fill(const char *path, GError **error)
{
  g_autoptr(Store) store = store_open_draft(path, error);
  return store != NULL;
}

static bool
build(const char *path, GError **error)
{
  g_autofree char *draft = g_strconcat(path, ".new", NULL);
  if (!make_empty(draft, error))
    return false;
  if (fill(draft, error) && atomic_file_replace(draft, path, error))
    return true;
  unlink(draft);
  return false;
}

static bool
exists(const char *path)
{
  struct stat st;
  return lstat(path, &st) == 0;
}

static bool
fail_gone(const char *path, GError **error)
{
  return throw(error, BOUNCEDB_ERROR_TEMPFAIL,
               "%s: the database is gone (restore it, or create a new one: bouncedb db init)",
               path);
}

/* The first process builds it; the others wait and find it built. first_use: fail if there was a
 * database before. */
static bool
create_under_ticket(const char *path, bool first_use, GError **error)
{
  g_autofree char *folder = g_path_get_dirname(path);
  if (!safe_folder(folder, error))
    return false;
  int ticket = ticket_open(path, error);
  if (ticket < 0)
    return false;
  bool ok = ticket_take(ticket, 120000, error);
  if (ok && !exists(path)) {
    if (first_use && ticket_is_marked(ticket))
      ok = fail_gone(path, error);
    else
      ok = build(path, error);
  }
  ok = ok && ticket_mark(ticket, error);
  close(ticket);
  return ok;
}

static bool
make_folder(const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname(path);
  if (g_mkdir_with_parents(folder, 0700) != 0)
    return throw_errno(error, "%s: cannot create", folder);
  return true;
}

bool
store_create(const char *path, GError **error)
{
  if (!make_folder(path, error) || !create_under_ticket(path, false, error))
    return false;
  g_autoptr(Store) store = store_open(path, STORE_WRITE, error);
  return store != NULL;
}

/* A home that is not mounted looks like an empty folder of another user (root), or is missing. */
static bool
check_home(const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname(path);
  struct stat st;
  while (stat(folder, &st) != 0) {
    char *parent = g_path_get_dirname(folder);
    g_free(folder);
    folder = parent;
  }
  if (st.st_uid != geteuid())
    return throw(error, BOUNCEDB_ERROR_TEMPFAIL,
                 "%s: will not be created below %s, which belongs to another user", path, folder);
  return true;
}

/* The mark is in the lock file; opening that would create it. */
bool
store_can_create(const char *path, GError **error)
{
  g_autofree char *lock = g_strconcat(path, ".lock", NULL);
  struct stat st;
  if (stat(lock, &st) == 0 && st.st_size > 0)
    return fail_gone(path, error);
  return check_home(path, error);
}

Store *
store_open_default(const char *path, const StoreOptions *options, GError **error)
{
  if (!exists(path) && (!check_home(path, error) || !make_folder(path, error) ||
                        !create_under_ticket(path, true, error)))
    return NULL;
  return store_open_with(path, STORE_WRITE, options, error);
}
