/* A folder for one test program, removed at its end. */
#pragma once

#include <ftw.h>
#include <glib.h>
#include <stdio.h>

static inline char *
scratch_new(void)
{
  return g_dir_make_tmp("bouncedb-test-XXXXXX", NULL);
}

static inline int
scratch_remove(const char *path, const struct stat *info, int type, struct FTW *place)
{
  (void)info, (void)type, (void)place;
  return remove(path);
}

static inline void
scratch_free(char *folder)
{
  nftw(folder, scratch_remove, 8, FTW_DEPTH | FTW_PHYS);
  g_free(folder);
}
