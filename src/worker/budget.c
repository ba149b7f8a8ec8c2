/* A limit that the worker sets for itself can be raised by whoever has taken it over, so the parent
 * sets it. The limit in force is the soft one, because the kernel lets no ordinary user raise a
 * hard limit again; the filter does not let the worker catch or block the signal. */
#include "config.h"

#include "worker/budget.h"

#include <sys/resource.h>
#include <time.h>

enum { LIFE = 10 }; /* the whole life of a worker, in shares of a message */

/* The kernel counts in whole seconds, so the one that has begun is added. */
static void
set_soft(struct rlimit *both, rlim_t used, int seconds)
{
  both->rlim_cur = used + 1 + (rlim_t)seconds;
  if (both->rlim_max != RLIM_INFINITY && both->rlim_cur > both->rlim_max)
    both->rlim_cur = both->rlim_max;
}

void
budget_begin(int seconds)
{
  struct rlimit both;
  if (getrlimit(RLIMIT_CPU, &both) != 0)
    return;
  rlim_t life = (rlim_t)seconds * LIFE + 1;
  if (both.rlim_max == RLIM_INFINITY || both.rlim_max > life)
    both.rlim_max = life;
  set_soft(&both, 0, seconds);
  setrlimit(RLIMIT_CPU, &both);
}

#ifdef HAVE_PRLIMIT
bool
budget_renew(pid_t worker, int seconds)
{
  clockid_t clock;
  struct timespec used;
  struct rlimit both;
  if (clock_getcpuclockid(worker, &clock) != 0 || clock_gettime(clock, &used) != 0 ||
      prlimit(worker, RLIMIT_CPU, NULL, &both) != 0)
    return false;
  set_soft(&both, (rlim_t)used.tv_sec, seconds);
  return both.rlim_cur < both.rlim_max && prlimit(worker, RLIMIT_CPU, &both, NULL) == 0;
}
#else
/* Without a way to see or move the limit, each message gets a new worker. */
bool
budget_renew(pid_t worker, int seconds)
{
  (void)worker, (void)seconds;
  return false;
}
#endif
