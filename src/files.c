#include "files.h"

#include <fcntl.h>
#include <unistd.h>

bool
files_sync_folder(const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname(path);
  int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  bool ok = fd >= 0 && fsync(fd) == 0;
  if (!ok)
    throw_errno(error, "%s: cannot sync", folder);
  if (fd >= 0)
    close(fd);
  return ok;
}
