#include "check.h"

#include <glib/gstdio.h>

#include "store.h"

enum { NOON = 1767268800 }; /* 2026-01-01 12:00 UTC */

typedef struct {
  char *folder, *path;
} Fixture;

static int
setup(void **state)
{
  Fixture *f = g_new0(Fixture, 1);
  f->folder = g_dir_make_tmp("bouncedb-store-XXXXXX", NULL);
  f->path = g_build_filename(f->folder, "bounce.db", NULL);
  *state = f;
  g_autoptr(GError) error = NULL;
  if (!store_create(f->path, &error))
    fail_msg("%s", error->message);
  return 0;
}

static int
teardown(void **state)
{
  Fixture *f = *state;
  GDir *folder = g_dir_open(f->folder, 0, NULL);
  for (const char *name; folder != NULL && (name = g_dir_read_name(folder)) != NULL;) {
    g_autofree char *path = g_build_filename(f->folder, name, NULL);
    g_unlink(path);
  }
  g_dir_close(folder);
  g_rmdir(f->folder);
  g_free(f->folder);
  g_free(f->path);
  g_free(f);
  return 0;
}

static Report *
bounce_of(const char *address, Reason reason)
{
  Report *report = report_new();
  report->kind = KIND_BOUNCE;
  Recipient *recipient = report_add_recipient(report);
  bounce_set(&recipient->recipient, address, BOUNCE_ADDRESS_MAX);
  recipient->action = ACTION_FAILED;
  recipient->status = (Status){5, 1, 1};
  recipient->verdict.reason = reason;
  recipient->verdict.klass = reason_class(reason, 5);
  return report;
}

static Recorded
record(Store *store, const Report *report, int number, gint64 at)
{
  Envelope envelope = {.size = 1000, .received_at = at};
  memcpy(envelope.digest, &number, sizeof number);
  Recorded recorded;
  g_autoptr(GError) error = NULL;
  if (!store_begin(store, &error) || !store_record(store, report, &envelope, &recorded, &error) ||
      !store_commit(store, &error))
    fail_msg("%s", error->message);
  return recorded;
}

static Store *
open_store(const Fixture *f)
{
  g_autoptr(GError) error = NULL;
  Store *store = store_open(f->path, STORE_WRITE, &error);
  if (store == NULL)
    fail_msg("%s", error->message);
  return store;
}

static void
test_record(void **state)
{
  g_autoptr(Store) store = open_store(*state);
  g_autoptr(Report) gone = bounce_of("User@Example.com", REASON_USER_UNKNOWN);
  Recorded first = record(store, gone, 1, NOON), again = record(store, gone, 1, NOON + 5);
  assert_false(first.duplicate);
  assert_true(first.suppression);
  assert_true(again.duplicate);
  assert_false(again.suppression);
  check_int("same message", again.message_id, first.message_id);
  g_autoptr(Report) blocked = bounce_of("other@example.com", REASON_BLOCKED);
  Recorded sender_fault = record(store, blocked, 2, NOON);
  assert_false(sender_fault.duplicate);
  assert_false(sender_fault.suppression);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_record, setup, teardown),
  };
  return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
