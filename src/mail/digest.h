/* The identity of a message: the SHA-256 of its canonical form, so that two delivery attempts of
 * the same message are one. The canonical form has no leading From_ line (servers put the time of
 * each attempt there), LF line ends, and no blank lines at the end (Exim appends one). */
#pragma once

#include <glib.h>

enum { DIGEST_SIZE = 32 };

typedef struct Digest Digest;

/* For a program that reads many messages: loads Nettle, if that is installed, which computes
 * SHA-256 by instructions that the processor has for it. For a single message, loading it costs
 * more than it saves. Changes no digest. */
void digest_prepare_many(void);

Digest *digest_new(void);
void digest_update(Digest *digest, const char *bytes, size_t length); /* in pieces of any size */
void digest_finish(Digest *digest, guint8 out[DIGEST_SIZE]);
void digest_free(Digest *digest);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Digest, digest_free)
