/* Recording what a message reports: exactly once, for the digest of a message is unique. */
#pragma once

#include "mail/bounce.h"
#include "mail/digest.h"
#include "store/store.h"

/* What is known about a message besides its report. */
typedef struct {
  guint8 digest[DIGEST_SIZE];
  const char *sender;    /* envelope sender; NULL = unknown, "" = null sender */
  const char *recipient; /* envelope recipient; NULL = unknown */
  const char *kept;      /* path of the kept raw message; NULL = not kept */
  gint64 size;           /* octets of the raw message */
  gint64 received_at;    /* Unix seconds */
  const char *token;     /* of the signed return path it was sent to; NULL = none */
  unsigned counting;     /* bits 1 << Trust: whose reports may suppress and lift; 0 = all */
  bool archive;          /* imported: a failure counts for the day of the report's Date */
} StoreMessage;

typedef struct {
  gint64 message_id;
  bool duplicate;   /* was recorded before, and readable; nothing was changed */
  bool suppression; /* the suppression list changed */
  bool held;        /* an entry was created but is held by the guard */
  bool warn;        /* held, for the first time today */
  guint repeated;   /* failures that another message had reported before */
} Recorded;

/* In a transaction. If this returns false, the caller rolls back, to the beginning or to a
 * savepoint. */
bool store_record(Store *store, const Report *report, const StoreMessage *message, Recorded *out,
                  GError **error);

/* For a caller that has to wait for the report: prepares what most bounces need to be recorded. */
bool store_expect_bounce(Store *store, GError **error);

/* Whether a message with this digest is recorded, and was readable: one that was not is read again
 * when it comes again, and its report takes the place of what was recorded. Needs no transaction.
 */
bool store_knows(Store *store, const guint8 digest[DIGEST_SIZE], bool *known, GError **error);
