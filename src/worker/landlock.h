/* Landlock: a process gives up files, network and signals to others, for good. */
#pragma once

#include <stdbool.h>

/* The version of the kernel's interface; 0 = there is none. */
int landlock_version(void);

/* Denies all that the kernel's version can deny. The process must have no_new_privs. Descriptors
 * that are open stay open. */
bool landlock_deny_all(void);
