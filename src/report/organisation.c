#include "config.h"

#include "report/organisation.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

/* libpsl.h; linking with the library would cost each delivery two per cent, for two functions that
 * only statistics call. */
typedef const void *Builtin(void);
typedef const char *Registrable(const void *list, const char *domain);

static const void *list;
static Registrable *registrable;

/* ISO C has no conversion from an object pointer to a function pointer; POSIX demands it. */
static void
find(void *library, const char *name, void *function)
{
  void *found = dlsym(library, name);
  memcpy(function, &found, sizeof found);
}

static void
load(void)
{
  static bool tried;
  Builtin *builtin = NULL;
  void *library = tried ? NULL : dlopen(PSL_LIBRARY, RTLD_NOW | RTLD_LOCAL);
  tried = true;
  if (library == NULL)
    return;
  find(library, "psl_builtin", &builtin);
  find(library, "psl_registrable_domain", &registrable);
  list = builtin != NULL ? builtin() : NULL;
}

const char *
organisation_of(const char *domain)
{
  load();
  const char *found = list != NULL && registrable != NULL ? registrable(list, domain) : NULL;
  return found != NULL ? found : domain;
}
