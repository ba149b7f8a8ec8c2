/* A reply as a report quotes it: unwrapped, judged, masked and explained. The first line of the
 * input is the reporting system's own notice, the rest the diagnostic. */
#include "config.h"

#include "fuzz.h"

#include "base/fold.h"
#include "mail/reply.h"
#include "judge/chain.h"
#include "judge/classify.h"
#include "judge/explain.h"
#include "judge/mask.h"
#include "judge/names.h"
#include "judge/spelling.h"

static void
check_unwrap(const char *text)
{
  g_auto(Reply) reply = {0};
  reply_unwrap(text, &reply);
  fuzz_check_utf8(reply.text);
  g_assert_true(reply.code == 0 || (reply.code >= 200 && reply.code <= 599));
  g_assert_cmpuint(strlen(reply.text), <=, strlen(text));
}

static void
check_mask(const char *text)
{
  g_autofree char *folded = fold(text);
  g_autofree char *lines = fold_lines(text);
  fuzz_check_utf8(lines);
  g_autofree char *masked = mask(folded, "user");
  fuzz_check_stored(masked, MASK_MAX);
  const char *const recipients[] = {"user@example.org", NULL};
  g_autofree char *plain = NULL;
  g_auto(NamesKnown) known = {0};
  names_known_init(&known, recipients, G_N_ELEMENTS(recipients), "news@example.net");
  g_autofree char *hidden = names_hide(folded, &known, &plain);
  fuzz_check_utf8(hidden);
  fuzz_check_utf8(plain);
  g_autofree char *corrected = spelling_correct(hidden);
  if (corrected != NULL)
    fuzz_check_utf8(corrected);
}

static void
check_verdict(const Rules *rules, const Verdict *verdict)
{
  const ReasonInfo *info = reason_info(verdict->reason);
  g_assert_true(verdict->reason != REASON_NONE && verdict->reason < N_REASONS);
  g_assert_true(verdict->klass == info->on_5xx || verdict->klass == info->on_4xx ||
                verdict->klass == info->on_none);
  g_assert_true(rules_knows(rules, verdict->rule));
  g_assert_true(verdict->provider == NULL || rules_knows_provider(rules, verdict->provider));
  fuzz_check_stored(verdict->matched, BOUNCE_TEXT_MAX);
}

static void
check_classify(const Rules *rules, const char *notice, const char *diagnostic)
{
  g_autoptr(Recipient) recipient = g_new0(Recipient, 1);
  bounce_set(&recipient->recipient, "user@example.org", BOUNCE_ADDRESS_MAX);
  bounce_set(&recipient->notice, notice, BOUNCE_NOTICE_MAX);
  bounce_set(&recipient->diagnostic, diagnostic, BOUNCE_DIAGNOSTIC_MAX);
  recipient->action = ACTION_FAILED;
  fuzz_check_stored(recipient->notice, BOUNCE_NOTICE_MAX);
  fuzz_check_stored(recipient->diagnostic, BOUNCE_DIAGNOSTIC_MAX);
  g_autoptr(GPtrArray) chain = chain_new();
  classify(rules, "mx.example.net", recipient, chain);
  check_verdict(rules, &recipient->verdict);
  g_autofree char *text = explain_text(rules, recipient, chain, NULL, 80);
  g_autofree char *json = explain_json(rules, recipient, chain);
  fuzz_check_utf8(text);
  fuzz_check_utf8(json);
  g_assert_null(strchr(json, '\n'));
}

FUZZ_TARGET(reply)
{
  static Rules *rules;
  if (rules == NULL)
    rules = rules_load(NULL, NULL);
  g_autofree char *text = fuzz_text(data, size);
  char *end = strchr(text, '\n');
  const char *diagnostic = end != NULL ? end + 1 : text;
  if (end != NULL)
    *end = '\0';
  check_unwrap(diagnostic);
  check_mask(diagnostic);
  check_classify(rules, end != NULL ? text : NULL, diagnostic);
  return 0;
}
