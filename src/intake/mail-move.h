/* Moving messages out of a Maildir once they are recorded, so that whatever fills it finds it
 * empty.
 *
 * At every moment a message has a name in one of the two places: it gets the new one, which is on
 * disk before the old one goes. So a kill or a power cut loses none. */
#pragma once

#include "base/error.h"

typedef struct MailMove MailMove;

/* folder: a Maildir, whose new and cur take what comes from new and cur, or any other directory. It
 * exists (USAGE). (transfer full) */
MailMove *mail_move_new(const char *folder, GError **error);
void mail_move_free(MailMove *move);

/* Whether what is in maildir can be moved: it is a Maildir, on the same file system, and another
 * one. If not, *error (USAGE) says why. */
bool mail_move_check(const MailMove *move, const char *maildir, GError **error);

/* Moves the messages at these paths (element-type char*). A message that is not there any more was
 * moved by somebody else. One that cannot be moved stays where it is, and func is called with the
 * reason. */
typedef void (*MailMoveFunc)(const char *path, const char *why, gpointer data);
void mail_move_files(MailMove *move, const GPtrArray *paths, MailMoveFunc func, gpointer data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(MailMove, mail_move_free)
