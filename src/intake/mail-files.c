#include "config.h"

#include "intake/mail-files.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

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

/* Each of these may have a suffix, such as ".log". */
static bool
is_mail_name(const char *name)
{
  static const char *const indexes[] = {
      "dovecot.index",    "dovecot.list.index", "dovecot.mailbox.log", "dovecot-acl",
      "dovecot-keywords", "dovecot-uidlist",    "dovecot-uidvalidity"};
  if (*name == '.')
    return false;
  for (gsize i = 0; i < G_N_ELEMENTS(indexes); i++)
    if (g_str_has_prefix(name, indexes[i]))
      return false;
  return true;
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names in the folder, sorted: in a Maildir that is the order of arrival. NULL and errno if it
 * cannot be read to its end. (transfer full) */
static GPtrArray *
list_folder(const char *path)
{
  DIR *dir = opendir(path);
  if (dir == NULL)
    return NULL;
  GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
  errno = 0;
  for (const struct dirent *entry; (entry = readdir(dir)) != NULL; errno = 0)
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
      g_ptr_array_add(names, g_strdup(entry->d_name));
  int code = errno;
  closedir(dir);
  if (code != 0)
    g_clear_pointer(&names, g_ptr_array_unref);
  else
    g_ptr_array_sort(names, compare_names);
  errno = code;
  return names;
}

static bool
has_folder(const char *path, const char *name)
{
  g_autofree char *below = g_build_filename(path, name, NULL);
  struct stat info;
  return lstat(below, &info) == 0 && S_ISDIR(info.st_mode);
}

static bool
is_maildir(const char *path)
{
  return has_folder(path, "cur") && has_folder(path, "new");
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
  g_autoptr(GPtrArray) names = list_folder(path);
  if (names == NULL)
    return give_file(walk, path, 0, false, errno);
  for (guint i = 0; i < names->len; i++) {
    const char *name = g_ptr_array_index(names, i);
    g_autofree char *below = g_build_filename(path, name, NULL);
    if (is_mail_name(name) && !walk_entry(walk, below, maildir, depth))
      return false;
  }
  return true;
}

/* new before cur: a message that a mail reader moves meanwhile is then seen at least once. */
static bool
walk_maildir(const Walk *walk, const char *path, int depth)
{
  static const char *const places[] = {"new", "cur"};
  for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
    g_autofree char *place = g_build_filename(path, places[i], NULL);
    if (!walk_entries(walk, place, true, depth))
      return false;
  }
  g_autoptr(GPtrArray) names = list_folder(path);
  if (names == NULL)
    return give_file(walk, path, 0, false, errno);
  for (guint i = 0; i < names->len; i++) {
    g_autofree char *below = g_build_filename(path, g_ptr_array_index(names, i), NULL);
    if (is_maildir(below) && !walk_folder(walk, below, true, depth + 1))
      return false;
  }
  return true;
}

static bool
walk_folder(const Walk *walk, const char *path, bool maildir, int depth)
{
  if (depth > DEPTH_MAX)
    return give_file(walk, path, 0, false, ELOOP);
  if (maildir || is_maildir(path))
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
