/* Files that hold several messages, as RFC 4155 describes them and as they are found.
 *
 * A message begins after a blank line with a line that begins with "From " and ends with a date in
 * the format of asctime. So a sentence that begins with "From " does not split a message.
 * Content-Length is ignored, and ">From " is left as it is. Memory is bounded, whatever the file.
 */
#pragma once

#include "intake/spool.h"

typedef struct Mbox Mbox;

/* Reads from fd, which stays the caller's. If split is false, or if the file does not begin with a
 * From_ line, all of it is one message. */
Mbox *mbox_new(int fd, bool split);
void mbox_free(Mbox *mbox);

/* The beginning of the file, which is not consumed: wanted octets (at most MBOX_PEEK_MAX), or more,
 * or all of the file. Only before the first message; borrowed until then. NULL on error. */
enum { MBOX_PEEK_MAX = 256 << 10 };
const char *mbox_peek(Mbox *mbox, size_t wanted, size_t *length, GError **error);

/* Changes whether messages are split; only before the first message. */
void mbox_set_split(Mbox *mbox, bool split);

/* Reads the next message, with its From_ line, into spool. *found is false at the end. */
bool mbox_next(Mbox *mbox, Spool *spool, bool *found, GError **error);

/* Whether a line (without its line ending) is a From_ line, such as "From sender  Sat Nov 21
 * 10:00:00 2026", with or without a time zone. */
bool mbox_is_from_line(const char *line, size_t length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Mbox, mbox_free)
