#include "config.h"

#include "store/store-access.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/permission.h"

/* If the whole database belongs to somebody else, its owner should run the program. */
static char *
advise_owner(const char *path, char *problem)
{
  struct stat st;
  if (problem == NULL || stat(path, &st) != 0 || st.st_uid == geteuid())
    return problem;
  g_autofree char *owner = permission_user(st.st_uid), *text = problem;
  return g_strdup_printf("%s; or run bouncedb as %s", text, owner);
}

/* Without the shared memory of the log, a reader has to create it. */
static char *
folder_problem(const char *path, bool write)
{
  g_autofree char *folder = g_path_get_dirname(path), *shared = g_strconcat(path, "-shm", NULL);
  bool creates = write || access(shared, F_OK) != 0;
  return creates ? permission_problem(folder, W_OK | X_OK) : NULL;
}

char *
store_access_problem(const char *path, bool write)
{
  static const char *const others[] = {"-wal", "-shm", "-journal", ".lock"};
  int wanted = write ? R_OK | W_OK : R_OK;
  char *problem = advise_owner(path, permission_problem(path, wanted));
  gsize n = G_N_ELEMENTS(others) - !write; /* only writers queue */
  for (gsize i = 0; problem == NULL && i < n; i++) {
    g_autofree char *file = g_strconcat(path, others[i], NULL);
    problem = permission_problem(file, wanted);
  }
  return problem != NULL ? problem : folder_problem(path, write);
}
