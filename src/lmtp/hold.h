/* A message while it is received: its digest and length, and its beginning, which is in a file
 * without a name unless it is small. So a slow client costs a file, not memory. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/error.h"
#include "mail/digest.h"

typedef struct Hold Hold;

/* folder: where the file is created. window: how many octets are needed of the beginning. */
Hold *hold_new(const char *folder, size_t window);
void hold_free(Hold *hold);

/* Adds the next piece of the message. */
bool hold_append(Hold *hold, const char *bytes, size_t length, GError **error);

/* Whether the window is complete. What is appended then is held too, until hold_release(). */
bool hold_is_full(const Hold *hold);

/* Appends what is held to out. */
bool hold_read(Hold *hold, GString *out, GError **error);

/* Holds nothing any longer; digest and length go on. */
void hold_release(Hold *hold);

gint64 hold_size(const Hold *hold); /* octets of the message so far */
void hold_finish(Hold *hold, guint8 digest[DIGEST_SIZE]);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Hold, hold_free)
