/* The system call filter of the worker (seccomp): calls that are not on its list end the process
 * with SIGSYS. filter-compile.c has the list. */
#pragma once

#include <stdbool.h>

/* Whether this program has a filter for its architecture, and the kernel takes one. */
bool filter_available(void);

/* For the rest of the process. It must have no_new_privs. False if the kernel takes no filter. */
bool filter_install(void);
