/* The same unknown text for many domains at once does not count, and nothing else changes. */
#include "config.h"

#include "lib/store-fixture.h"

#include "store/store-decisions.h"
#include "store/store-thresholds.h"
#include "store/store-verdicts.h"

enum { HISTORIES = 150, FAILURES = 60, DOMAINS = 9, USERS = 2, TEXTS = 2, DAYS = 9 };

static const char *const texts[TEXTS] = {"ref NUMBER stands against you", "see notice ID"};

static Report *
unknown_of(const char *address, const char *text)
{
  Report *report = bounce_of(address, REASON_UNDEFINED);
  bounce_set(&report_recipient(report, 0)->verdict.masked, text, BOUNCE_TEXT_MAX);
  return report;
}

static void
told(Fixture *f, Store *store, const char *user, int domain, const char *text, int day)
{
  g_autofree char *address = g_strdup_printf("%s@d%d.example", user, domain);
  g_autoptr(Report) report = unknown_of(address, text);
  record(f, store, report, NOON + day * DAY);
}

/* --- any history, against a recount --- */

typedef struct {
  int domain, user, text, day;
  bool counts;
} Told;

static bool
is_wave(const Told *all, int n, const Told *failure)
{
  bool seen[DOMAINS] = {false};
  int domains = 0;
  for (int i = 0; i < n; i++)
    if (all[i].counts && all[i].text == failure->text && ABS(all[i].day - failure->day) <= 1) {
      domains += !seen[all[i].domain];
      seen[all[i].domain] = true;
    }
  return domains >= 5;
}

/* The days on which an address has failures that count. */
static int
days_of(const Told *all, int n, int domain, int user)
{
  bool seen[DAYS] = {false};
  int days = 0;
  for (int i = 0; i < n; i++)
    if (all[i].domain == domain && all[i].user == user && all[i].counts &&
        !is_wave(all, n, &all[i])) {
      days += !seen[all[i].day];
      seen[all[i].day] = true;
    }
  return days;
}

static void
play(Fixture *f, Store *store, GRand *random, Told *failure)
{
  *failure = (Told){.domain = g_rand_int_range(random, 0, DOMAINS),
                    .user = g_rand_int_range(random, 0, USERS),
                    .text = g_rand_int_range(random, 0, TEXTS),
                    .day = g_rand_int_range(random, 0, DAYS),
                    .counts = g_rand_int_range(random, 0, 10) > 0};
  g_autofree char *address = g_strdup_printf("u%d@d%d.example", failure->user, failure->domain);
  g_autoptr(Report) report = unknown_of(address, texts[failure->text]);
  StoreMessage message = message_of(++f->letters, NOON + failure->day * DAY);
  message.counting = failure->counts ? 0 : 1u << TRUST_VERIFIED;
  record_message(store, report, &message);
}

static void
compare(const Fixture *f, const Told *all, int n)
{
  for (int i = 0; i < n; i++) {
    g_autofree char *sql = g_strdup_printf("SELECT coalesce(lifted, counts) FROM failure"
                                           " WHERE failure_id = %d",
                                           i + 1);
    check_sql(f, sql, !all[i].counts ? "0" : is_wave(all, n, &all[i]) ? "wave" : "1");
  }
  for (int domain = 0; domain < DOMAINS; domain++)
    for (int user = 0; user < USERS; user++) {
      g_autofree char *sql = g_strdup_printf("SELECT count(*) FROM entry"
                                             " WHERE address = 'u%d@d%d.example'",
                                             user, domain);
      check_sql(f, sql, days_of(all, n, domain, user) >= 3 ? "1" : "0");
    }
}

static void
test_histories(void **state)
{
  (void)state;
  GRand *random = g_rand_new_with_seed(20260105);
  for (int history = 0; history < HISTORIES; history++) {
    void *own;
    Told all[FAILURES];
    fixture_setup(&own);
    Fixture *f = own;
    Store *store = fixture_open(f, STORE_WRITE);
    int n = g_rand_int_range(random, 1, FAILURES);
    for (int i = 0; i < n; i++)
      play(f, store, random, &all[i]);
    compare(f, all, n);
    store_free(store);
    fixture_teardown(&own);
  }
  g_rand_free(random);
}

/* --- single points --- */

/* Entries from before the wave was known fall with it; an entry that rests on other days stays. */
static void
test_entries(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  for (int day = 0; day < 3; day++)
    told(f, store, "own", 0, "words of its own", day);
  for (int day = 10; day < 13; day++)
    for (int domain = 0; domain < 4; domain++)
      told(f, store, domain == 0 ? "own" : "ann", domain, texts[0], day);
  check_sql(f, "SELECT count(*) FROM suppression", "4");
  told(f, store, "ann", 4, texts[0], 11);
  check_sql(f, "SELECT group_concat(address) FROM suppression", "own@d0.example");
  check_sql(f, "SELECT group_concat(op, '') FROM change", "addaddaddaddremoveremoveremove");
  check_sql(f, "SELECT count(*) FROM failure WHERE lifted = 'wave'", "13");
}

static void
judge(Store *store, gint64 failure_id, Reason was, const char *was_text, Reason now,
      const char *text)
{
  bool changed;
  const Verdict before = {.reason = was, .masked = (char *)was_text};
  const Verdict after = {
      .reason = now, .klass = reason_class(now, 5), .masked = (char *)text, .rule = (char *)text};
  assert_true(store_begin(store, NULL));
  assert_true(store_judge(store, failure_id, &before, &after, &changed, NULL));
  assert_true(store_commit(store, NULL));
  assert_true(changed);
}

/* A reason that a rule finds later decides. */
static void
test_judged(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  for (int domain = 0; domain < 6; domain++)
    told(f, store, "ann", domain, texts[0], 0);
  judge(store, 1, REASON_UNDEFINED, texts[0], REASON_USER_UNKNOWN, NULL);
  judge(store, 2, REASON_UNDEFINED, texts[0], REASON_BLOCKED, NULL);
  check_sql(f, "SELECT group_concat(coalesce(lifted, 'none')) FROM failure",
            "none,none,wave,wave,wave,wave");
  check_sql(f, "SELECT group_concat(address) FROM suppression", "ann@d0.example");
}

/* Texts that become the same, by better masking, become a wave. */
static void
test_same_at_last(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  static const char *const own[] = {"a", "b", "c", "d", "e"};
  for (int day = 0; day < 3; day++)
    for (int domain = 0; domain < 5; domain++)
      told(f, store, "ann", domain, own[domain], day);
  check_sql(f, "SELECT count(*) FROM suppression", "5");
  for (int id = 1; id <= 15; id++) {
    bool changed;
    const Verdict was = {.reason = REASON_UNDEFINED, .masked = (char *)own[(id - 1) % 5]};
    const Verdict now = {
        .reason = REASON_UNDEFINED, .klass = CLASS_PERMANENT, .masked = (char *)texts[0]};
    assert_true(store_begin(store, NULL));
    assert_true(store_judge(store, id, &was, &now, &changed, NULL));
    assert_true(store_commit(store, NULL));
  }
  check_sql(f, "SELECT count(*) FROM suppression", "0");
  check_sql(f, "SELECT count(*) FROM failure WHERE lifted = 'wave'", "15");
}

/* What people decide, and deliveries, also apply to what was set aside. */
static void
test_outranked(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  const Decision decision = {.command = "test", .now = NOON + DAY};
  const Span span = {.domain = "d1.example", .since = NOON, .until = NOON};
  bool changed;
  gint64 rows;
  for (int domain = 0; domain < 6; domain++)
    told(f, store, "ann", domain, texts[0], 0);
  g_autoptr(Report) delivered = report_of(KIND_SUCCESS);
  report_fails(delivered, "ann@d2.example", REASON_NONE)->action = ACTION_DELIVERED;
  assert_true(store_begin(store, NULL));
  assert_true(store_override(store, "ann@d0.example", OVERRIDE_ALLOW, &decision, &changed, NULL));
  assert_true(store_release(store, &span, &decision, &rows, NULL));
  assert_true(store_commit(store, NULL));
  record(f, store, delivered, NOON + DAY);
  check_sql(f, "SELECT group_concat(lifted) FROM failure",
            "allow,release,delivered,wave,wave,wave");
}

/* Failures that were inserted by hand, or recorded before waves were known. */
static void
test_reweigh(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  const Decision decision = {.command = "test", .now = NOON};
  gint64 lifted, added;
  for (int day = 0; day < 3; day++)
    for (int domain = 0; domain < 6; domain++)
      told(f, store, "ann", domain, texts[0], day);
  sql_run(f, "UPDATE failure SET lifted = NULL");
  assert_true(store_begin(store, NULL));
  assert_true(store_reweigh(store, &decision, &lifted, &added, NULL));
  assert_true(store_commit(store, NULL));
  check_sql(f, "SELECT count(*) FROM failure WHERE lifted = 'wave'", "18");
  check_sql(f, "SELECT count(*) FROM entry", "0");
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_histories),
      cmocka_unit_test_setup_teardown(test_entries, fixture_setup, fixture_teardown),
      cmocka_unit_test_setup_teardown(test_judged, fixture_setup, fixture_teardown),
      cmocka_unit_test_setup_teardown(test_same_at_last, fixture_setup, fixture_teardown),
      cmocka_unit_test_setup_teardown(test_outranked, fixture_setup, fixture_teardown),
      cmocka_unit_test_setup_teardown(test_reweigh, fixture_setup, fixture_teardown),
  };
  return cmocka_run_group_tests_name("wave", tests, NULL, NULL);
}
