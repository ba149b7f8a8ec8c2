/* Root, and the user who owns the database.
 *
 * Files that root creates next to a database of another user shut that user out, and with him the
 * mail server, until somebody finds them. So commands that open such a database become its owner
 * first, for good. A delivery refuses: a mail server that runs it as root is configured wrongly,
 * and the message of a stranger would be parsed by a child of root. */
#pragma once

#include <sys/types.h>

#include "base/error.h"

typedef struct {
  uid_t uid;
  gid_t gid;
  char *name, *home; /* NULL = it has none: a number need not have a name */
} Owner;

void owner_clear(Owner *owner);

/* The owner of the file or, if it does not exist, of the directory in which it would be. */
void owner_of(const char *path, Owner *out);

/* Gives up root, with all groups, for good. */
bool owner_drop(const Owner *owner, GError **error);

/* If this is root, and the database (or the file) at path belongs to another user, becomes that
 * user. */
bool owner_become(const char *path, GError **error);

/* The user that owner_become() became; NULL = none. (transfer none) */
const char *owner_became(void);

/* Who runs this, and decides: the real user before owner_become(). */
uid_t owner_invoker(void);

/* Whether the database belongs to another user than this one and root, and is not accessible. */
bool owner_is_other(const char *database);

/* After the database could not be opened: if owner_is_other(), the error says so instead of how to
 * open the files of that user to others. file: the configuration that was read (nullable). */
void owner_explain(const char *database, const char *file, GError **error);

/* For deliveries: fails (TEMPFAIL) where owner_become() would do something. */
bool owner_check_delivery(const char *database, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Owner, owner_clear)
