/* The database (bouncedb-schema(7)). The only module that knows SQLite.
 *
 * Durable: WAL and synchronous=FULL; a commit that returned is on disk. Fair: writers queue at one
 * flock ticket, FILE.lock. Exactly once: the digest of a message is unique. Never creates a
 * database where one should be: an absent, emptied or foreign file is an error (TEMPFAIL). */
#pragma once

#include "bounce.h"
#include "digest.h"
#include "error.h"

typedef struct Store Store;

typedef enum { STORE_READ, STORE_WRITE } StoreMode;

/* For tests and special places; NULL means the defaults. */
typedef struct {
  int wait_ms;  /* for the ticket and for SQLite's own locks; 0 = two minutes */
  bool network; /* treat the file system as a network one, whatever it says */
} StoreOptions;

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
  guint repeated;   /* failures that another letter had told before */
} Recorded;

/* An absent, empty or foreign file is an error (TEMPFAIL). STORE_WRITE migrates an older schema. */
Store *store_open(const char *path, StoreMode mode, GError **error);
Store *store_open_with(const char *path, StoreMode mode, const StoreOptions *options,
                       GError **error);
void store_free(Store *store);

/* Creates a new database, and its folder; an existing one with our application_id is left as it is,
 * save that an older schema is migrated. */
bool store_create(const char *path, GError **error);

/* For deliver in the default place: opens for writing, and on the very first use creates. Where a
 * database has been before and is gone, or the home that holds the place is not ours (not mounted),
 * that is an error (TEMPFAIL). */
Store *store_open_default(const char *path, GError **error);

/* One transaction: BEGIN IMMEDIATE under the ticket, any number of records, COMMIT. After a false
 * return the transaction is rolled back. */
bool store_begin(Store *store, GError **error);
bool store_record(Store *store, const Report *report, const Envelope *envelope, Recorded *out,
                  GError **error);
bool store_commit(Store *store, GError **error);
void store_rollback(Store *store);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Store, store_free)
