/* The identity of a message: SHA-256 over its canonical form, so that two tries of a mail server
 * at the same message are one. Canonical: without a leading From_ line (servers stamp the time of
 * each try on it), line ends made LF, without the blank lines at the end (Exim appends one). */
#pragma once

#include <glib.h>

enum { DIGEST_SIZE = 32 };

typedef struct Digest Digest;

Digest *digest_new(void);
void digest_update(Digest *digest, const char *bytes, size_t length); /* in pieces of any size */
void digest_finish(Digest *digest, guint8 out[DIGEST_SIZE]);
void digest_free(Digest *digest);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Digest, digest_free)
