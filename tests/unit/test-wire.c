#include "config.h"

#include "lib/check.h"

#include <string.h>

#include "worker/wire.h"

static Rules *rules;

static Report *
full_report(void)
{
  Report *report = report_new();
  report->kind = KIND_BOUNCE;
  report->reader = g_strdup("rfc3464");
  report->reporting_mta = g_strdup("mx.example.org");
  report->report_message_id = g_strdup("<r@example.org>");
  report->original_message_id = g_strdup("<o@example.org>");
  report->envelope_id = g_strdup("env");
  report->list_id = g_strdup("list.example.org");
  report->subscriber = g_strdup("sub-4711");
  report->event = g_strdup("sendgrid bounce e1");
  report->signature = g_strdup("1795161342 token 0a1b");
  report->feedback_id = g_strdup("1:2:3");
  report->subject = g_strdup("Neuigkeiten f\xc3\xbcr alle");
  report->reported_at = 1700000000;
  report->sent_at = 1699999900;
  report->notes = NOTE_WINDOW_CUT | NOTE_NUL;
  Recipient *recipient = report_add_recipient(report);
  recipient->recipient = g_strdup("a@example.net");
  recipient->final_recipient = g_strdup("b@example.net");
  recipient->original_recipient = g_strdup("c@example.net");
  recipient->action = ACTION_FAILED;
  recipient->status = (Status){5, 1, 999};
  recipient->reply_code = 550;
  recipient->stage = STAGE_RCPT;
  recipient->diagnostic = g_strdup("550 5.1.1 no such user");
  recipient->notice = g_strdup("could not be delivered");
  recipient->remote_mta = g_strdup("mx.example.net");
  recipient->sender = g_strdup("news@example.org");
  recipient->verdict = (Verdict){.reason = REASON_UNDEFINED,
                                 .klass = CLASS_PERMANENT,
                                 .rule = g_strdup("undefined"),
                                 .matched = g_strdup("5.1.999")};
  report_add_recipient(report);
  return report;
}

/* Encodes and decodes as from another process. (nullable) */
static Report *
round_trip(Report *report)
{
  g_autoptr(GString) record = g_string_new(NULL);
  wire_encode(report, record);
  return wire_decode(record->str, record->len, rules);
}

static void
check_recipient(const Recipient *got, const Recipient *want)
{
  check_string("recipient", got->recipient, want->recipient);
  check_string("final", got->final_recipient, want->final_recipient);
  check_string("original", got->original_recipient, want->original_recipient);
  check_int("action", got->action, want->action);
  check_int("status", got->status.klass, want->status.klass);
  check_int("subject", got->status.subject, want->status.subject);
  check_int("detail", got->status.detail, want->status.detail);
  check_int("reply", got->reply_code, want->reply_code);
  check_int("stage", got->stage, want->stage);
  check_string("diagnostic", got->diagnostic, want->diagnostic);
  check_string("notice", got->notice, want->notice);
  check_string("mta", got->remote_mta, want->remote_mta);
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
  (void)state;
  g_autoptr(Report) want = full_report();
  g_autoptr(Report) got = round_trip(want);
  assert_non_null(got);
  check_int("kind", got->kind, want->kind);
  check_string("reader", got->reader, want->reader);
  check_string("reporting_mta", got->reporting_mta, want->reporting_mta);
  check_string("report_message_id", got->report_message_id, want->report_message_id);
  check_string("original_message_id", got->original_message_id, want->original_message_id);
  check_string("envelope_id", got->envelope_id, want->envelope_id);
  check_string("list_id", got->list_id, want->list_id);
  check_string("subscriber", got->subscriber, want->subscriber);
  check_string("event", got->event, want->event);
  check_string("signature", got->signature, want->signature);
  check_string("feedback_id", got->feedback_id, want->feedback_id);
  check_string("subject", got->subject, want->subject);
  check_int("reported_at", got->reported_at, want->reported_at);
  check_int("sent_at", got->sent_at, want->sent_at);
  check_int("notes", got->notes, want->notes);
  assert_int_equal(got->recipients->len, 2);
  for (guint i = 0; i < 2; i++)
    check_recipient(report_recipient(got, i), report_recipient(want, i));
}

static void
replace(char **field, char *value)
{
  g_free(*field);
  *field = value;
}

/* Adds one lie to a valid report. False when there are no more. */
static bool
lie_of_report(Report *report, int which)
{
  switch (which) {
  case 0:
    return report->kind = N_KINDS, true;
  case 1:
    return report->kind = KIND_UNREADABLE, true;
  case 2:
    return report->notes = NOTES_ALL + 1, true;
  case 3:
    return report->notes = NOTE_WORKER_DIED, true;
  case 4:
    return report->reported_at = -1, true;
  case 5:
    return report->reported_at = G_MAXINT64, true;
  case 6:
    return replace(&report->subject, g_strnfill(BOUNCE_TEXT_MAX + 1, 'x')), true;
  case 7:
    return replace(&report->list_id, g_strdup("a\nb")), true;
  case 8:
    return report->sent_at = -1, true;
  case 9:
    return report->sent_at = G_MAXINT64, true;
  }
  return false;
}

static bool
lie_of_recipient(Recipient *recipient, int which)
{
  switch (which) {
  case 0:
    return replace(&recipient->recipient, g_strnfill(BOUNCE_ADDRESS_MAX + 1, 'x')), true;
  case 1:
    return replace(&recipient->diagnostic, g_strdup("a\177b")), true;
  case 2:
    return replace(&recipient->notice, g_strnfill(BOUNCE_NOTICE_MAX + 1, 'x')), true;
  case 3:
    return recipient->action = N_ACTIONS, true;
  case 4:
    return recipient->stage = N_STAGES, true;
  case 5:
    return recipient->reply_code = 199, true;
  case 6:
    return recipient->reply_code = 600, true;
  case 7:
    return recipient->status.klass = 3, true;
  case 8:
    return recipient->status.detail = 1000, true;
  case 9:
    return recipient->status = (Status){0, 1, 1}, true;
  case 10:
    return recipient->status.subject = -1, true;
  }
  return false;
}

static bool
lie_of_verdict(Verdict *verdict, int which)
{
  switch (which) {
  case 0:
    return verdict->reason = N_REASONS, true;
  case 1:
    return verdict->klass = CLASS_SPF, true;
  case 2:
    return verdict->klass = CLASS_NONE, true;
  case 3:
    return verdict->reason = REASON_NONE, true;
  case 4:
    return replace(&verdict->rule, g_strdup("no-such.rule")), true;
  case 5:
    return replace(&verdict->provider, g_strdup("no-such-provider")), true;
  }
  return false;
}

enum { OF_REPORT, OF_RECIPIENT, OF_VERDICT, N_SUBJECTS };

static bool
lie(Report *report, int subject, int which)
{
  Recipient *recipient = report_recipient(report, 0);
  switch (subject) {
  case OF_REPORT:
    return lie_of_report(report, which);
  case OF_RECIPIENT:
    return lie_of_recipient(recipient, which);
  default:
    return lie_of_verdict(&recipient->verdict, which);
  }
}

static void
test_lies(void **state)
{
  (void)state;
  int told = 0;
  for (int subject = 0; subject < N_SUBJECTS; subject++)
    for (int which = 0;; which++) {
      g_autoptr(Report) report = full_report();
      if (!lie(report, subject, which))
        break;
      g_autoptr(Report) got = round_trip(report);
      if (got != NULL)
        fail_msg("lie %d of subject %d was believed", which, subject);
      told++;
    }
  check_int("lies", told, 10 + 11 + 6);
}

/* Whatever the octets, decoding ends, and what it accepts is within limits. */
static void
test_mutations(void **state)
{
  (void)state;
  g_autoptr(Report) report = full_report();
  g_autoptr(GString) record = g_string_new(NULL);
  wire_encode(report, record);
  gsize length = record->len;
  g_autoptr(GRand) random = g_rand_new_with_seed(3464);
  int refused = 0;
  for (int i = 0; i < 20000; i++) {
    g_autofree char *copy = g_memdup2(record->str, length);
    gsize n = i % 3 == 0 ? (gsize)g_rand_int_range(random, 0, (gint)length) : length;
    for (int j = 0; j <= i % 4; j++)
      copy[g_rand_int_range(random, 0, (gint)length)] = (char)g_rand_int(random);
    g_autoptr(Report) got = wire_decode(copy, n, rules);
    refused += got == NULL;
    if (got != NULL)
      assert_true(got->kind < KIND_UNREADABLE && got->recipients->len <= BOUNCE_RECIPIENTS_MAX);
  }
  assert_true(refused > 10000);
}

/* A report that is too large is cut, not lost. */
static void
test_too_large(void **state)
{
  (void)state;
  g_autoptr(Report) report = report_new();
  report->kind = KIND_BOUNCE;
  for (int i = 0; i < BOUNCE_RECIPIENTS_MAX; i++) {
    Recipient *recipient = report_add_recipient(report);
    recipient->diagnostic = g_strnfill(BOUNCE_DIAGNOSTIC_MAX, 'd');
  }
  g_autoptr(Report) got = round_trip(report);
  assert_non_null(got);
  assert_true(got->recipients->len > 1000 && got->recipients->len < BOUNCE_RECIPIENTS_MAX);
  check_int("notes", got->notes, NOTE_RECIPIENTS_CUT);
}

/* At most one nameless recipient, and only in a bounce that names nobody. */
static void
test_nameless(void **state)
{
  (void)state;
  g_autoptr(Report) report = report_new();
  report->kind = KIND_BOUNCE;
  report->return_path = g_strdup("b@example.org");
  report->nameless = g_new0(Recipient, 1);
  report->nameless->action = ACTION_FAILED;
  report->nameless->diagnostic = g_strdup("550 no");
  g_autoptr(Report) got = round_trip(report);
  assert_non_null(got);
  check_string("return path", got->return_path, "b@example.org");
  check_recipient(got->nameless, report->nameless);
  check_string("named", report_name_recipient(got, "a@b.example")->diagnostic, "550 no");
  assert_null(got->nameless);
  assert_null(report_name_recipient(got, "a@b.example"));
  report->nameless->reply_code = 777;
  assert_null(round_trip(report));
  report->nameless->reply_code = 0;
  report->kind = KIND_DELAY;
  assert_null(round_trip(report));
  report->kind = KIND_BOUNCE;
  report_add_recipient(report)->action = ACTION_FAILED;
  assert_null(round_trip(report));
}

/* The worker cannot make a report trusted. */
static void
test_trust(void **state)
{
  (void)state;
  g_autoptr(Report) report = full_report();
  report->trust = TRUST_VERIFIED;
  report_recipient(report, 0)->trust = TRUST_VERIFIED;
  g_autoptr(Report) got = round_trip(report);
  check_int("report", got->trust, TRUST_UNSIGNED);
  check_int("recipient", report_recipient(got, 0)->trust, TRUST_UNSIGNED);
}

/* A record that is cut, or has something after it, or text that is not UTF-8, is refused. */
static void
test_broken(void **state)
{
  (void)state;
  g_autoptr(Report) report = full_report();
  g_autoptr(GString) record = g_string_new(NULL);
  wire_encode(report, record);
  for (gsize n = 0; n < record->len; n++) {
    g_autofree char *copy = g_memdup2(record->str, n); /* so that a checker sees a read beyond it */
    assert_null(wire_decode(copy, n, rules));
  }
  assert_null(wire_decode(record->str, record->len + 1, rules));
  char *subject = strstr(memmem(record->str, record->len, "Neuigkeiten", 11), "f");
  static const char bad[] = {'\xff', '\0', '\xe2'};
  for (gsize i = 0; i < sizeof bad; i++) {
    *subject = bad[i];
    assert_null(wire_decode(record->str, record->len, rules));
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_round_trip), cmocka_unit_test(test_lies),
      cmocka_unit_test(test_mutations),  cmocka_unit_test(test_too_large),
      cmocka_unit_test(test_broken),     cmocka_unit_test(test_nameless),
      cmocka_unit_test(test_trust),
  };
  rules = rules_load(NULL, NULL);
  int failed = cmocka_run_group_tests_name("wire", tests, NULL, NULL);
  rules_free(rules);
  return failed;
}
