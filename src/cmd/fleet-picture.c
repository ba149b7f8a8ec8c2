#include "config.h"

#include "cmd/fleet-picture.h"

#include <unistd.h>

#include "cmd/owner.h"
#include "cmd/sync-program.h"

static void
remove_files(const char *folder)
{
  g_autoptr(GDir) files = g_dir_open(folder, 0, NULL);
  for (const char *name = NULL; files != NULL && (name = g_dir_read_name(files)) != NULL;) {
    g_autofree char *path = g_build_filename(folder, name, NULL);
    unlink(path);
  }
  rmdir(folder);
}

static Store *
read_picture(Context *context, const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename(folder, "fleet.db", NULL);
  const SyncOption options[] = {{"--output", path}, {NULL, NULL}};
  if (!sync_program_run(context, "picture", context->settings->fleet_read_connection, options,
                        error) ||
      context->status != EXIT_OK)
    return NULL;
  return store_open(path, STORE_READ, error);
}

Store *
fleet_picture_open(Context *context, GError **error)
{
  if (context->settings->fleet_read_connection == NULL) {
    throw(error, BOUNCEDB_ERROR_CONFIG,
          "[fleet] read-connection is not set: see bouncedb-fleet(7)");
    return NULL;
  }
  if (!owner_become(context->settings->database, error))
    return NULL;
  g_autofree char *folder = g_dir_make_tmp(NULL, error);
  if (folder == NULL)
    return NULL;
  Store *store = read_picture(context, folder, error);
  remove_files(folder);
  return store;
}
