#include "config.h"

#include "intake/mail-files.h"

#include <errno.h>
#include <string.h>

enum { DEPTH_MAX = 64 };

typedef struct {
  MailFileFunc func;
  gpointer data;
} Walk;

static bool walk_folder(const Walk *walk, const char *path, bool maildir, int depth);

static bool
give_file(const Walk *walk, const char *path, gint64 size, bool maildir, int error)
{
  const MailFile file = {.path = path, .size = size, .maildir = maildir, .error = error};
  return walk->func(&file, walk->data);
}

static bool
has_folder(const char *path, const char *name)
{
  g_autofree char *below = g_build_filename(path, name, NULL);
  struct stat info;
  return lstat(below, &info) == 0 && S_ISDIR(info.st_mode);
}

static bool
walk_entry(const Walk *walk, const char *path, bool maildir, int depth)
{
  struct stat info;
  if (lstat(path, &info) != 0)
    /* a mail reader may have renamed it in the meantime, and a second run finds it */
    return errno == ENOENT || give_file(walk, path, 0, false, errno);
  if (S_ISDIR(info.st_mode))
    return maildir || walk_folder(walk, path, false, depth + 1);
  return !S_ISREG(info.st_mode) || give_file(walk, path, info.st_size, maildir, 0);
}

static bool
walk_entries(const Walk *walk, const char *path, bool maildir, int depth)
{
  g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
  if (dir == NULL)
    return give_file(walk, path, 0, false, errno);
  const char *name;
  while ((name = g_dir_read_name(dir)) != NULL) {
    if (*name == '.')
      continue;
    g_autofree char *below = g_build_filename(path, name, NULL);
    if (!walk_entry(walk, below, maildir, depth))
      return false;
  }
  return true;
}

static bool
walk_maildir(const Walk *walk, const char *path, int depth)
{
  static const char *const places[] = {"new", "cur"};
  for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
    g_autofree char *place = g_build_filename(path, places[i], NULL);
    if (!walk_entries(walk, place, true, depth))
      return false;
  }
  g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
  const char *name;
  while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
    g_autofree char *below = g_build_filename(path, name, NULL);
    if (has_folder(below, "cur") && has_folder(below, "new") &&
        !walk_folder(walk, below, true, depth + 1))
      return false;
  }
  return true;
}

static bool
walk_folder(const Walk *walk, const char *path, bool maildir, int depth)
{
  if (depth > DEPTH_MAX)
    return give_file(walk, path, 0, false, ELOOP);
  if (maildir || (has_folder(path, "cur") && has_folder(path, "new")))
    return walk_maildir(walk, path, depth);
  return walk_entries(walk, path, false, depth);
}

bool
mail_files_each(const char *path, MailFileFunc func, gpointer data)
{
  const Walk walk = {func, data};
  struct stat info;
  if (stat(path, &info) != 0)
    return give_file(&walk, path, 0, false, errno);
  if (S_ISDIR(info.st_mode))
    return walk_folder(&walk, path, false, 0);
  return give_file(&walk, path, S_ISREG(info.st_mode) ? info.st_size : 0, false, 0);
}
