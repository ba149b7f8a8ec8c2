#include "config.h"

#include "intake/mail-move.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomic-file.h"

struct MailMove {
  char *folder;
  bool maildir;
};

/* *st: of the directory of that name, if *is. An absence alone is not an error. */
static bool
find_folder(const char *path, const char *name, struct stat *st, bool *is, GError **error)
{
  g_autofree char *below = g_build_filename(path, name, NULL);
  *is = stat(below, st) == 0;
  if (!*is && errno != ENOENT && errno != ENOTDIR)
    return throw_errno(error, "%s", below);
  *is = *is && S_ISDIR(st->st_mode);
  return true;
}

MailMove *
mail_move_new(const char *folder, GError **error)
{
  struct stat st;
  bool is, new, cur;
  if (!find_folder(folder, ".", &st, &is, error) || !find_folder(folder, "new", &st, &new, error) ||
      !find_folder(folder, "cur", &st, &cur, error))
    return NULL;
  if (!is) {
    throw(error, BOUNCEDB_ERROR_USAGE, "--move-to needs a directory that exists: %s", folder);
    return NULL;
  }
  MailMove *move = g_new0(MailMove, 1);
  move->folder = g_strdup(folder);
  move->maildir = new &&cur;
  return move;
}

void
mail_move_free(MailMove *move)
{
  if (move == NULL)
    return;
  g_free(move->folder);
  g_free(move);
}

/* Where a message of new or cur goes. (transfer full) */
static char *
target_folder(const MailMove *move, const char *place)
{
  return move->maildir ? g_build_filename(move->folder, place, NULL) : g_strdup(move->folder);
}

bool
mail_move_check(const MailMove *move, const char *maildir, GError **error)
{
  static const char *const places[] = {"new", "cur"};
  for (gsize i = 0; i < G_N_ELEMENTS(places); i++) {
    struct stat from, to;
    bool is, exists;
    g_autofree char *folder = target_folder(move, places[i]);
    if (!find_folder(maildir, places[i], &from, &is, error) ||
        !find_folder(folder, ".", &to, &exists, error))
      return false;
    if (!is)
      return throw(error, BOUNCEDB_ERROR_USAGE,
                   "--move-to is for Maildirs, and this is not one: %s", maildir);
    if (!exists || to.st_dev != from.st_dev)
      return throw(error, BOUNCEDB_ERROR_USAGE,
                   "%s is not on the file system of %s, so messages cannot be renamed to it",
                   move->folder, maildir);
    if (to.st_ino == from.st_ino)
      return throw(error, BOUNCEDB_ERROR_USAGE, "--move-to needs another Maildir than %s", maildir);
  }
  return true;
}

static bool
is_same(const char *a, const char *b)
{
  struct stat first, second;
  return lstat(a, &first) == 0 && lstat(b, &second) == 0 && first.st_dev == second.st_dev &&
         first.st_ino == second.st_ino;
}

/* NULL or why the message has no name in the new place. *goes: it has to lose the old one. */
static const char *
give_name(const char *path, const char *target, bool *goes)
{
  *goes = link(path, target) == 0;
  if (*goes || errno == ENOENT)
    return NULL;
  if (errno != EEXIST)
    return g_strerror(errno);
  *goes = is_same(path, target); /* an earlier run was killed here */
  return *goes ? NULL : "there is another message of that name in the new place";
}

typedef struct {
  MailMove *move;
  MailMoveFunc func;
  gpointer data;
  GPtrArray *named;    /* (element-type char*) paths to remove */
  GHashTable *folders; /* (element-type char*) to be synced before that */
} Batch;

static void
name_file(Batch *batch, const char *path)
{
  g_autofree char *folder = g_path_get_dirname(path), *name = g_path_get_basename(path);
  g_autofree char *place = g_path_get_basename(folder);
  g_autofree char *to = target_folder(batch->move, place);
  g_autofree char *target = g_build_filename(to, name, NULL);
  bool goes;
  if (is_same(folder, to)) /* a Maildir in the Maildir */
    return;
  const char *why = give_name(path, target, &goes);
  if (why != NULL)
    batch->func(path, why, batch->data);
  if (!goes)
    return;
  g_ptr_array_add(batch->named, (gpointer)path);
  g_hash_table_add(batch->folders, g_steal_pointer(&to));
}

/* The error of the first folder that cannot be synced. */
static bool
sync_folders(const Batch *batch, GError **error)
{
  GHashTableIter iter;
  gpointer folder;
  g_hash_table_iter_init(&iter, batch->folders);
  while (g_hash_table_iter_next(&iter, &folder, NULL)) {
    g_autofree char *in_it = g_build_filename(folder, ".", NULL);
    if (!atomic_file_sync_folder(in_it, error))
      return false;
  }
  return true;
}

static void
remove_names(const Batch *batch)
{
  g_autoptr(GError) error = NULL;
  bool synced = sync_folders(batch, &error);
  for (guint i = 0; i < batch->named->len; i++) {
    const char *path = g_ptr_array_index(batch->named, i);
    if (!synced)
      batch->func(path, error->message, batch->data);
    else if (unlink(path) != 0 && errno != ENOENT)
      batch->func(path, g_strerror(errno), batch->data);
  }
}

void
mail_move_files(MailMove *move, const GPtrArray *paths, MailMoveFunc func, gpointer data)
{
  g_autoptr(GPtrArray) named = g_ptr_array_new();
  g_autoptr(GHashTable) folders = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  Batch batch = {move, func, data, named, folders};
  for (guint i = 0; i < paths->len; i++)
    name_file(&batch, g_ptr_array_index(paths, i));
  remove_names(&batch);
}
