/* What lifts a failure, what people decide, and the guard on days that went wrong. */
#include "config.h"

#include "lib/store-fixture.h"

#include "store/store-decisions.h"
#include "store/store-forget.h"
#include "store/store-thresholds.h"

static const Decision by_me = {.command = "test", .uid = 1000, .now = NOON};

/* --- helpers --- */

static void
fails_at(Fixture *f, Store *store, const char *address, Reason reason, const char *provider,
         gint64 at)
{
  g_autoptr(Report) report = bounce_of(address, reason);
  bounce_set(&report_recipient(report, 0)->verdict.provider, provider, BOUNCE_TEXT_MAX);
  record(f, store, report, at);
}

static void
is_delivered(Fixture *f, Store *store, const char *address, Action action, gint64 at)
{
  g_autoptr(Report) report = report_of(KIND_SUCCESS);
  Recipient *recipient = report_fails(report, address, REASON_NONE);
  recipient->action = action;
  record(f, store, report, at);
}

static void
complains(Fixture *f, Store *store, const char *address, gint64 at)
{
  g_autoptr(Report) report = report_of(KIND_COMPLAINT);
  bounce_set(&report_add_recipient(report)->recipient, address, BOUNCE_ADDRESS_MAX);
  record(f, store, report, at);
}

/* A report under the policy that only verified reports count. */
static void
is_delivered_unsigned(Fixture *f, Store *store, const char *address, gint64 at)
{
  g_autoptr(Report) report = report_of(KIND_SUCCESS);
  report_fails(report, address, REASON_NONE)->action = ACTION_DELIVERED;
  StoreMessage message = message_of(++f->letters, at);
  message.counting = 1U << TRUST_VERIFIED;
  record_message(store, report, &message);
}

static bool
overrides(Store *store, const char *address, Override verdict, gint64 now)
{
  Decision decision = {.command = "test", .note = "why", .uid = 1000, .now = now};
  bool changed = false;
  assert_true(store_begin(store, NULL));
  assert_true(store_override(store, address, verdict, &decision, &changed, NULL));
  assert_true(store_commit(store, NULL));
  return changed;
}

static gint64
releases_span(Store *store, Span span)
{
  gint64 rows = -1;
  assert_true(store_begin(store, NULL));
  assert_true(store_release(store, &span, &by_me, &rows, NULL));
  assert_true(store_commit(store, NULL));
  return rows;
}

static gint64
releases(Store *store, const char *provider, gint64 since, gint64 until)
{
  return releases_span(store, (Span){.provider = provider, .since = since, .until = until});
}

static gint64
confirms(Store *store, const char *provider)
{
  Span span = {.provider = provider};
  gint64 rows = -1;
  assert_true(store_begin(store, NULL));
  assert_true(store_confirm(store, &span, &by_me, &rows, NULL));
  assert_true(store_commit(store, NULL));
  return rows;
}

static const char entries[] =
    "SELECT group_concat(substr(address, 1, 1) || ' ' || reason || ' ' || state, ',') FROM"
    " (SELECT * FROM entry ORDER BY address)";

/* --- what lifts --- */

static void
test_delivered(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  fails_at(f, store, "a@x.example", REASON_USER_UNKNOWN, NULL, NOON);
  is_delivered(f, store, "a@x.example", ACTION_RELAYED, NOON + DAY);
  is_delivered(f, store, "a@x.example", ACTION_DELIVERED, NOON - DAY);
  check_sql(f, entries, "a user_unknown active");
  is_delivered(f, store, "A@x.example", ACTION_DELIVERED, NOON + DAY);
  check_sql(f, entries, NULL);
  fails_at(f, store, "a@x.example", REASON_USER_UNKNOWN, NULL,
           NOON); /* older, but recorded later */
  check_sql(f, entries, NULL);
  fails_at(f, store, "a@x.example", REASON_USER_UNKNOWN, NULL, NOON + 2 * DAY);
  check_sql(f, entries, "a user_unknown active");
  is_delivered_unsigned(f, store, "a@x.example", NOON + 3 * DAY);
  check_sql(f, entries, "a user_unknown active");
  complains(f, store, "b@x.example", NOON);
  is_delivered(f, store, "b@x.example", ACTION_DELIVERED, NOON + DAY);
  check_sql(f, entries, "a user_unknown active,b complaint active");
  is_delivered_unsigned(f, store, "c@x.example", NOON + DAY);
  fails_at(f, store, "c@x.example", REASON_USER_UNKNOWN, NULL, NOON);
  check_sql(f, entries, "a user_unknown active,b complaint active,c user_unknown active");
}

/* A delivery does not lift an address that was suppressed by a failure and complained later. */
static void
test_delivered_after_complaint(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  fails_at(f, store, "a@x.example", REASON_USER_UNKNOWN, NULL, NOON);
  complains(f, store, "a@x.example", NOON);
  check_sql(f, entries, "a user_unknown active");
  is_delivered(f, store, "a@x.example", ACTION_DELIVERED, NOON + DAY);
  check_sql(f, entries, "a complaint active");
}

static void
test_overrides(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  fails_at(f, store, "a@x.example", REASON_USER_UNKNOWN, NULL, NOON);
  assert_true(overrides(store, "A@x.example", OVERRIDE_ALLOW, NOON + DAY));
  assert_false(overrides(store, "a@x.example", OVERRIDE_ALLOW, NOON + DAY));
  check_sql(f, entries, NULL);
  fails_at(f, store, "a@x.example", REASON_USER_UNKNOWN, NULL, NOON + 2 * DAY);
  complains(f, store, "a@x.example", NOON + 2 * DAY);
  check_sql(f, entries, NULL);
  assert_true(overrides(store, "a@x.example", OVERRIDE_SUPPRESS, NOON + 3 * DAY));
  check_sql(f, entries, "a manual active");
  is_delivered(f, store, "a@x.example", ACTION_DELIVERED, NOON + 4 * DAY);
  check_sql(f, entries, "a manual active");
  assert_true(overrides(store, "a@x.example", OVERRIDE_NONE, NOON + 4 * DAY));
  check_sql(f, entries, "a complaint active");
  assert_false(overrides(store, "a@x.example", OVERRIDE_NONE, NOON + 4 * DAY));
  check_sql(f, "SELECT group_concat(command || by_uid || address || note || rows) FROM audit",
            "test1000a@x.examplewhy1,test1000a@x.examplewhy1,test1000a@x.examplewhy0");
  static const char *const refused[] = {"DELETE FROM audit", "UPDATE audit SET by_uid = 0",
                                        "UPDATE audit SET note = 'other'"};
  for (size_t i = 0; i < G_N_ELEMENTS(refused); i++)
    check_int(refused[i], sql_run(f, refused[i]), SQLITE_CONSTRAINT);
}

static void
test_release(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  fails_at(f, store, "a@x.example", REASON_USER_UNKNOWN, "apple", NOON);
  fails_at(f, store, "b@x.example", REASON_USER_UNKNOWN, "gmail", NOON);
  fails_at(f, store, "c@x.example", REASON_USER_UNKNOWN, "apple", NOON);
  fails_at(f, store, "c@x.example", REASON_USER_UNKNOWN, "apple", NOON + 5 * DAY);
  fails_at(f, store, "d@x.example", REASON_USER_UNKNOWN, "apple", NOON + 5 * DAY);
  for (int day = -2; day <= 0; day++)
    fails_at(f, store, "e@x.example", REASON_UNDEFINED, "apple", NOON + day * DAY);
  check_int("of a third", releases(store, "apple", NOON - DAY, NOON + DAY), 2);
  check_int("again", releases(store, "apple", NOON - DAY, NOON + DAY), 0);
  check_sql(f, entries, "b user_unknown active,c user_unknown active,d user_unknown active");
  check_sql(f, "SELECT since / 86400 - 20454 FROM entry WHERE address LIKE 'c%'", "5");
  fails_at(f, store, "f@x.example", REASON_USER_UNKNOWN, "apple", NOON); /* recorded late */
  fails_at(f, store, "a@x.example", REASON_USER_UNKNOWN, "apple",
           NOON + 2 * DAY); /* counts again */
  check_sql(f, entries,
            "a user_unknown active,b user_unknown active,c user_unknown active,"
            "d user_unknown active");
  check_sql(f, "SELECT count(*) || ' ' || sum(rows) FROM audit", "1 2");
}

static void
test_release_domain(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  fails_at(f, store, "a@x.example", REASON_USER_UNKNOWN, "gmail", NOON);
  fails_at(f, store, "b@y.example", REASON_USER_UNKNOWN, "gmail", NOON);
  complains(f, store, "c@x.example", NOON);
  const Span span = {.domain = "X.example", .since = NOON, .until = NOON + DAY};
  check_int("released", releases_span(store, span), 2);
  check_sql(f, entries, "b user_unknown active");
  fails_at(f, store, "d@x.example", REASON_USER_UNKNOWN, NULL, NOON + DAY); /* recorded late */
  fails_at(f, store, "e@y.example", REASON_USER_UNKNOWN, NULL, NOON + DAY);
  fails_at(f, store, "f@x.example", REASON_USER_UNKNOWN, NULL, NOON + DAY + 1);
  complains(f, store, "g@x.example", NOON + DAY);
  complains(f, store, "h@y.example", NOON + DAY);
  check_sql(f, entries,
            "b user_unknown active,e user_unknown active,f user_unknown active,"
            "h complaint active");
}

/* --- the guard --- */

static void
set_guard(const Fixture *f, Store *store, gint64 max_new, gint64 factor)
{
  Thresholds thresholds;
  (void)f;
  thresholds_init(&thresholds);
  thresholds.window = 180;
  thresholds.guard.max_new = max_new;
  thresholds.guard.provider_factor = factor;
  assert_true(store_apply_thresholds(store, &thresholds, NULL));
}

static const char states[] = "SELECT coalesce(sum(state = 'active'), 0) || ' ' ||"
                             " coalesce(sum(state = 'held'), 0) FROM entry";

/* On 26 April 2021 Apple rejected every address. One bad day after an ordinary month. */
static void
play_apple(Fixture *f, Store *store, gint64 bad_day)
{
  int number = 0;
  for (int day = 30; day >= 1; day--)
    for (int i = 0; i < 1 + day % 4; i++) {
      g_autofree char *address = g_strdup_printf("old%d@icloud.com", number++);
      fails_at(f, store, address, REASON_USER_UNKNOWN, "apple", bad_day - day * (gint64)DAY);
    }
  for (int i = 0; i < 400; i++) {
    g_autofree char *address = g_strdup_printf("new%d@icloud.com", i);
    fails_at(f, store, address, REASON_USER_UNKNOWN, "apple", bad_day + i);
  }
}

static void
test_bad_day(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  const gint64 bad_day = 1619438400;
  set_guard(f, store, 1000, 5);
  play_apple(f, store, bad_day);
  check_sql(f, states, "95 380"); /* 75 of the month before, and as many as on a busy day */
  fails_at(f, store, "other@gmail.example", REASON_USER_UNKNOWN, "gmail", bad_day);
  check_sql(f, states, "96 380");
  complains(f, store, "new399@icloud.com", bad_day); /* Apple did not say so */
  check_sql(f, states, "97 379");
  check_int("released", releases(store, "apple", bad_day - DAY / 2, bad_day + DAY / 2), 399);
  check_sql(f, states, "77 0");
  fails_at(f, store, "new7@icloud.com", REASON_USER_UNKNOWN, "apple", bad_day + DAY);
  check_sql(f, states, "78 0");
}

static void
test_confirm(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  const gint64 bad_day = 1619438400;
  set_guard(f, store, 1000, 5);
  play_apple(f, store, bad_day);
  check_int("of another", confirms(store, "gmail"), 0);
  check_int("confirmed", confirms(store, "apple"), 380);
  check_int("again", confirms(store, "apple"), 0);
  check_sql(f, states, "475 0");
  check_sql(f, "SELECT max(added) || ' ' || max(held) FROM tally WHERE source = 'apple'", "400 0");
  check_sql(f, "SELECT count(*) FROM change WHERE op = 'add'", "475");
}

/* Days with held entries are not a measure: trouble of several days is held to its end. */
static void
test_bad_week(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  const gint64 bad_day = 1619438400;
  set_guard(f, store, 1000, 5);
  play_apple(f, store, bad_day);
  for (int i = 0; i < 100; i++) {
    g_autofree char *address = g_strdup_printf("next%d@icloud.com", i);
    fails_at(f, store, address, REASON_USER_UNKNOWN, "apple", bad_day + DAY);
  }
  check_sql(f, states, "115 460");
}

static void
test_cap(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  set_guard(f, store, 30, 0);
  guint warnings = 0, held = 0;
  for (int i = 0; i < 100; i++) {
    g_autofree char *address = g_strdup_printf("a%d@x%d.example", i, i);
    g_autoptr(Report) report = bounce_of(address, REASON_USER_UNKNOWN);
    Recorded recorded = record(f, store, report, NOON + i / 50 * (gint64)DAY);
    warnings += recorded.warn;
    held += recorded.held;
    check_int("active or held", recorded.suppression, !recorded.held);
  }
  check_sql(f, states, "60 40");
  check_int("held", held, 40);
  check_int("one warning a day", warnings, 2);
  set_guard(f, store, 0, 0);
  fails_at(f, store, "b@x.example", REASON_USER_UNKNOWN, NULL, NOON);
  check_sql(f, states, "61 40");
}

/* A sender with few recipients has a low limit. */
static void
test_share(void **state)
{
  static const struct {
    int max_new, max_share, named, sent;
    const char *cap;
  } cases[] = {
      {1000, 5, 0, 0, "1000"},     {1000, 5, 999, 0, "1000"},   {1000, 5, 1000, 0, "50"},
      {1000, 5, 0, 100, "20"},     {1000, 5, 50000, 500, "25"}, {1000, 5, 0, 1000000, "1000"},
      {0, 5, 0, 1000000, "50000"}, {1000, 0, 0, 100, "1000"},   {0, 0, 5000, 100, NULL},
  };
  Fixture *f = *state;
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *sql =
        g_strdup_printf("UPDATE guard SET max_new = %d, max_share = %d, named = %d, sent = %d",
                        cases[i].max_new, cases[i].max_share, cases[i].named, cases[i].sent);
    assert_int_equal(sql_run(f, sql), SQLITE_OK);
    g_autofree char *got = sql_text(f, "SELECT cap FROM guard");
    check_string(sql, got, cases[i].cap);
  }
}

/* Which days are a measure. history: DAYS-AGO:ADDED:HELD ... */
static void
test_history(void **state)
{
  static const struct {
    const char *before;
    int today; /* entries of this day, before one more */
    bool held;
  } cases[] = {
      {"1:10:0 2:10:0 3:10:0", 30, true},
      {"1:10:0 2:10:0 3:10:0", 29, false},
      {"1:10:0 2:20:0 3:10:0", 59, false}, /* the busiest day counts */
      {"1:10:0 2:20:0 3:10:0", 60, true},
      {"1:10:0 2:10:0", 1000, false}, /* two days are not a history */
      {"1:10:0 2:10:0 3:0:0", 1000, false},
      {"1:10:0 2:10:0 3:10:1", 1000, false}, /* nor do days with held entries count */
      {"1:10:0 2:10:0 3:10:0 4:99:1", 30, true},
      {"1:1:0 2:1:0 3:1:0", 19, false}, /* below 20 a factor says nothing */
      {"1:1:0 2:1:0 3:1:0", 20, true},
      {"90:10:0 2:10:0 3:10:0", 30, true},
      {"91:10:0 2:10:0 3:10:0", 30, false},
      {"1:10:0 2:10:0 -1:10:0", 30, false},
  };
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  set_guard(f, store, 0, 3);
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *all = g_strdup_printf("%s 0:%d:0", cases[i].before, cases[i].today);
    g_auto(GStrv) days = g_strsplit(all, " ", -1);
    g_autoptr(GString) sql = g_string_new("DELETE FROM entry; DELETE FROM tally;");
    for (char **day = days; *day != NULL; day++) {
      g_auto(GStrv) numbers = g_strsplit(*day, ":", 3);
      g_string_append_printf(sql,
                             "INSERT INTO tally (source, day, added, held) VALUES ('zork', %d / "
                             "86400 - (%s), %s, %s);",
                             NOON, numbers[0], numbers[1], numbers[2]);
    }
    assert_int_equal(sql_run(f, sql->str), SQLITE_OK);
    g_autofree char *address = g_strdup_printf("a%zu@x.example", i);
    fails_at(f, store, address, REASON_USER_UNKNOWN, "zork", NOON);
    g_autofree char *got = sql_text(f, "SELECT state FROM entry");
    check_string(all, got, cases[i].held ? "held" : "active");
  }
}

static void
forgets(Store *store, const char *address)
{
  bool found = false;
  assert_true(store_begin(store, NULL));
  assert_true(store_forget(store, address, &by_me, &found, NULL));
  assert_true(store_commit(store, NULL));
  assert_true(found);
}

/* The guard's share is a share of the addresses that have failed, for whatever reason. */
static void
test_named(void **state)
{
  static const char named[] = "SELECT named FROM guard";
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  fails_at(f, store, "a@x.example", REASON_USER_UNKNOWN, NULL, NOON);
  fails_at(f, store, "A@x.example", REASON_USER_UNKNOWN, NULL, NOON + DAY);
  check_sql(f, named, "1");
  fails_at(f, store, "b@x.example", REASON_SPF, NULL, NOON);
  fails_at(f, store, "b@x.example", REASON_USER_UNKNOWN, NULL, NOON);
  check_sql(f, named, "2");
  g_autoptr(Report) unsigned_one = bounce_of("c@x.example", REASON_USER_UNKNOWN);
  StoreMessage message = message_of(++f->letters, NOON);
  message.counting = 1U << TRUST_VERIFIED;
  record_message(store, unsigned_one, &message);
  check_sql(f, named, "3");
  fails_at(f, store, "c@x.example", REASON_USER_UNKNOWN, NULL, NOON);
  fails_at(f, store, NULL, REASON_USER_UNKNOWN, NULL, NOON);
  check_sql(f, named, "3");
  forgets(store, "a@x.example");
  forgets(store, "b@x.example");
  check_sql(f, named, "1");
}

/* --- thresholds --- */

static void
test_reweigh(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  Thresholds thresholds;
  gint64 lifted, added;
  fails_at(f, store, "a@x.example", REASON_USER_UNKNOWN, NULL, NOON);
  for (int day = 0; day < 3; day++) {
    fails_at(f, store, "b@x.example", REASON_MAILBOX_FULL, NULL, NOON + day * DAY);
    fails_at(f, store, "c@x.example", REASON_SPF, NULL, NOON + day * DAY);
  }
  set_guard(f, store, 0, 0);
  thresholds_init(&thresholds);
  thresholds.window = 180;
  assert_true(thresholds_set(&thresholds, REASON_USER_UNKNOWN, "2", NULL));
  assert_true(thresholds_set(&thresholds, REASON_MAILBOX_FULL, "3/2", NULL));
  assert_false(thresholds_set(&thresholds, REASON_SPF, "3", NULL));
  assert_true(store_apply_thresholds(store, &thresholds, NULL));
  check_sql(f, entries, "a user_unknown active"); /* entries stay */
  assert_true(store_begin(store, NULL));
  assert_true(store_reweigh(store, &by_me, &lifted, &added, NULL));
  assert_true(store_commit(store, NULL));
  check_sql(f, entries, "b mailbox_full active");
  check_int("lifted", lifted, 1);
  check_int("added", added, 1);
  fails_at(f, store, "a@x.example", REASON_USER_UNKNOWN, NULL, NOON + 9 * DAY);
  check_sql(f, entries, "a user_unknown active,b mailbox_full active");
}

#define store_test(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int
main(void)
{
  const struct CMUnitTest tests[] = {
      store_test(test_delivered),
      store_test(test_delivered_after_complaint),
      store_test(test_overrides),
      store_test(test_release),
      store_test(test_release_domain),
      store_test(test_bad_day),
      store_test(test_confirm),
      store_test(test_history),
      store_test(test_named),
      store_test(test_bad_week),
      store_test(test_cap),
      store_test(test_share),
      store_test(test_reweigh),
  };
  return cmocka_run_group_tests_name("decisions", tests, NULL, NULL);
}
