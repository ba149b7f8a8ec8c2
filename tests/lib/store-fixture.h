/* A database for each test, and messages to record in it. */
#pragma once

#include "lib/check.h"
#include "lib/scratch.h"

#include <sqlite3.h>

#include "store/store-record.h"

enum { DAY = 86400, NOON = 1767268800 }; /* 2026-01-01 12:00 UTC */

typedef struct {
  char *folder, *path;
  gint64 letters; /* digests used so far */
} Fixture;

static inline int
fixture_setup(void **state)
{
  Fixture *f = g_new0(Fixture, 1);
  g_autoptr(GError) error = NULL;
  f->folder = scratch_new();
  f->path = g_build_filename(f->folder, "bounce.db", NULL);
  if (!store_create(f->path, &error))
    fail_msg("%s", error->message);
  *state = f;
  return 0;
}

static inline int
fixture_teardown(void **state)
{
  Fixture *f = *state;
  scratch_free(f->folder);
  g_free(f->path);
  g_free(f);
  return 0;
}

static inline Store *
fixture_open(const Fixture *f, StoreMode mode)
{
  g_autoptr(GError) error = NULL;
  Store *store = store_open(f->path, mode, &error);
  if (store == NULL)
    fail_msg("%s", error->message);
  return store;
}

static inline Recipient *
report_fails(Report *report, const char *address, Reason reason)
{
  Recipient *recipient = report_add_recipient(report);
  bounce_set(&recipient->recipient, address, BOUNCE_ADDRESS_MAX);
  recipient->action = ACTION_FAILED;
  recipient->status = (Status){5, 1, 1};
  recipient->verdict.reason = reason;
  recipient->verdict.klass = reason_class(reason, 5);
  return recipient;
}

static inline Report *
report_of(Kind kind)
{
  Report *report = report_new();
  report->kind = kind;
  return report;
}

static inline Report *
bounce_of(const char *address, Reason reason)
{
  Report *report = report_of(KIND_BOUNCE);
  report_fails(report, address, reason);
  return report;
}

static inline StoreMessage
message_of(gint64 letter, gint64 at)
{
  StoreMessage message = {.size = 1000, .received_at = at};
  memcpy(message.digest, &letter, sizeof letter);
  return message;
}

static inline Recorded
record_message(Store *store, const Report *report, const StoreMessage *message)
{
  Recorded recorded = {0};
  g_autoptr(GError) error = NULL;
  if (!store_begin(store, &error) || !store_record(store, report, message, &recorded, &error) ||
      !store_commit(store, &error))
    fail_msg("%s", error->message);
  return recorded;
}

/* Records a new message each time. */
static inline Recorded
record(Fixture *f, Store *store, const Report *report, gint64 at)
{
  StoreMessage message = message_of(++f->letters, at);
  return record_message(store, report, &message);
}

/* As in the sqlite3 shell: a connection that knows nothing about bouncedb. */
static inline int
sql_run(const Fixture *f, const char *sql)
{
  sqlite3 *db = NULL;
  assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
  int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
  sqlite3_close(db);
  return rc;
}

/* The first value of the first row; NULL if there is no row. (transfer full) */
static inline char *
sql_text(const Fixture *f, const char *sql)
{
  sqlite3 *db = NULL;
  sqlite3_stmt *statement = NULL;
  assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
  if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
    fail_msg("%s: %s", sql, sqlite3_errmsg(db));
  char *text = sqlite3_step(statement) == SQLITE_ROW
                   ? g_strdup((const char *)sqlite3_column_text(statement, 0))
                   : NULL;
  sqlite3_finalize(statement);
  sqlite3_close(db);
  return text;
}

static inline void
check_sql(const Fixture *f, const char *sql, const char *want)
{
  g_autofree char *got = sql_text(f, sql);
  check_string(sql, got, want);
}
