/* What the parent makes of the answer of a worker that lies. */
#include "config.h"

#include "fuzz.h"

#include <string.h>

#include "worker/wire.h"

static void
check_recipient(const Recipient *recipient, const Rules *rules)
{
  g_assert_true(recipient->action < N_ACTIONS && recipient->stage < N_STAGES);
  fuzz_check_stored(recipient->recipient, BOUNCE_ADDRESS_MAX);
  fuzz_check_stored(recipient->final_recipient, BOUNCE_ADDRESS_MAX);
  fuzz_check_stored(recipient->diagnostic, BOUNCE_DIAGNOSTIC_MAX);
  fuzz_check_stored(recipient->notice, BOUNCE_NOTICE_MAX);
  const Verdict *verdict = &recipient->verdict;
  g_assert_true(verdict->reason < N_REASONS && verdict->klass < N_CLASSES);
  g_assert_true(verdict->rule == NULL || rules_knows(rules, verdict->rule));
}

static void
check_report(const Report *report, const Rules *rules)
{
  g_assert_true(report->kind < KIND_UNREADABLE);
  g_assert_cmpuint(report->recipients->len, <=, BOUNCE_RECIPIENTS_MAX);
  fuzz_check_stored(report->subject, BOUNCE_TEXT_MAX);
  fuzz_check_stored(report->original_message_id, BOUNCE_TEXT_MAX);
  for (guint i = 0; i < report->recipients->len; i++)
    check_recipient(report_recipient(report, i), rules);
}

FUZZ_TARGET(wire)
{
  static Rules *rules;
  if (rules == NULL)
    rules = rules_load(NULL, NULL);
  g_autoptr(Report) report = wire_decode((const char *)data, size, rules);
  if (report == NULL)
    return 0;
  check_report(report, rules);
  g_autoptr(GString) again = g_string_new(NULL);
  wire_encode(report, again);
  g_assert_true(again->len == size && memcmp(again->str, data, size) == 0);
  return 0;
}
