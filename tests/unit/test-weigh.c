/* When an address is suppressed, and above all when it is not. */
#include "config.h"

#include "lib/store-fixture.h"

#include "store/store-admin.h"
#include "store/store-thresholds.h"

/* --- thresholds --- */

static void
fails_on(Fixture *f, Store *store, Reason reason, const char *days)
{
  g_auto(GStrv) list = g_strsplit(days, " ", 0);
  g_autoptr(Report) report = bounce_of("ada@school.example", reason);
  for (char **day = list; *day != NULL; day++)
    record(f, store, report, NOON + g_ascii_strtoll(*day, NULL, 10) * DAY);
}

static void
test_thresholds(void **state)
{
  static const struct {
    Reason reason;
    const char *days, *since; /* the day that decided; NULL = never */
  } cases[] = {
      {REASON_USER_UNKNOWN, "0", "0"},
      {REASON_UNDEFINED, "0 0 0 0 0", NULL},
      {REASON_UNDEFINED, "0 1", NULL},
      {REASON_UNDEFINED, "0 1 2", "2"},
      {REASON_UNDEFINED, "0 1 180", NULL}, /* day 0 is outside the window of 180 days */
      {REASON_UNDEFINED, "0 1 179", "179"},
      {REASON_UNDEFINED, "0 100 200 300 400", NULL},
      {REASON_UNDEFINED, "0 100 200 300 301", "301"},
      {REASON_UNDEFINED, "2 1 0", "2"}, /* an archive in any order */
      {REASON_UNDEFINED, "400 0 200 1 2", "2"},
      {REASON_UNDEFINED, "0 400 800 801 799", "801"},
      {REASON_MAILBOX_FULL, "0 1 2 3 4", NULL}, /* too close together */
      {REASON_MAILBOX_FULL, "0 1 2 3 13", NULL},
      {REASON_MAILBOX_FULL, "0 1 2 3 4 14", "14"},
      {REASON_MAILBOX_FULL, "0 14", NULL}, /* too few days */
      {REASON_EXPIRED, "0 1 2 3 4 5 6 7 8 29", NULL},
      {REASON_EXPIRED, "0 1 2 3 4 5 6 7 8 30", "30"},
      {REASON_SUPPRESSED, "0 6", NULL}, /* one day, but a week between the first and the last */
      {REASON_SUPPRESSED, "0 6 7", "7"},
      {REASON_BLOCKED, "0 1 2 3 4 5 6 7 8 9 10 20 30 40 50", NULL},
      {REASON_FILTERED, "0 1 2 3 4 5 6 7 8 9 10 20 30 40 50", NULL},
      {REASON_SPF, "0 1 2 3 4 5 6 7 8 9 10 20 30 40 50", NULL},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    void *own = NULL;
    fixture_setup(&own);
    Fixture *f = own;
    sql_run(f, "UPDATE threshold SET days = 1, span = 7 WHERE reason = 'suppressed'");
    g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
    fails_on(f, store, cases[i].reason, cases[i].days);
    g_autofree char *got = sql_text(f, "SELECT (since - 1767268800) / 86400 FROM suppression"
                                       " WHERE address = 'ada@school.example'");
    g_autofree char *what = g_strdup_printf("%s: %s", reason_name(cases[i].reason), cases[i].days);
    check_string(what, got, cases[i].since);
    fixture_teardown(&own);
  }
  (void)state;
}

static void
test_complaint(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  g_autoptr(Report) report = report_of(KIND_COMPLAINT);
  bounce_set(&report_add_recipient(report)->recipient, "Ada@school.example", BOUNCE_ADDRESS_MAX);
  report_add_recipient(report); /* without an address */
  assert_true(record(f, store, report, NOON).suppression);
  assert_false(record(f, store, report, NOON).suppression);
  check_sql(f, "SELECT address || recipient || reason || since || complaint_id FROM suppression",
            "ada@school.exampleAda@school.examplecomplaint17672688001");
  check_int("what decided stays", sql_run(f, "DELETE FROM complaint WHERE complaint_id = 1"),
            SQLITE_CONSTRAINT);
  check_int("others may go", sql_run(f, "DELETE FROM complaint WHERE complaint_id > 1"), SQLITE_OK);
}

/* Delays, successes and other kinds of messages never count. */
static void
test_no_failure(void **state)
{
  static const Kind kinds[] = {KIND_DELAY,     KIND_SUCCESS, KIND_AUTO_REPLY,
                               KIND_CHALLENGE, KIND_OTHER,   KIND_UNREADABLE};
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
    for (int day = 0; day < 40; day++) {
      g_autoptr(Report) report = report_of(kinds[i]);
      report_fails(report, "ada@school.example", REASON_USER_UNKNOWN)->action = ACTION_NONE;
      assert_false(record(f, store, report, NOON + day * DAY).suppression);
    }
  check_sql(f, "SELECT count(*) FROM suppression", "0");
}

/* --- what the schema refuses, whoever writes --- */

static void
test_constraint(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  g_autoptr(Report) blocked = bounce_of("ada@school.example", REASON_BLOCKED);
  g_autoptr(Report) full = bounce_of("ada@school.example", REASON_MAILBOX_FULL);
  record(f, store, blocked, NOON);
  record(f, store, full, NOON);
  static const char *const refused[] = {
      "('ada@school.example', 'ada@school.example', 'blocked', 1, 1, 1)",
      "('ada@school.example', 'ada@school.example', 'user_unknown', 1, 1, 1)",
      "('ada@school.example', 'ada@school.example', 'mailbox_full', 1, 1, 1)",
      "('ada@school.example', 'ada@school.example', 'mailbox_full', 1, 1, 2)",
      "('bob@school.example', 'bob@school.example', 'mailbox_full', 1, 2, 2)",
      "('ada@school.example', 'ada@school.example', 'complaint', 1, 2, 2)",
      "('ada@school.example', 'ada@school.example', 'mailbox_full', 1, 2, NULL)",
      "('Ada@school.example', 'Ada@school.example', 'mailbox_full', 1, 2, 2)",
  };
  for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
    g_autofree char *sql = g_strdup_printf(
        "INSERT INTO entry (address, recipient, reason, since, message_id, failure_id)"
        " VALUES %s",
        refused[i]);
    if (sql_run(f, sql) != SQLITE_CONSTRAINT)
      fail_msg("not refused: %s", refused[i]);
  }
  check_sql(f, "SELECT count(*) FROM suppression", "0");
}

/* Without the triggers a wrong entry can be written; the check finds it. */
static void
test_check(void **state)
{
  static const struct {
    const char *sql, *finds;
  } cases[] = {
      {"SELECT 1", NULL},
      {"DELETE FROM failure", "ada@school.example"},
      {"UPDATE failure SET recipient = 'x@school.example'", "ada@school.example"},
      {"UPDATE failure SET reason = 'spf', party = 'sender'", "ada@school.example"},
      {"UPDATE failure SET counts = 0", "ada@school.example"},
      {"DELETE FROM complaint", "bob@school.example"},
      {"UPDATE complaint SET lifted = 'allow'", "bob@school.example"},
      {"UPDATE complaint SET recipient = 'x@school.example'", "bob@school.example"},
      {"DELETE FROM override", "cyd@school.example"},
      {"UPDATE override SET verdict = 'allow'", "cyd@school.example"},
  };
  static const char rows[] =
      "DROP TRIGGER failure_is_history; DROP TRIGGER failure_bears_no_more;"
      "DROP TRIGGER failure_of_an_entry_stays; DROP TRIGGER complaint_bears_no_more;"
      "DROP TRIGGER complaint_of_an_entry_stays; DROP TRIGGER override_is_withdrawn;"
      "DROP TRIGGER complaint_is_history;"
      "INSERT INTO override (address, recipient, verdict, by_uid, at)"
      " VALUES ('cyd@school.example', 'cyd@school.example', 'suppress', 0, 1);"
      "INSERT INTO entry (address, recipient, reason, since)"
      " VALUES ('cyd@school.example', 'cyd@school.example', 'manual', 1);";
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    void *own = NULL;
    fixture_setup(&own);
    Fixture *f = own;
    g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
    g_autoptr(Report) report = bounce_of("ada@school.example", REASON_USER_UNKNOWN);
    g_autoptr(Report) complaint = report_of(KIND_COMPLAINT);
    bounce_set(&report_add_recipient(complaint)->recipient, "bob@school.example",
               BOUNCE_ADDRESS_MAX);
    record(f, store, report, NOON);
    record(f, store, complaint, NOON);
    assert_int_equal(sql_run(f, rows), SQLITE_OK);
    check_int(cases[i].sql, sql_run(f, cases[i].sql), SQLITE_OK);
    g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func(g_free);
    assert_true(store_check(store, findings, NULL));
    /* the first; a changed failure also makes the counts wrong */
    check_int(cases[i].sql, findings->len > 0, cases[i].finds != NULL);
    if (cases[i].finds != NULL && strstr(g_ptr_array_index(findings, 0), cases[i].finds) == NULL)
      fail_msg("%s: %s", cases[i].sql, (char *)g_ptr_array_index(findings, 0));
    fixture_teardown(&own);
  }
  (void)state;
}

static void
reweigh(Store *store)
{
  const Decision decision = {.command = "db reweigh", .now = NOON};
  gint64 lifted, added;
  assert_true(store_begin(store, NULL));
  assert_true(store_reweigh(store, &decision, &lifted, &added, NULL));
  assert_true(store_commit(store, NULL));
}

/* A changed verdict removes the entry that rested on it at once. What it newly supports is added
 * when everything is weighed again. */
static void
test_judged_again(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  g_autoptr(Report) gone = bounce_of("ada@school.example", REASON_USER_UNKNOWN);
  g_autoptr(Report) blocked = bounce_of("bob@school.example", REASON_BLOCKED);
  record(f, store, gone, NOON);
  record(f, store, gone, NOON + DAY);
  record(f, store, blocked, NOON);
  static const char judge[] =
      "UPDATE failure SET reason = '%s', party = '%s' WHERE failure_id = %d";
  static const struct {
    const char *reason, *party;
    int failure_id;
    const char *suppressed;
  } steps[] = {
      {"blocked", "sender", 1, "ada@school.example 2"}, /* the second failure still counts */
      {"spf", "sender", 2, NULL},
      {"user_unknown", "recipient", 3, "bob@school.example 3"},
      {"user_unknown", "recipient", 1, "ada@school.example 1,bob@school.example 3"},
      {"mailbox_full", "recipient", 3, "ada@school.example 1"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
    g_autofree char *sql =
        g_strdup_printf(judge, steps[i].reason, steps[i].party, steps[i].failure_id);
    check_int(sql, sql_run(f, sql), SQLITE_OK);
    reweigh(store);
    check_sql(f,
              "SELECT group_concat(address || ' ' || failure_id) FROM"
              " (SELECT * FROM suppression ORDER BY address)",
              steps[i].suppressed);
  }
}

/* --- random histories against a naive recount --- */

enum { HISTORIES = 3000, EVENTS_MAX = 60, ADDRESSES = 3 };

typedef struct {
  int address, day;
  Reason reason;
} Event;

/* The rule as a person would state it: up to some day, the 180 days have enough different days with
 * this reason, far enough apart. */
static bool
reaches(const Event *events, int n, int address, Reason reason)
{
  const ReasonInfo *info = reason_info(reason);
  for (int last = 0; info->suppress_days > 0 && last < n; last++) {
    bool seen[180] = {false};
    int days = 0, first = 0;
    if (events[last].address != address || events[last].reason != reason)
      continue;
    for (int i = 0; i < n; i++) {
      int ago = events[last].day - events[i].day;
      if (events[i].address != address || events[i].reason != reason || ago < 0 || ago >= 180)
        continue;
      days += !seen[ago];
      seen[ago] = true;
      first = MAX(first, ago);
    }
    if (days >= info->suppress_days && first >= info->suppress_span)
      return true;
  }
  return false;
}

/* Recounts after each event, because the first decision stays. */
static Reason
recount(const Event *events, int n, int address)
{
  for (int upto = 1; upto <= n; upto++)
    if (events[upto - 1].address == address &&
        reaches(events, upto, address, events[upto - 1].reason))
      return events[upto - 1].reason;
  return REASON_NONE;
}

static Event
random_event(GRand *random, const Event *before)
{
  static const Reason frequent[] = {REASON_MAILBOX_FULL, REASON_UNDEFINED, REASON_EXPIRED,
                                    REASON_NETWORK_ERROR};
  bool any = g_rand_int_range(random, 0, 20) == 0;
  int step = g_rand_int_range(random, -3, g_rand_boolean(random) ? 8 : 80);
  return (Event){
      .address = g_rand_int_range(random, 0, ADDRESSES),
      .day = before != NULL ? MAX(0, before->day + step) : 0,
      .reason = any ? (Reason)g_rand_int_range(random, REASON_NONE + 1, N_REASONS)
                    : frequent[g_rand_int_range(random, 0, G_N_ELEMENTS(frequent))],
  };
}

/* Records a history with addresses of its own, and notes what should follow from it. */
static void
play_history(Fixture *f, Store *store, GRand *random, int number, GHashTable *want)
{
  Event events[EVENTS_MAX];
  int n = g_rand_int_range(random, 1, EVENTS_MAX);
  for (int i = 0; i < n; i++) {
    events[i] = random_event(random, i > 0 ? &events[i - 1] : NULL);
    g_autofree char *address = g_strdup_printf("%c%d@h.example", 'A' + events[i].address, number);
    g_autoptr(Report) report = bounce_of(address, events[i].reason);
    StoreMessage message = message_of(++f->letters, NOON + events[i].day * (gint64)DAY);
    Recorded recorded;
    assert_true(store_record(store, report, &message, &recorded, NULL));
  }
  for (int a = 0; a < ADDRESSES; a++) {
    Reason reason = recount(events, n, a);
    if (reason != REASON_NONE)
      g_hash_table_insert(want, g_strdup_printf("%c%d@h.example", 'a' + a, number),
                          (gpointer)reason_name(reason));
  }
}

static void
check_suppressions(const Fixture *f, GHashTable *want)
{
  sqlite3 *db = NULL;
  sqlite3_stmt *row = NULL;
  guint found = 0;
  assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
  assert_int_equal(
      sqlite3_prepare_v2(db, "SELECT address, reason FROM suppression", -1, &row, NULL), SQLITE_OK);
  for (; sqlite3_step(row) == SQLITE_ROW; found++) {
    const char *address = (const char *)sqlite3_column_text(row, 0);
    check_string(address, (const char *)sqlite3_column_text(row, 1),
                 g_hash_table_lookup(want, address));
  }
  sqlite3_finalize(row);
  sqlite3_close(db);
  check_int("suppressions", found, g_hash_table_size(want));
}

static void
test_random_histories(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  g_autoptr(GHashTable) want = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  GRand *random = g_rand_new_with_seed(20260101);
  for (int i = 0; i < HISTORIES; i++) {
    if (i % 500 == 0)
      assert_true(store_begin(store, NULL));
    play_history(f, store, random, i, want);
    if (i % 500 == 499)
      assert_true(store_commit(store, NULL));
  }
  g_rand_free(random);
  check_suppressions(f, want);
  assert_in_range(g_hash_table_size(want), HISTORIES / 2, HISTORIES * 2); /* both are frequent */
  check_sql(f,
            "SELECT count(*) FROM suppression JOIN failure USING (failure_id)"
            " WHERE party IN ('sender', 'message') OR suppression.reason <> failure.reason"
            " OR suppression.reason NOT IN (SELECT reason FROM threshold)",
            "0");
}

#define store_test(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_thresholds), store_test(test_complaint), store_test(test_no_failure),
      store_test(test_constraint),       store_test(test_check),     store_test(test_judged_again),
      store_test(test_random_histories),
  };
  return cmocka_run_group_tests_name("suppression", tests, NULL, NULL);
}
