/* A message while it is read. Whatever its length, only its head is kept in memory: the part that
 * is parsed. Digest and size cover all of it. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/error.h"
#include "mail/digest.h"

typedef struct {
  GString *head;  /* the first octets, as they came */
  size_t max;     /* length of the head, at most */
  gint64 size;    /* octets read so far */
  Digest *digest; /* of all of them */
} Spool;

void spool_init(Spool *spool, size_t max);
void spool_clear(Spool *spool);

/* Adds the next piece of the message. */
void spool_update(Spool *spool, const char *bytes, size_t length);

/* Reads from fd until the head is full (then *more: there may be more), or to the end. */
bool spool_fill(Spool *spool, int fd, bool *more, GError **error);

/* Reads the rest of the message, and passes each piece to sink (nullable) too. If sink returns
 * false, with *error set, so does this. */
typedef bool (*SpoolSink)(gpointer data, const char *bytes, size_t length, GError **error);
bool spool_drain(Spool *spool, int fd, SpoolSink sink, gpointer data, GError **error);

/* Empties the spool for another message. */
void spool_reset(Spool *spool);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Spool, spool_clear)
