/* bouncedb forget: erases all personal data about an address from the database, the list files and
 * the kept messages. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "base/safe-file.h"
#include "verp/named.h"
#include "store/store-forget.h"
#include "cmd/cmd.h"

enum { KEPT_MAX = 256 << 20 }; /* octets; no mail server takes longer messages */

typedef struct {
  Store *store;
  Decision decision;
  GPtrArray *addresses; /* Named */
  guint64 found;
} Run;

static void
free_named(gpointer named)
{
  named_free(named);
}

static bool
forget(const char *address, gpointer data, GError **error)
{
  Run *run = data;
  bool found;
  if (!store_forget(run->store, address, &run->decision, &found, error))
    return false;
  g_ptr_array_add(run->addresses, named_new(address));
  run->found += found;
  return true;
}

/* --- kept messages -----------------------------------------------------------------------------*/

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

static bool
is_regular(const char *path)
{
  struct stat st;
  return lstat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* A mail reader may have moved the message from new to cur, and appended flags to its name. NULL if
 * it is not there, or is no longer a regular file. */
static char *
find_kept(const char *path)
{
  struct stat st;
  if (lstat(path, &st) == 0)
    return S_ISREG(st.st_mode) ? g_strdup(path) : NULL;
  g_autofree char *name = g_path_get_basename(path), *new = g_path_get_dirname(path);
  g_autofree char *maildir = g_path_get_dirname(new), *cur = g_build_filename(maildir, "cur", NULL);
  g_autoptr(GDir) folder = g_dir_open(cur, 0, NULL);
  const char *entry;
  while (folder != NULL && (entry = g_dir_read_name(folder)) != NULL) {
    const char *flags = entry + strlen(name);
    if (!g_str_has_prefix(entry, name) || (*flags != '\0' && *flags != ':'))
      continue;
    g_autofree char *found = g_build_filename(cur, entry, NULL);
    return is_regular(found) ? g_steal_pointer(&found) : NULL;
  }
  return NULL;
}

/* Whether one of the addresses appears in the file, not encoded. */
static bool
names_any(const char *path, const GPtrArray *addresses, bool *named, GError **error)
{
  gsize length;
  *named = false;
  g_autofree char *text =
      safe_read(path, SAFE_REGULAR, KEPT_MAX, &length, BOUNCEDB_ERROR_TEMPFAIL, error);
  if (text == NULL)
    return false;
  for (gsize i = 0; i < length; i++)
    if (text[i] == '\0')
      text[i] = ' ';
  for (guint i = 0; i < addresses->len && !*named; i++)
    *named = named_in(g_ptr_array_index(addresses, i), text);
  return true;
}

/* Files are removed before the commit: if the commit fails, their rows are still there for a second
 * run. */
static bool
erase_kept(Run *run, GError **error)
{
  g_autoptr(GPtrArray) kept = g_ptr_array_new_with_free_func(kept_free);
  if (!store_kept(run->store, collect, kept, error))
    return false;
  for (guint i = 0; i < kept->len; i++) {
    const Kept *message = g_ptr_array_index(kept, i);
    g_autofree char *path = find_kept(message->path);
    bool named = false;
    if (path != NULL && !names_any(path, run->addresses, &named, error))
      return false;
    if (!named)
      continue;
    if (unlink(path) != 0 && errno != ENOENT)
      return throw_errno(error, "%s: cannot remove", path);
    if (!atomic_file_sync_folder(path, error) ||
        !store_forget_kept(run->store, message->message_id, error))
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
  if (!cmd_each_address(operands, forget, run, error) || !erase_kept(run, error)) {
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
          "Erase all personal data about these addresses. Suppressed addresses stay suppressed,\n"
          "by a keyed hash. A hyphen reads addresses from standard input, one per line.\n"
          "Exit status: 1 if nothing was known about any of them.",
          NULL, &argc, &argv, error))
    return false;
  if (argc < 2)
    return throw(error, BOUNCEDB_ERROR_USAGE, "forget needs an address, or - for standard input");
  g_autoptr(GPtrArray) addresses = g_ptr_array_new_with_free_func(free_named);
  g_autoptr(Store) store = cmd_open_store(context, error);
  Run run = {
      .store = store, .decision = cmd_decision(context, "forget", NULL), .addresses = addresses};
  if (store == NULL || !forget_all(&run, argv + 1, error) ||
      !cmd_update_lists(store, context->settings, error) || !store_forget_finish(store, error))
    return false;
  printf("%u forgotten\n", addresses->len);
  context->status = run.found > 0 ? EXIT_OK : EXIT_NEGATIVE;
  return true;
}
