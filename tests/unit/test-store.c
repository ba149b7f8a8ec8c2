#include "config.h"

#include "lib/store-fixture.h"

#include "store/store-admin.h"
#include "store/store-failure.h"

/* --- what is written is read back --- */

static Report *
full_report(void)
{
  Report *report = report_of(KIND_BOUNCE);
  bounce_set(&report->reader, "rfc3464", BOUNCE_TEXT_MAX);
  bounce_set(&report->reporting_mta, "mx.news.example", BOUNCE_TEXT_MAX);
  bounce_set(&report->original_message_id, "letter-1@news.example", BOUNCE_TEXT_MAX);
  bounce_set(&report->list_id, "letter.news.example", BOUNCE_TEXT_MAX);
  report->reported_at = NOON - DAY;
  report->notes = NOTE_NUL | NOTE_WINDOW_CUT;
  Recipient *r = report_fails(report, "Ada@School.Example", REASON_MAILBOX_FULL);
  bounce_set(&r->final_recipient, "ada@mail.school.example", BOUNCE_ADDRESS_MAX);
  bounce_set(&r->original_recipient, "ada@school.example", BOUNCE_ADDRESS_MAX);
  r->status = (Status){5, 2, 2};
  r->reply_code = 552;
  r->stage = STAGE_RCPT;
  bounce_set(&r->diagnostic, "552 5.2.2 it's \"full\"; DROP TABLE failure --", 2048);
  bounce_set(&r->notice, "could not be delivered", 2048);
  bounce_set(&r->remote_mta, "mx.school.example", BOUNCE_TEXT_MAX);
  bounce_set(&r->sender, "news@list.example", BOUNCE_TEXT_MAX);
  bounce_set(&r->verdict.provider, "gmail", BOUNCE_TEXT_MAX);
  bounce_set(&r->verdict.rule, "gmail.full", BOUNCE_TEXT_MAX);
  bounce_set(&r->verdict.matched, "full", BOUNCE_TEXT_MAX);
  return report;
}

static void
check_recipient(const Recipient *got, const Recipient *want)
{
  check_string("recipient", got->recipient, want->recipient);
  check_string("final_recipient", got->final_recipient, want->final_recipient);
  check_string("original_recipient", got->original_recipient, want->original_recipient);
  check_int("action", got->action, want->action);
  check_int("status", memcmp(&got->status, &want->status, sizeof got->status), 0);
  check_int("reply_code", got->reply_code, want->reply_code);
  check_int("stage", got->stage, want->stage);
  check_string("diagnostic", got->diagnostic, want->diagnostic);
  check_string("notice", got->notice, want->notice);
  check_string("remote_mta", got->remote_mta, want->remote_mta);
  check_string("sender", got->sender, want->sender);
  check_int("reason", got->verdict.reason, want->verdict.reason);
  check_int("class", got->verdict.klass, want->verdict.klass);
  check_string("provider", got->verdict.provider, want->verdict.provider);
  check_string("rule", got->verdict.rule, want->verdict.rule);
  check_string("matched", got->verdict.matched, want->verdict.matched);
}

static void
test_round_trip(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  g_autoptr(Report) report = full_report();
  g_autoptr(GError) error = NULL;
  StoreMessage message = message_of(1, NOON);
  message.sender = "";
  message.recipient = "bounces@news.example";
  message.kept = "/var/keep/1";
  record_message(store, report, &message);
  g_auto(StoreFailure) failure = {0};
  assert_true(store_failure(store, 1, &failure, &error));
  assert_non_null(failure.recipient);
  check_recipient(failure.recipient, report_recipient(report, 0));
  check_string("reporting_mta", failure.reporting_mta, "mx.news.example");
  check_sql(f,
            "SELECT kind || reader || received_at || reported_at || original_message_id || list_id"
            " || '<' || envelope_sender || '>' || envelope_recipient || size || notes || kept"
            " || recipients || repeated FROM message",
            "bouncerfc346417672688001767182400letter-1@news.exampleletter.news.example<>"
            "bounces@news.example100017/var/keep/110");
  check_sql(f,
            "SELECT address || recipient_domain || party || class || failed_at || day"
            " FROM failure",
            "ada@school.exampleschool.examplerecipientquota176726880020454");
}

static void
test_no_such_failure(void **state)
{
  g_autoptr(Store) store = fixture_open(*state, STORE_READ);
  g_auto(StoreFailure) failure = {0};
  assert_true(store_failure(store, 99, &failure, NULL));
  assert_null(failure.recipient);
}

/* What a message does not say is NULL, never an empty string. Without a verdict, a failure is
 * "undefined". */
static void
test_absent_values(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  g_autoptr(Report) report = report_of(KIND_BOUNCE);
  report_add_recipient(report);
  record(f, store, report, NOON);
  check_sql(f,
            "SELECT count(*) FROM failure WHERE recipient IS NULL AND address IS NULL AND status"
            " IS NULL AND reply_code IS NULL AND stage IS NULL AND diagnostic IS NULL AND action"
            " IS NULL AND provider IS NULL AND rule IS NULL AND reason = 'undefined'",
            "1");
  check_sql(f,
            "SELECT count(*) FROM message WHERE envelope_sender IS NULL AND reported_at IS NULL"
            " AND subject IS NULL AND kept IS NULL",
            "1");
}

/* --- the table of a recipient --- */

static void
test_tables(void **state)
{
  static const struct {
    Kind kind;
    Action action;
    const char *table; /* "" = none */
  } cases[] = {
      {KIND_BOUNCE, ACTION_FAILED, "failure"},      {KIND_BOUNCE, ACTION_NONE, "failure"},
      {KIND_BOUNCE, ACTION_DELAYED, "delay"},       {KIND_BOUNCE, ACTION_DELIVERED, "delivery"},
      {KIND_DELAY, ACTION_DELAYED, "delay"},        {KIND_DELAY, ACTION_NONE, "delay"},
      {KIND_SUCCESS, ACTION_RELAYED, "delivery"},   {KIND_SUCCESS, ACTION_EXPANDED, "delivery"},
      {KIND_SUCCESS, ACTION_NONE, "delivery"},      {KIND_COMPLAINT, ACTION_NONE, "complaint"},
      {KIND_COMPLAINT, ACTION_FAILED, "complaint"}, {KIND_CHALLENGE, ACTION_FAILED, ""},
      {KIND_AUTO_REPLY, ACTION_FAILED, ""},         {KIND_OTHER, ACTION_FAILED, ""},
      {KIND_UNREADABLE, ACTION_FAILED, ""},
  };
  static const char *const tables[] = {"failure", "delay", "delivery", "complaint"};
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(Report) report = report_of(cases[i].kind);
    report_fails(report, "a@b.example", REASON_UNDEFINED)->action = cases[i].action;
    gint64 id = record(f, store, report, NOON).message_id;
    for (size_t t = 0; t < G_N_ELEMENTS(tables); t++) {
      g_autofree char *sql = g_strdup_printf(
          "SELECT count(*) FROM %s WHERE message_id = %" G_GINT64_FORMAT, tables[t], id);
      check_sql(f, sql, strcmp(tables[t], cases[i].table) == 0 ? "1" : "0");
    }
  }
}

/* --- exactly once --- */

static void
test_same_letter(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  g_autoptr(Report) gone = bounce_of("User@Example.com", REASON_USER_UNKNOWN);
  StoreMessage message = message_of(7, NOON);
  Recorded first = record_message(store, gone, &message);
  message.received_at += 600;
  Recorded again = record_message(store, gone, &message);
  assert_false(first.duplicate);
  assert_true(first.suppression);
  assert_true(again.duplicate);
  assert_false(again.suppression);
  check_int("same message", again.message_id, first.message_id);
  check_sql(f, "SELECT count(*) FROM failure", "1");
}

/* The same failure in another message is recognised by the original Message-ID, the address and the
 * status. Without a Message-ID nothing is recognised. */
static void
test_told_twice(void **state)
{
  static const struct {
    const char *message_id, *address;
    Status status;
    const char *failures; /* afterwards */
    guint repeated;
  } letters[] = {
      {"m1@x", "a@b.example", {5, 1, 1}, "1", 0}, {"m1@x", "A@B.example", {5, 1, 1}, "1", 1},
      {"m1@x", "c@b.example", {5, 1, 1}, "2", 0}, {"m1@x", "a@b.example", {5, 2, 2}, "3", 0},
      {"m2@x", "a@b.example", {5, 1, 1}, "4", 0}, {"m3@x", "a@b.example", {0, 0, 0}, "5", 0},
      {"m3@x", "a@b.example", {0, 0, 0}, "5", 1}, {NULL, "a@b.example", {5, 1, 1}, "6", 0},
      {NULL, "a@b.example", {5, 1, 1}, "7", 0},
  };
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  for (size_t i = 0; i < G_N_ELEMENTS(letters); i++) {
    g_autoptr(Report) report = bounce_of(letters[i].address, REASON_BLOCKED);
    bounce_set(&report->original_message_id, letters[i].message_id, BOUNCE_TEXT_MAX);
    report_recipient(report, 0)->status = letters[i].status;
    Recorded recorded = record(f, store, report, NOON);
    assert_false(recorded.duplicate);
    check_int("repeated", recorded.repeated, letters[i].repeated);
    check_sql(f, "SELECT count(*) FROM failure", letters[i].failures);
  }
  check_sql(f, "SELECT sum(repeated) FROM message", "2");
}

static void
test_rollback(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  g_autoptr(Report) report = bounce_of("a@b.example", REASON_USER_UNKNOWN);
  StoreMessage message = message_of(1, NOON);
  Recorded recorded;
  assert_true(store_begin(store, NULL));
  assert_true(store_record(store, report, &message, &recorded, NULL));
  store_rollback(store);
  check_sql(f,
            "SELECT (SELECT count(*) FROM message) + (SELECT count(*) FROM failure)"
            " + (SELECT count(*) FROM suppression)",
            "0");
  assert_false(record_message(store, report, &message).duplicate);
}

/* Many messages in one transaction, as in an import: if one fails, all are rolled back. */
static void
test_batch(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  g_autoptr(Report) report = bounce_of("a@b.example", REASON_BLOCKED);
  Recorded recorded;
  assert_true(store_begin(store, NULL));
  for (gint64 i = 1; i <= 500; i++) {
    StoreMessage message = message_of(i, NOON);
    assert_true(store_record(store, report, &message, &recorded, NULL));
  }
  assert_true(store_commit(store, NULL));
  check_sql(f, "SELECT count(*) FROM failure", "500");
}

/* --- time --- */

static void
test_event_time(void **state)
{
  static const struct {
    bool archive;
    gint64 reported_at;
    const char *want;
  } cases[] = {
      {false, NOON - 9 * DAY, "1767268800"},
      {true, NOON - 9 * DAY, "1766491200"},
      {true, NOON + DAY, "1767268800"},
      {true, 0, "1767268800"},
      {false, 0, "1767268800"},
  };
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(Report) report = bounce_of("a@b.example", REASON_BLOCKED);
    report->reported_at = cases[i].reported_at;
    StoreMessage message = message_of((gint64)i, NOON);
    message.archive = cases[i].archive;
    record_message(store, report, &message);
    check_sql(f, "SELECT failed_at FROM failure ORDER BY failure_id DESC LIMIT 1", cases[i].want);
  }
}

/* What cannot be, and what no queue holds so long, is not known. */
static void
test_sent_at(void **state)
{
  static const struct {
    gint64 ago; /* sent so many seconds before the failure */
    const char *want;
  } cases[] = {
      {0, "0 60"},
      {60, "60 60"},
      {61, "61 300"},
      {3600, "3600 3600"},
      {3601, "3601 21600"},
      {5 * DAY, "432000 432000"},
      {30 * DAY, "2592000 2592000"},
      {30 * DAY + 1, ""},
      {-1, ""},
      {-DAY, ""},
      {NOON, ""},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    fixture_setup(state);
    Fixture *f = *state;
    g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
    g_autoptr(Report) report = bounce_of("a@b.example", REASON_BLOCKED);
    report->sent_at = NOON - cases[i].ago;
    record(f, store, report, NOON);
    assert_true(store_recount_all(store, NULL));
    check_sql(f,
              "SELECT coalesce((failed_at - sent_at) || ' ' || (SELECT seconds FROM time_sum WHERE "
              "day > 0), '')"
              " FROM failure JOIN message USING (message_id)",
              cases[i].want);
    check_sql(f, "SELECT count(*) FROM time_sum WHERE day < 0", *cases[i].want != '\0' ? "1" : "0");
    g_clear_pointer(&store, store_free);
    fixture_teardown(state);
  }
}

/* --- history --- */

static void
test_history_stays(void **state)
{
  static const char *const refused[] = {
      "UPDATE failure SET recipient = 'x@y.example'",
      "UPDATE failure SET failed_at = 0",
      "UPDATE failure SET diagnostic = ''",
      "UPDATE message SET digest = zeroblob(32)",
      "UPDATE message SET kind = 'other'",
      "UPDATE failure SET class = 'temporary'",
      "DELETE FROM failure", /* an entry rests on it */
      "UPDATE entry SET reason = 'undefined'",
      "UPDATE entry SET address = 'x@y.example'",
      "UPDATE entry SET state = 'held'", /* list files would not be updated */
      "UPDATE complaint SET recipient = 'x@y.example'",
      "UPDATE complaint SET complaint_id = 7",
      "DELETE FROM change",
      "DELETE FROM change WHERE seq = (SELECT max(seq) FROM change)", /* its number would be used
                                                                         again */
  };
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  g_autoptr(Report) report = bounce_of("a@b.example", REASON_USER_UNKNOWN);
  g_autoptr(Report) complaint = report_of(KIND_COMPLAINT);
  bounce_set(&report_add_recipient(complaint)->recipient, "c@b.example", BOUNCE_ADDRESS_MAX);
  record(f, store, report, NOON);
  record(f, store, complaint, NOON);
  for (size_t i = 0; i < G_N_ELEMENTS(refused); i++)
    if (sql_run(f, refused[i]) != SQLITE_CONSTRAINT)
      fail_msg("not refused: %s", refused[i]);
  check_int("verdicts may be corrected",
            sql_run(f, "UPDATE failure SET class = 'quota', rule = 'x'"), SQLITE_OK);
  check_int("another party", sql_run(f, "UPDATE failure SET party = 'sender'"), SQLITE_OK);
  check_sql(f, "SELECT group_concat(address) FROM entry", "c@b.example");
  check_int("old changes may go", sql_run(f, "DELETE FROM change WHERE seq = 1"), SQLITE_OK);
  check_int("erased", sql_run(f, "DELETE FROM suppression; DELETE FROM failure"), SQLITE_OK);
}

#define store_test(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int
main(void)
{
  const struct CMUnitTest tests[] = {
      store_test(test_round_trip),    store_test(test_no_such_failure),
      store_test(test_absent_values), store_test(test_tables),
      store_test(test_same_letter),   store_test(test_told_twice),
      store_test(test_rollback),      store_test(test_batch),
      store_test(test_event_time),    cmocka_unit_test(test_sent_at),
      store_test(test_history_stays),
  };
  return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
