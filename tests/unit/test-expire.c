/* Entries that end by themselves, and one's own addresses, which get none. */
#include "config.h"

#include "lib/store-fixture.h"

#include "store/store-decisions.h"
#include "store/store-expire.h"
#include "store/store-own.h"
#include "store/store-query.h"
#include "store/store-thresholds.h"

static void
apply(Store *store, const char *full_expiry, const char *never)
{
  g_autoptr(GError) error = NULL;
  Thresholds thresholds;
  thresholds_init(&thresholds);
  thresholds.window = 180;
  bool ok = thresholds_set_expiry(&thresholds, REASON_MAILBOX_FULL, full_expiry, &error) &&
            thresholds_set_never(&thresholds, never, &error) &&
            store_apply_thresholds(store, &thresholds, &error);
  g_free(thresholds.never);
  if (!ok)
    fail_msg("%s", error->message);
}

static void
fails_on(Fixture *f, Store *store, Reason reason, int first, int n, int step)
{
  g_autoptr(Report) report = bounce_of("ada@school.example", reason);
  for (int i = 0; i < n; i++)
    record(f, store, report, NOON + (first + i * step) * (gint64)DAY);
}

static bool
note(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)cells, (void)n, (void)error;
  *(bool *)data = true;
  return true;
}

static bool
is_suppressed(Store *store, int day)
{
  bool found = false;
  assert_true(
      store_suppression(store, "ada@school.example", NOON + day * (gint64)DAY, note, &found, NULL));
  return found;
}

static void
expire(Store *store, int day)
{
  assert_true(store_expire(store, NOON + day * (gint64)DAY, NULL));
}

static void
test_expires(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  apply(store, "60", "");
  fails_on(f, store, REASON_MAILBOX_FULL, 0, 5, 4); /* since day 16 */
  expire(store, 75);
  assert_true(is_suppressed(store, 75));
  assert_false(is_suppressed(store, 76)); /* whoever reads need not wait for the sweep */
  check_sql(f, "SELECT count(*) FROM suppression", "1");
  expire(store, 76);
  check_sql(f, "SELECT count(*) FROM suppression", "0");
  check_sql(f, "SELECT group_concat(op) FROM change", "add,remove");
  check_sql(f, "SELECT count(*) FROM failure WHERE lifted = 'expired'", "5");
  fails_on(f, store, REASON_MAILBOX_FULL, 78, 4, 4);
  assert_false(is_suppressed(store, 90));
  fails_on(f, store, REASON_MAILBOX_FULL, 94, 1, 1);
  assert_true(is_suppressed(store, 94));
}

/* The address stays suppressed for as long as any reason holds. */
static void
test_other_reasons(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  apply(store, "60", "");
  fails_on(f, store, REASON_MAILBOX_FULL, 0, 5, 4);
  fails_on(f, store, REASON_USER_UNKNOWN, 20, 1, 1);
  assert_true(is_suppressed(store, 300));
  check_sql(f, "SELECT reason FROM suppression", "mailbox_full");
  expire(store, 300);
  check_sql(f, "SELECT reason FROM suppression", "user_unknown");
  assert_true(is_suppressed(store, 3000));
}

static void
test_complaint_stays(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  apply(store, "60", "");
  fails_on(f, store, REASON_MAILBOX_FULL, 0, 5, 4);
  g_autoptr(Report) complaint = report_of(KIND_COMPLAINT);
  bounce_set(&report_add_recipient(complaint)->recipient, "ada@school.example", BOUNCE_ADDRESS_MAX);
  record(f, store, complaint, NOON + 20 * DAY);
  assert_true(is_suppressed(store, 300));
  expire(store, 300);
  check_sql(f, "SELECT reason FROM suppression", "complaint");
}

/* Both that are over go, and one of them only later. */
static void
test_two_that_expire(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  apply(store, "60", "");
  sql_run(f, "UPDATE threshold SET expires = 90 WHERE reason = 'undefined'");
  fails_on(f, store, REASON_MAILBOX_FULL, 0, 5, 4); /* until day 76 */
  fails_on(f, store, REASON_UNDEFINED, 18, 3, 1);   /* until day 110 */
  assert_true(is_suppressed(store, 100));
  assert_false(is_suppressed(store, 110));
  expire(store, 100);
  check_sql(f, "SELECT reason FROM suppression", "undefined");
  expire(store, 110);
  check_sql(f, "SELECT count(*) FROM entry", "0");
}

static void
test_off(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  apply(store, "60", "");
  check_sql(f, "SELECT count(*) FROM sqlite_schema WHERE name = 'entry_reason'", "1");
  fails_on(f, store, REASON_MAILBOX_FULL, 0, 5, 4);
  apply(store, "never", "");
  check_sql(f, "SELECT count(*) FROM sqlite_schema WHERE name = 'entry_reason'", "0");
  expire(store, 400);
  assert_true(is_suppressed(store, 400));
}

/* --- one's own --- */

static void
record_unknown(Fixture *f, Store *store, const char *address)
{
  g_autoptr(Report) report = bounce_of(address, REASON_USER_UNKNOWN);
  record(f, store, report, NOON);
}

static void
test_own(void **state)
{
  static const struct {
    const char *address;
    bool own;
  } cases[] = {
      {"News@Lists.Example.Net", true},      {"abo@lists.example.net", false},
      {"old.news@lists.example.net", false}, {"news@old.lists.example.net", false},
      {"board@club.example.org", true},      {"all@team.Club.Example.org", true},
      {"max@myclub.example.org", false},     {"max@example.org", false},
      {"x_y@under_score.example", true},     {"x@underscore.example", false},
      {"x@underXscore.example", false},
  };
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  record_unknown(f, store, "board@club.example.org"); /* before it was set */
  check_sql(f, "SELECT count(*) FROM entry", "1");
  apply(store, "never", "news@lists.EXAMPLE.net, @club.example.org under_score.example");
  check_sql(f, "SELECT count(*) FROM entry", "0");
  check_sql(f, "SELECT group_concat(op) FROM change", "add,remove");
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    bool own;
    record_unknown(f, store, cases[i].address);
    assert_true(store_is_own(store, cases[i].address, &own, NULL));
    check_int(cases[i].address, own, cases[i].own);
    g_autofree char *sql =
        g_strdup_printf("SELECT count(*) FROM entry WHERE address = lower('%s')", cases[i].address);
    check_sql(f, sql, cases[i].own ? "0" : "1");
  }
  check_sql(f, "SELECT count(*) FROM failure", "12"); /* they are recorded */
}

/* Whoever writes: a person, reweigh, or the sqlite3 shell. */
static void
test_own_by_any_way(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  const Decision decision = {.command = "test", .now = NOON};
  bool changed;
  gint64 lifted, added;
  apply(store, "never", "club.example.org");
  record_unknown(f, store, "board@club.example.org");
  assert_true(store_begin(store, NULL));
  assert_true(store_override(store, "board@club.example.org", OVERRIDE_SUPPRESS, &decision,
                             &changed, NULL));
  assert_true(store_reweigh(store, &decision, &lifted, &added, NULL));
  assert_true(store_commit(store, NULL));
  sql_run(f, "INSERT INTO entry (address, recipient, reason, since)"
             " SELECT address, recipient, 'manual', at FROM override");
  check_sql(f, "SELECT count(*) FROM entry", "0");
  check_sql(f, "SELECT count(*) FROM change", "0");
  apply(store, "never", "");
  assert_true(store_begin(store, NULL));
  assert_true(store_reweigh(store, &decision, &lifted, &added, NULL));
  assert_true(store_commit(store, NULL));
  check_sql(f, "SELECT reason FROM entry", "manual");
}

static void
test_wrong_names(void **state)
{
  (void)state;
  static const char *const wrong[] = {
      "a@",          "@", "a b..c", "news@lists..example", "*.example.org", "club.example.org;",
      "\xff.example"};
  for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
    g_autoptr(GError) error = NULL;
    Thresholds thresholds = {0};
    if (thresholds_set_never(&thresholds, wrong[i], &error))
      fail_msg("%s is accepted", wrong[i]);
    assert_int_equal(error->code, BOUNCEDB_ERROR_CONFIG);
  }
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

int
main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(test_expires),
      TEST(test_other_reasons),
      TEST(test_complaint_stays),
      TEST(test_two_that_expire),
      TEST(test_off),
      TEST(test_own),
      TEST(test_own_by_any_way),
      cmocka_unit_test(test_wrong_names),
  };
  return cmocka_run_group_tests_name("expire", tests, NULL, NULL);
}
