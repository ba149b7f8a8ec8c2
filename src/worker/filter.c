#include "config.h"

#include "worker/filter.h"

#ifdef HAVE_FILTER
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include "worker/filter-steps.h"

/* A kernel without seccomp does not know the question. */
bool
filter_available(void)
{
  return filter_length > 0 && prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0;
}

bool
filter_install(void)
{
  const struct sock_fprog program = {.len = filter_length,
                                     .filter = (struct sock_filter *)filter_steps};
  return filter_length > 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}
#else
bool
filter_available(void)
{
  return false;
}

bool
filter_install(void)
{
  return false;
}
#endif
