/* The database (bouncedb-schema(7)): opening it, and transactions. Only this folder knows SQLite.
 *
 * Durable: a commit that returned is on disk (WAL, synchronous=FULL). Fair: writers queue for one
 * lock, the flock of FILE.lock. An absent, emptied or foreign file is an error (TEMPFAIL): no
 * database is created where one should already be. */
#pragma once

#include "base/error.h"

typedef struct Store Store;

/* STORE_TRY: as for writing, but in one transaction, which store_free() rolls back. */
typedef enum { STORE_READ, STORE_WRITE, STORE_TRY } StoreMode;

typedef struct {
  int wait_ms;  /* for the queue and for SQLite's own locks; 0 = two minutes */
  bool network; /* act as on a network file system; for tests */
} StoreOptions;

/* STORE_WRITE migrates an older schema; to STORE_READ it is an error (TEMPFAIL). STORE_TRY does
 * what STORE_WRITE does, and leaves nothing of it; it waits ten seconds. options: NULL means the
 * defaults. */
Store *store_open(const char *path, StoreMode mode, GError **error);
Store *store_open_with(const char *path, StoreMode mode, const StoreOptions *options,
                       GError **error);
void store_free(Store *store);

/* The number of the schema that this version writes. */
gint64 store_schema(void);

/* For a process that is about to exit: like store_free, but leaves to the kernel what the kernel
 * frees faster. Everything that has to be written is written. */
void store_close_at_exit(Store *store);

/* Creates a database, and the folder for it. An existing database is kept, and migrated if its
 * schema is older. */
bool store_create(const char *path, GError **error);

/* For deliver in the default place: opens for writing, and creates the database at first use. It is
 * an error (TEMPFAIL) if there was a database before, or if the home directory is not ours, as when
 * it is not mounted. */
Store *store_open_default(const char *path, const StoreOptions *options, GError **error);

/* Whether store_open_default() would create the database, which does not exist. Changes nothing. */
bool store_can_create(const char *path, GError **error);

/* BEGIN IMMEDIATE when it is this writer's turn, and COMMIT. If either returns false, the
 * transaction is rolled back. */
bool store_begin(Store *store, GError **error);
bool store_commit(Store *store, GError **error);
void store_rollback(Store *store);

/* Commits if ok; otherwise rolls back, and returns false. *error is then what the caller set. */
bool store_end(Store *store, bool ok, GError **error);

/* What follows in the transaction can be undone by itself. If this or store_end_savepoint() returns
 * false, so can all of the transaction only: the caller rolls it back. */
bool store_savepoint(Store *store, GError **error);
/* Ends the savepoint. undo: as if nothing had happened since. */
bool store_end_savepoint(Store *store, bool undo, GError **error);

/* Whether the file that is open is no longer the one at its path: what is committed now would be
 * lost. */
bool store_has_moved(Store *store);

/* Takes this writer's turn without a transaction, to write files that have to agree with the
 * database. */
bool store_lock(Store *store, GError **error);
void store_unlock(Store *store);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Store, store_free)
