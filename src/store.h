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
  bool held;        /* somebody came on it, save that the guard holds it */
  bool warn;        /* the same, for the first time today */
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

/* Whether a message of that digest is recorded; needs no transaction. */
bool store_knows(Store *store, const guint8 digest[DIGEST_SIZE], bool *known, GError **error);
void store_rollback(Store *store);

/* The ticket alone, for what has to agree with the database: the list alongside. */
bool store_lock(Store *store, GError **error);
void store_unlock(Store *store);

/* One value of a row. Borrowed: valid while the row's function runs. */
typedef struct {
  const char *name; /* of the column */
  const char *text; /* NULL = absent; numbers as text too */
  bool number;
  gint64 value;
} StoreCell;

/* false with *error set ends the reading. */
typedef bool (*StoreRowFunc)(const StoreCell *cells, guint n, gpointer data, GError **error);

const char *store_cell(const StoreCell *cells, guint n, const char *name); /* NULL = absent */
gint64 store_cell_int(const StoreCell *cells, guint n, const char *name);  /* 0 = absent */

/* Which failures; unset fields (CLASS_NONE, REASON_NONE, NULL, 0) take all. */
typedef struct {
  Class klass;
  Reason reason;
  const char *domain;   /* of the recipient, any case */
  const char *provider; /* id */
  gint64 since;         /* Unix seconds */
} StoreFilter;

/* Failures in order of time, with the columns of the table failure (bouncedb-schema(7)). */
bool store_list(Store *store, const StoreFilter *filter, StoreRowFunc func, gpointer data,
                GError **error);

/* Rows of the views event and standing for one address, in any case of letters. */
bool store_address_events(Store *store, const char *address, StoreRowFunc func, gpointer data,
                          GError **error);
bool store_address_standing(Store *store, const char *address, StoreRowFunc func, gpointer data,
                            GError **error);

/* The row of suppression, with its threshold (days, span, window) and the diagnostic, rule and
 * provider of the failure that decided; func is not called where the address is not suppressed. */
bool store_suppression(Store *store, const char *address, StoreRowFunc func, gpointer data,
                       GError **error);

/* The row of message (digest in hexadecimal), and the rows of the view event that it gave. */
bool store_message(Store *store, gint64 message_id, StoreRowFunc func, gpointer data,
                   GError **error);
bool store_message_events(Store *store, gint64 message_id, StoreRowFunc func, gpointer data,
                          GError **error);

/* Every suppressed recipient, by address. */
bool store_suppressed(Store *store, StoreRowFunc func, gpointer data, GError **error);

/* Changes with every change of the suppression list. */
bool store_revision(Store *store, gint64 *out, GError **error);

/* A recorded failure, for explain. recipient stays NULL where there is none of that number. */
typedef struct {
  Recipient *recipient;
  char *reporting_mta;
} StoreFailure;

bool store_failure(Store *store, gint64 failure_id, StoreFailure *out, GError **error);
void store_failure_clear(StoreFailure *failure);

/* Looks for damage, broken references, suppressions that nothing bears out, and what is about to
 * stop deliveries; appends a line for each finding (element-type char*). */
bool store_check(Store *store, GPtrArray *findings, GError **error);

/* A copy of the present state, while others write: complete, without a log beside it. An existing
 * file is replaced. Its mode follows the umask. The store must be open for writing (SQLite 3.40
 * cannot copy tables with generated columns otherwise). */
bool store_snapshot(Store *store, const char *path, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Store, store_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(StoreFailure, store_failure_clear)
