/* bouncedb forget: everything personal of an address, out of the database, the lists and the
 * letters that are kept. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "store/store-forget.h"
#include "cmd/cmd.h"

typedef struct {
  Store *store;
  Decision decision;
  GPtrArray *addresses; /* in lower case */
  guint64 found;
} Run;

static bool
forget(const char *address, gpointer data, GError **error)
{
  Run *run = data;
  bool found;
  if (!store_forget(run->store, address, &run->decision, &found, error))
    return false;
  g_ptr_array_add(run->addresses, g_ascii_strdown(address, -1));
  run->found += found;
  return true;
}

/* --- letters that are kept --------------------------------------------------------------------*/

typedef struct {
  gint64 message_id;
  char *path;
} Kept;

static void
kept_free(gpointer data)
{
  Kept *kept = data;
  g_free(kept->path);
  g_free(kept);
}

static bool
collect(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  Kept *kept = g_new0(Kept, 1);
  kept->message_id = store_cell_int(cells, n, "message_id");
  kept->path = g_strdup(store_cell(cells, n, "kept"));
  g_ptr_array_add(data, kept);
  return true;
}

/* A mail reader moves a letter from new to cur, and writes flags behind its name. */
static char *
find_letter(const char *path)
{
  if (access(path, F_OK) == 0)
    return g_strdup(path);
  g_autofree char *name = g_path_get_basename(path), *new = g_path_get_dirname(path);
  g_autofree char *maildir = g_path_get_dirname(new), *cur = g_build_filename(maildir, "cur", NULL);
  g_autoptr(GDir) folder = g_dir_open(cur, 0, NULL);
  const char *entry;
  while (folder != NULL && (entry = g_dir_read_name(folder)) != NULL)
    if (g_str_has_prefix(entry, name))
      return g_build_filename(cur, entry, NULL);
  return NULL;
}

/* As the address stands, in letters of any case; not where it is encoded. */
static bool
letter_names(const char *path, const GPtrArray *addresses)
{
  g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, NULL);
  if (file == NULL || g_mapped_file_get_length(file) == 0)
    return false;
  g_autofree char *text =
      g_ascii_strdown(g_mapped_file_get_contents(file), (gssize)g_mapped_file_get_length(file));
  for (guint i = 0; i < addresses->len; i++) {
    const char *address = g_ptr_array_index(addresses, i);
    if (memmem(text, g_mapped_file_get_length(file), address, strlen(address)) != NULL)
      return true;
  }
  return false;
}

static bool
erase_letters(Run *run, GError **error)
{
  g_autoptr(GPtrArray) kept = g_ptr_array_new_with_free_func(kept_free);
  if (!store_kept(run->store, collect, kept, error))
    return false;
  for (guint i = 0; i < kept->len; i++) {
    const Kept *letter = g_ptr_array_index(kept, i);
    g_autofree char *path = find_letter(letter->path);
    if (path == NULL || !letter_names(path, run->addresses))
      continue;
    if (unlink(path) != 0 && errno != ENOENT)
      return throw_errno(error, "%s: cannot remove", path);
    if (!atomic_file_sync_folder(path, error) ||
        !store_forget_kept(run->store, letter->message_id, error))
      return false;
    run->found++;
  }
  return true;
}

static bool
forget_all(Run *run, char **operands, GError **error)
{
  if (!store_begin(run->store, error))
    return false;
  if (!cmd_each_address(operands, forget, run, error) || !erase_letters(run, error)) {
    store_rollback(run->store);
    return false;
  }
  return store_commit(run->store, error);
}

bool
cmd_forget(Context *context, int argc, char **argv, GError **error)
{
  if (!cmd_options(
          context, "ADDRESS...|-",
          "Erases everything personal of these addresses. Who was suppressed stays so, by a\n"
          "hash with a key. A hyphen: an address a line from standard input. Exit 1: nothing\n"
          "was known of any.",
          NULL, &argc, &argv, error))
    return false;
  if (argc < 2)
    return throw(error, BOUNCEDB_ERROR_USAGE, "forget needs an address, or - for standard input");
  g_autoptr(GPtrArray) addresses = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(Store) store = cmd_open_store(context->settings, error);
  Run run = {
      .store = store, .decision = cmd_decision(context, "forget", NULL), .addresses = addresses};
  if (store == NULL || !forget_all(&run, argv + 1, error) ||
      !cmd_update_lists(store, context->settings, error) || !store_forget_finish(store, error))
    return false;
  printf("%u forgotten\n", addresses->len);
  context->status = run.found > 0 ? EXIT_OK : EXIT_NEGATIVE;
  return true;
}
