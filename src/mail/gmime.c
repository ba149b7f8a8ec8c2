#include "config.h"

#include "mail/gmime.h"

#include "base/library.h"

GMimeFunctions gmime;

bool
gmime_load(void)
{
  void *library = library_load(GMIME_LIBRARY);
  bool all = library != NULL;
#define FIND(name) all = all && library_find(library, #name, &gmime.name);
  GMIME_FUNCTIONS(FIND)
#undef FIND
  return all;
}
