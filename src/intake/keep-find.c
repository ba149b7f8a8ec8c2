#include "config.h"

#include "intake/keep-find.h"

#include <glib.h>
#include <string.h>
#include <sys/stat.h>

static bool
is_regular(const char *path)
{
  struct stat st;
  return lstat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static KeptState
state_of(const char *flags)
{
  bool read = g_str_has_prefix(flags, ":2,") && strpbrk(flags + 3, "ST") != NULL;
  return read ? KEPT_READ : KEPT_UNREAD;
}

static KeptState
find_in_cur(const char *maildir, const char *name, char **found)
{
  g_autofree char *cur = g_build_filename(maildir, "cur", NULL);
  g_autoptr(GDir) folder = g_dir_open(cur, 0, NULL);
  const char *entry;
  if (folder == NULL)
    return KEPT_UNKNOWN;
  while ((entry = g_dir_read_name(folder)) != NULL) {
    const char *flags = entry + strlen(name);
    if (!g_str_has_prefix(entry, name) || (*flags != '\0' && *flags != ':'))
      continue;
    g_autofree char *path = g_build_filename(cur, entry, NULL);
    if (!is_regular(path))
      return KEPT_GONE;
    *found = g_steal_pointer(&path);
    return state_of(flags);
  }
  return KEPT_GONE;
}

KeptState
kept_find(const char *path, char **found)
{
  struct stat st;
  *found = NULL;
  if (lstat(path, &st) == 0) {
    if (!S_ISREG(st.st_mode))
      return KEPT_GONE;
    *found = g_strdup(path);
    return KEPT_UNREAD;
  }
  g_autofree char *name = g_path_get_basename(path), *new = g_path_get_dirname(path);
  g_autofree char *maildir = g_path_get_dirname(new);
  return find_in_cur(maildir, name, found);
}
