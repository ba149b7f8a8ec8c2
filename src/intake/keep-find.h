/* Finding a kept message again, which a mail reader may have moved. */
#pragma once

#include <stdbool.h>

typedef enum {
  KEPT_GONE,    /* it is not there, or is no longer a regular file */
  KEPT_UNKNOWN, /* nor is its Maildir: the disk may not be mounted */
  KEPT_UNREAD,  /* nobody has read it yet, as far as its name tells */
  KEPT_READ,    /* a mail reader has marked it as seen, or as deleted */
} KeptState;

/* path: under which it was published. A mail reader moves it from new to cur, and appends flags to
 * its name. *found: where it is now, or NULL. (transfer full) */
KeptState kept_find(const char *path, char **found);
