/* The quarantine: a Maildir for letters that are no report.
 *
 * A letter is written under tmp, synced, and only then linked into new under a name that is its
 * digest: a second try finds it there, and a reader never sees half of one. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/error.h"
#include "mail/digest.h"

typedef struct KeptLetter KeptLetter;

/* Begin to write one. Creates the Maildir (not the folders above it) where it is missing. folder:
 * an absolute path. */
KeptLetter *keep_begin(const char *folder, GError **error);
bool keep_append(KeptLetter *letter, const char *bytes, size_t length, GError **error);

/* All bytes are on the disk, but not yet to be seen. */
bool keep_sync(KeptLetter *letter, GError **error);

/* Shows it in the Maildir, durably. One of that digest that is there already is left as it is. */
bool keep_publish(KeptLetter *letter, const guint8 digest[DIGEST_SIZE], GError **error);

/* What was not published is removed. */
void kept_letter_free(KeptLetter *letter);

/* Where a letter of that digest is shown. (transfer full) */
char *keep_path(const char *folder, const guint8 digest[DIGEST_SIZE]);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(KeptLetter, kept_letter_free)
