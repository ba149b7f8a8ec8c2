#include "config.h"

#include "report/organisation.h"

#include <stdbool.h>
#include <stddef.h>

#include "base/library.h"

/* libpsl.h; linking with the library would cost each delivery two per cent, for two functions that
 * only statistics call. */
typedef const void *Builtin(void);
typedef const char *Registrable(const void *list, const char *domain);

static const void *list;
static Registrable *registrable;

static void
load(void)
{
  static bool tried;
  Builtin *builtin = NULL;
  void *library = tried ? NULL : library_load(PSL_LIBRARY);
  tried = true;
  if (library == NULL)
    return;
  library_find(library, "psl_builtin", &builtin);
  library_find(library, "psl_registrable_domain", &registrable);
  list = builtin != NULL ? builtin() : NULL;
}

const char *
organisation_of(const char *domain)
{
  load();
  const char *found = list != NULL && registrable != NULL ? registrable(list, domain) : NULL;
  return found != NULL ? found : domain;
}
