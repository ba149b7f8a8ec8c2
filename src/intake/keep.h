/* The quarantine: a Maildir for letters that are no report.
 *
 * A letter is written under tmp, synced, and only then linked into new under a name that is its
 * digest: a second try finds it there, and a reader never sees half of one. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "mail/digest.h"
#include "base/error.h"

typedef struct MaildirLetter MaildirLetter;

/* Begin to write one. Creates the Maildir (not the folders above it) where it is missing. folder:
 * an absolute path. */
MaildirLetter *maildir_write(const char *folder, GError **error);
bool maildir_append(MaildirLetter *letter, const char *bytes, size_t length, GError **error);

/* All bytes are on the disk, but not yet to be seen. */
bool maildir_sync(MaildirLetter *letter, GError **error);

/* Shows it in the Maildir, durably. One of that digest that is there already is left as it is. */
bool maildir_publish(MaildirLetter *letter, const guint8 digest[DIGEST_SIZE], GError **error);

/* What was not published is removed. */
void maildir_letter_free(MaildirLetter *letter);

/* Where a letter of that digest is shown. (transfer full) */
char *maildir_path(const char *folder, const guint8 digest[DIGEST_SIZE]);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(MaildirLetter, maildir_letter_free)
