/* The number of octets is remembered in the database, so that the folder need not be read for every
 * message. The number only grows: what people have moved or removed is noticed when it seems to be
 * too large, for then the folder is read. */
#include "config.h"

#include "intake/keep-room.h"

#include <sys/stat.h>
#include <unistd.h>

#include "store/store-arrivals.h"

enum { SLACK = 10 }; /* a tenth more is freed than needed, so that not every message has to look */

typedef struct {
  const char *folder;
  gint64 wanted, freed; /* octets */
  Store *store;
} Room;

/* Octets of the files in new. */
static gint64
measure(const char *folder)
{
  g_autofree char *path = g_build_filename(folder, "new", NULL);
  g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
  gint64 octets = 0;
  for (const char *name; dir != NULL && (name = g_dir_read_name(dir)) != NULL;) {
    g_autofree char *file = g_build_filename(path, name, NULL);
    struct stat info;
    if (lstat(file, &info) == 0 && S_ISREG(info.st_mode))
      octets += info.st_size;
  }
  return octets;
}

/* A file that is not there any longer has been moved away by somebody. */
static bool
remove_kept(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  Room *room = data;
  struct stat info;
  if (room->freed >= room->wanted)
    return true;
  g_autofree char *name = g_path_get_basename(store_cell(cells, n, "kept"));
  g_autofree char *path = g_build_filename(room->folder, "new", name, NULL);
  if (lstat(path, &info) == 0 && S_ISREG(info.st_mode) && unlink(path) == 0)
    room->freed += info.st_size;
  return store_unkeep(room->store, store_cell_int(cells, n, "message_id"), error);
}

static bool
fail_full(const char *folder, gint64 total, GError **error)
{
  return throw(error, BOUNCEDB_ERROR_TEMPFAIL,
               "%s/new holds %" G_GINT64_FORMAT " octets ([delivery] keep-total) of messages that "
               "could not be read: move them to another folder",
               folder, total);
}

bool
keep_make_room(Store *store, const char *folder, gint64 total, Kind kind, gint64 size, bool *room,
               GError **error)
{
  gint64 octets;
  *room = true;
  if (total == 0)
    return true;
  if (!store_kept_octets(store, &octets, error))
    return false;
  if (octets + size > total)
    octets = measure(folder);
  if (octets + size > total) {
    Room more = {.folder = folder, .wanted = octets + size - total + total / SLACK, .store = store};
    if (!store_oldest_kept(store, remove_kept, &more, error))
      return false;
    octets -= more.freed;
  }
  *room = octets + size <= total;
  if (!*room && kind == KIND_UNREADABLE)
    return fail_full(folder, total, error);
  return store_set_kept_octets(store, *room ? octets + size : octets, error);
}
