/* The interface of the kernel that runs is newer or older than the headers of the kernel that this
 * was built with, so its numbers are here. They are the same on all architectures. */
#include "config.h"

#include "worker/landlock.h"

#include <stdint.h>

#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>

enum {
  CREATE_RULESET = 444,
  RESTRICT_SELF = 446,
  ASK_VERSION = 1,
};

/* struct landlock_ruleset_attr. A kernel takes fields that it does not know if they are 0. */
typedef struct {
  uint64_t files, network, scoped;
} Ruleset;

/* What each version added. */
static const Ruleset added[] = {
    {.files = (1 << 13) - 1},         /* 1: execute, write, read, remove, make */
    {.files = 1 << 13},               /* 2: link and rename between folders */
    {.files = 1 << 14},               /* 3: truncate */
    {.network = (1 << 0) | (1 << 1)}, /* 4: bind and connect TCP */
    {.files = 1 << 15},               /* 5: ioctl on devices */
    {.scoped = (1 << 0) | (1 << 1)},  /* 6: abstract sockets and signals to others */
};

int
landlock_version(void)
{
  long version = syscall(CREATE_RULESET, NULL, 0, ASK_VERSION);
  return version > 0 ? (int)version : 0;
}

bool
landlock_deny_all(void)
{
  Ruleset denied = {0};
  int version = landlock_version();
  for (int i = 0; i < version && i < (int)(sizeof added / sizeof *added); i++) {
    denied.files |= added[i].files;
    denied.network |= added[i].network;
    denied.scoped |= added[i].scoped;
  }
  if (version == 0)
    return false;
  long rules = syscall(CREATE_RULESET, &denied, sizeof denied, 0);
  if (rules < 0)
    return false;
  bool ok = syscall(RESTRICT_SELF, rules, 0) == 0;
  close((int)rules);
  return ok;
}
#else
int
landlock_version(void)
{
  return 0;
}

bool
landlock_deny_all(void)
{
  return false;
}
#endif
