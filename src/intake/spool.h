/* A message on its way in: whatever its length, only its head is kept in memory.
 *
 * The head is what is parsed; the digest and the size are over everything. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/error.h"
#include "mail/digest.h"

typedef struct {
  GString *head;  /* the first octets, as they came */
  size_t max;     /* of the head */
  gint64 size;    /* octets seen so far */
  Digest *digest; /* of all of them */
} Spool;

void spool_init(Spool *spool, size_t max);
void spool_clear(Spool *spool);

/* Takes in the next piece of the message. */
void spool_update(Spool *spool, const char *bytes, size_t length);

/* Reads fd until the head is full (*more: there may be a rest) or to its end. */
bool spool_fill(Spool *spool, int fd, bool *more, GError **error);

/* Reads the rest to its end; each piece goes to sink too, unless that is NULL. A sink that returns
 * false ends the reading, and its *error is handed on. */
typedef bool (*SpoolSink)(gpointer data, const char *bytes, size_t length, GError **error);
bool spool_drain(Spool *spool, int fd, SpoolSink sink, gpointer data, GError **error);

/* Hands the head over and makes the spool ready for another message. */
void spool_reset(Spool *spool);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Spool, spool_clear)
