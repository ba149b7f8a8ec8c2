/* Messages one after another in one file (RFC 4155, and what is really found).
 *
 * A message begins where a blank line is followed by "From " with a date of asctime's shape at its
 * end; a sentence that begins with "From " does not cut a message in two. Content-Length is not
 * believed, ">From " is left as it is. Memory is bounded whatever the file. */
#pragma once

#include "intake/spool.h"

typedef struct Mbox Mbox;

/* Reads from fd, which stays the caller's. Where split is false, or the file does not begin with a
 * From_ line, all of it is one message. */
Mbox *mbox_new(int fd, bool split);
void mbox_free(Mbox *mbox);

/* The next message, with its From_ line, goes into spool. *found is false at the end. */
bool mbox_next(Mbox *mbox, Spool *spool, bool *found, GError **error);

/* "From sender  Sat Nov 21 10:00:00 2026", with or without a time zone; the line without its end.
 */
bool mbox_is_from_line(const char *line, size_t length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Mbox, mbox_free)
