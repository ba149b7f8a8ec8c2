#include "suppress.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"

bool
suppress_is_listable(const char *address)
{
  size_t length = strlen(address);
  const char *at = strchr(address, '@');
  if (length > BOUNCE_ADDRESS_MAX || *address == '#' || !g_utf8_validate(address, -1, NULL) ||
      at == NULL || at == address || at[1] == '\0' || strchr(at + 1, '@') != NULL)
    return false;
  for (const char *c = address; *c != '\0'; c = g_utf8_next_char(c)) {
    gunichar letter = g_utf8_get_char(c);
    if (letter == ' ' || g_unichar_iscntrl(letter) || g_unichar_isspace(letter) ||
        (letter < 0x80 && strchr("\",;:<>()[]\\", (int)letter) != NULL))
      return false;
  }
  return true;
}

enum { NANOSECONDS = 1000000000 };

static bool
is_up_to_date(const char *path, gint64 revision)
{
  struct stat st;
  return stat(path, &st) == 0 && st.st_mtim.tv_nsec == revision % NANOSECONDS;
}

static bool
write_address(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  FILE *out = data;
  const char *recipient = store_cell(cells, n, "recipient");
  if (recipient == NULL || !suppress_is_listable(recipient))
    return true;
  if (fputs(recipient, out) < 0 || putc('\n', out) == EOF)
    return throw_errno(error, "cannot write the suppression list");
  return true;
}

/* The time is set last, for writing would set it anew. */
static bool
finish(FILE *out, gint64 revision, GError **error)
{
  struct timespec times[2] = {
      {.tv_nsec = UTIME_OMIT},
      {.tv_sec = (time_t)(g_get_real_time() / G_USEC_PER_SEC), .tv_nsec = revision % NANOSECONDS}};
  if (fflush(out) != 0 || futimens(fileno(out), times) != 0 || fsync(fileno(out)) != 0)
    return throw_errno(error, "cannot write the suppression list");
  return true;
}

/* The program that imports the list is often another user's: what mode and group the list was given
 * by hand it keeps. A new one is for nobody else's eyes. */
static bool
keep_access(int fd, const char *path, GError **error)
{
  struct stat st;
  if (stat(path, &st) != 0)
    return true;
  if (fchown(fd, (uid_t)-1, st.st_gid) != 0 && errno != EPERM)
    return throw_errno(error, "%s: cannot keep its group", path);
  if (fchmod(fd, st.st_mode & 0666) != 0)
    return throw_errno(error, "%s: cannot keep its mode", path);
  return true;
}

static bool
write_draft(Store *store, const char *draft, const char *path, gint64 revision, GError **error)
{
  unlink(draft); /* of a run that was killed */
  int fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0)
    return throw_errno(error, "%s: cannot create", draft);
  if (!keep_access(fd, path, error)) {
    close(fd);
    return false;
  }
  FILE *out = fdopen(fd, "w");
  bool ok = store_suppressed(store, write_address, out, error) && finish(out, revision, error);
  if (fclose(out) != 0 && ok)
    ok = throw_errno(error, "%s: cannot write", draft);
  return ok;
}

/* Under the ticket, so that the revision and the rows are of one state. */
static bool
replace(Store *store, const char *path, GError **error)
{
  gint64 revision;
  if (!store_revision(store, &revision, error))
    return false;
  if (is_up_to_date(path, revision))
    return true;
  g_autofree char *draft = g_strconcat(path, ".new", NULL);
  if (!write_draft(store, draft, path, revision, error)) {
    unlink(draft);
    return false;
  }
  if (rename(draft, path) != 0)
    return throw_errno(error, "%s: cannot replace", path);
  return files_sync_folder(path, error);
}

bool
suppress_update(Store *store, const char *path, GError **error)
{
  gint64 revision;
  if (!store_revision(store, &revision, error))
    return false;
  if (is_up_to_date(path, revision))
    return true;
  if (!store_lock(store, error))
    return false;
  bool ok = replace(store, path, error);
  store_unlock(store);
  return ok;
}
