/* The database (bouncedb-schema(7)). The only module that knows SQLite.
 *
 * Durable: WAL and synchronous=FULL; a commit that returned is on disk. Fair: writers queue at one
 * flock ticket. Exactly once: the digest of a message is unique. Never creates a database where one
 * should be: store_create does, and nothing else. */
#pragma once

#include "bounce.h"
#include "digest.h"
#include "error.h"

typedef struct Store Store;

typedef enum { STORE_READ, STORE_WRITE } StoreMode;

/* What is known of a message besides its report. */
typedef struct {
  guint8 digest[DIGEST_SIZE];
  const char *sender;    /* envelope sender; NULL = unknown, "" = null sender */
  const char *recipient; /* envelope recipient; NULL = unknown */
  const char *kept;      /* path of the kept raw message; NULL = not kept */
  gint64 size;           /* octets of the raw message */
  gint64 received_at;    /* Unix seconds */
  bool archive;          /* imported: a failure counts for the day of the report's Date */
} Envelope;

typedef struct {
  gint64 message_id;
  bool duplicate;   /* was recorded before; nothing was changed */
  bool suppression; /* the suppression list changed */
} Recorded;

/* An absent, empty or foreign file is an error (TEMPFAIL). STORE_WRITE migrates an older schema. */
Store *store_open(const char *path, StoreMode mode, GError **error);
void store_free(Store *store);

/* Creates a new database; an existing one with our application_id is left as it is. */
bool store_create(const char *path, GError **error);

/* One transaction: BEGIN IMMEDIATE under the ticket, any number of records, COMMIT. After a false
 * return the transaction is rolled back. */
bool store_begin(Store *store, GError **error);
bool store_record(Store *store, const Report *report, const Envelope *envelope, Recorded *out,
                  GError **error);
bool store_commit(Store *store, GError **error);
void store_rollback(Store *store);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Store, store_free)
