#include "config.h"

#include "base/library.h"

#include <dlfcn.h>
#include <string.h>

void *
library_load(const char *name)
{
  return dlopen(name, RTLD_LAZY | RTLD_LOCAL);
}

/* ISO C has no conversion from an object pointer to a function pointer; POSIX demands it. */
bool
library_find(void *library, const char *name, void *function)
{
  void *found = library != NULL ? dlsym(library, name) : NULL;
  memcpy(function, &found, sizeof found);
  return found != NULL;
}
