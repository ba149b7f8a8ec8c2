/* The quarantine: a Maildir for messages that are not reports.
 *
 * A message is written below tmp, synced, and only then linked into new, under a name that is its
 * digest. So a second delivery finds it there, and no reader ever sees half of it. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/error.h"
#include "mail/digest.h"

typedef struct KeptMessage KeptMessage;

/* Begins to write a message. Creates the Maildir if it is missing, but not the directories above
 * it. folder: an absolute path. */
KeptMessage *keep_begin(const char *folder, GError **error);

/* Of a longer message, only the beginning and the end are kept, with a line between them that says
 * how much is missing: size octets in all (at least KEEP_SIZE_MIN). Before anything is appended. */
enum { KEEP_SIZE_MIN = 4 << 10 };
void keep_limit(KeptMessage *message, gint64 size);

bool keep_append(KeptMessage *message, const char *bytes, size_t length, GError **error);

/* Writes the end of a message that was cut, and syncs what has been written, which is not visible
 * yet. */
bool keep_finish(KeptMessage *message, GError **error);

/* Makes it visible in the Maildir, durably. If a message with this digest is there already, that
 * one stays. */
bool keep_publish(KeptMessage *message, const guint8 digest[DIGEST_SIZE], GError **error);

/* Also removes the file, if it has not been published. */
void kept_message_free(KeptMessage *message);

/* Octets of the message as it is kept. Once it is finished. */
gint64 keep_size(const KeptMessage *message);

/* The Maildir that it is written to. */
const char *keep_folder(const KeptMessage *message);

/* The path under which a message with this digest is published. (transfer full) */
char *keep_path(const char *folder, const guint8 digest[DIGEST_SIZE]);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(KeptMessage, kept_message_free)
