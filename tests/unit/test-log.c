#include "config.h"

#include "lib/check.h"

#include "record/log.h"

static const Recorded recorded = {.message_id = 7};

static void
test_lines(void **state)
{
  (void)state;
  g_autoptr(Report) report = report_new();
  g_autofree char *none = log_line(report, NULL, &recorded);
  check_string("no recipient", none, "message=7, kind=other");
  static const Recorded again = {.message_id = 7, .duplicate = true};
  g_autofree char *duplicate = log_line(report, NULL, &again);
  check_string("duplicate", duplicate, "message=7, kind=other, duplicate=yes");
  report->kind = KIND_BOUNCE;
  Recipient *recipient = report_add_recipient(report);
  recipient->recipient = g_strdup("a@example.net");
  recipient->action = ACTION_FAILED;
  recipient->status = (Status){5, 1, 1};
  recipient->diagnostic = g_strdup("550 5.1.1 no");
  recipient->verdict = (Verdict){
      .reason = REASON_USER_UNKNOWN, .klass = CLASS_PERMANENT, .rule = g_strdup("general.unknown")};
  g_autofree char *line = log_line(report, recipient, &recorded);
  check_string("recipient", line,
               "message=7, kind=bounce, to=a@example.net, action=failed, status=5.1.1, "
               "class=permanent, reason=user_unknown, rule=general.unknown, "
               "diagnostic=550 5.1.1 no");
}

/* A quoted local part is one field, whatever it contains. */
static void
test_forged_fields(void **state)
{
  (void)state;
  g_autoptr(Report) report = report_new();
  Recipient *recipient = report_add_recipient(report);
  recipient->recipient = g_strdup("\"x, to=victim@example.org, class=permanent\"@example.net");
  recipient->diagnostic = g_strdup("550 no, really");
  g_autofree char *line = log_line(report, recipient, &recorded);
  check_string("quoted local part", line,
               "message=7, kind=other, to=\"x\\x2c to=victim@example.org\\x2c class=permanent\""
               "@example.net, diagnostic=550 no, really");
}

/* Strangers' text cannot begin a new line or control a terminal, and its length is bounded. */
static void
test_hostile(void **state)
{
  (void)state;
  g_autoptr(Report) report = report_new();
  Recipient *recipient = report_add_recipient(report);
  recipient->recipient = g_strdup("a\nNov 21 10:00:00 mx sshd: accepted\x1b]0;x\a%n%s");
  g_autoptr(GString) text = g_string_new(NULL);
  while (text->len < 2000)
    g_string_append(text, "\xe4\xb8\xad\xe6\x96\x87");
  recipient->diagnostic = g_strdup(text->str);
  g_autofree char *line = log_line(report, recipient, &recorded);
  assert_null(strpbrk(line, "\n\x1b\a"));
  assert_non_null(strstr(line, "%n%s"));
  assert_true(strlen(line) <= LOG_LINE_MAX && g_utf8_validate(line, -1, NULL));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_lines),
      cmocka_unit_test(test_forged_fields),
      cmocka_unit_test(test_hostile),
  };
  return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
