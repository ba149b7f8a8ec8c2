/* The database (bouncedb-schema(7)). The only module that knows SQLite.
 *
 * Durable: WAL and synchronous=FULL; a commit that returned is on disk. Fair: writers queue at one
 * flock ticket, FILE.lock. Exactly once: the digest of a message is unique. Never creates a
 * database where one should be: an absent, emptied or foreign file is an error (TEMPFAIL). */
#pragma once

#include "base/error.h"
#include "mail/bounce.h"
#include "mail/digest.h"
#include "store/entry.h"
#include "store/store-row.h"

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
  const char *token;     /* of the signed return path that it came to; NULL = none */
  unsigned counting;     /* bits 1 << Trust: whose reports may suppress and lift; 0 = all */
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

/* Instead of store_free, where nothing comes but the end of the process, which gives back what is
 * held in a tenth of the time. What the close has to write is written. */
void store_close_at_exit(Store *store);

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

/* Which failures; unset fields (CLASS_NONE, REASON_NONE, NULL, 0) take all. */
typedef struct {
  Class klass;
  Reason reason;
  const char *domain;   /* of the recipient, any case */
  const char *provider; /* id */
  gint64 since;         /* Unix seconds */
} StoreFilter;

/* Failures, the newest first, with the columns of the table failure (bouncedb-schema(7)). */
bool store_list(Store *store, const StoreFilter *filter, StoreRowFunc func, gpointer data,
                GError **error);

/* Rows of the views event and standing for one address, in any case of letters. */
bool store_address_events(Store *store, const char *address, StoreRowFunc func, gpointer data,
                          GError **error);
bool store_address_standing(Store *store, const char *address, StoreRowFunc func, gpointer data,
                            GError **error);

/* The recipients (distinct) whose failures name address as their final or original recipient. Reads
 * the whole history. */
bool store_named_for(Store *store, const char *address, StoreRowFunc func, gpointer data,
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

/* The suppression list on its way out, by address. A row is valid while its function runs, which
 * may alter it. */
typedef bool (*StoreEntryFunc)(Entry *row, gpointer data, GError **error);

typedef struct {
  gint64 after; /* only the addresses that changed after this number; -1 = the whole list */
  bool list_id; /* rows have it */
  bool detail;  /* rows have everything */
} StoreExport;

/* Changes have numbers in the order of their commits; *seq gets that of the last one that the rows
 * know. */
bool store_export(Store *store, const StoreExport *what, gint64 *seq, StoreEntryFunc func,
                  gpointer data, GError **error);

bool store_sequence(Store *store, gint64 *seq, GError **error); /* of the last change; 0 = none */
/* After this change: were there additions only? How many addresses were erased (and so may have to
 * be erased elsewhere)? */
bool store_only_additions(Store *store, gint64 after, bool *out, GError **error);
bool store_erasures(Store *store, gint64 after, gint64 *out, GError **error);
/* The last change before all that have happened since this time. */
bool store_sequence_before(Store *store, gint64 at, gint64 *out, GError **error);

/* What no other database has. (transfer full) (nullable) */
char *store_identity(Store *store, GError **error);

/* How far somebody has read the changes. */
typedef struct {
  gint64 seq; /* -1: there is no such cursor */
  gint64 at;  /* when it was moved, Unix seconds */
  char *format, *filter;
  gint64 rows;        /* of that time; written only */
  const char *sha256; /* of what was handed out then; written only */
} StoreCursor;

bool store_cursor(Store *store, const char *name, StoreCursor *out, GError **error);
bool store_cursor_move(Store *store, const char *name, const StoreCursor *to, GError **error);
void store_cursor_clear(StoreCursor *cursor);

/* One export with a cursor at a time: from here until *lock is closed. */
bool store_cursor_lock(Store *store, int *lock, GError **error);

/* A new database in an empty file, with nothing but rows of store_export in its table suppression;
 * not durable before the file is synced. */
typedef struct StoreCopy StoreCopy;
StoreCopy *store_copy_new(const char *path, GError **error);
bool store_copy_add(StoreCopy *copy, const Entry *row, GError **error);
bool store_copy_finish(StoreCopy *copy, GError **error);
void store_copy_free(StoreCopy *copy);

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

/* What is known about what was sent (store-trust.c). Addresses that were written to are kept as an
 * HMAC only, whose key is in the database. at: Unix seconds; the later one counts. In a
 * transaction.
 */
bool store_sent_add(Store *store, const char *address, gint64 at, GError **error);
bool store_sent_prune(Store *store, gint64 before, GError **error);
bool store_sent_forget(Store *store, const char *address, GError **error);
bool store_sent_knows(Store *store, const char *address, gint64 since, bool *known, GError **error);

/* The number that stands for recipient in opaque return paths; always the same. A new one is on
 * disk when it returns. Outside of a transaction. */
bool store_return_path(Store *store, const char *recipient, gint64 now, gint64 *id, GError **error);

/* *recipient stays NULL where there is no such number. (transfer full) */
bool store_return_path_find(Store *store, gint64 id, char **recipient, GError **error);

/* A copy of the present state, while others write: complete, without a log beside it. An existing
 * file is replaced. Its mode follows the umask. The store must be open for writing (SQLite 3.40
 * cannot copy tables with generated columns otherwise). */
bool store_snapshot(Store *store, const char *path, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Store, store_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(StoreFailure, store_failure_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(StoreCursor, store_cursor_clear)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StoreCopy, store_copy_free)
