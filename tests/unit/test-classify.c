/* The order of evidence (classify.c), with rules of the test's own tried before the shipped ones.
 */
#include "config.h"

#include "lib/check.h"

#include <glib/gstdio.h>

#include "judge/chain.h"
#include "judge/classify.h"
#include "judge/rules-sample.h"

static Rules *rules;

static const char user_rules[] = "[provider zp]\nname: ZP\nmta: zp.test\nmark: zpmark\n\n"
                                 "[zp.code]\nprovider: zp\nstatus: x.99.1\nreason: spf\n\n"
                                 "[z.unknown]\ntext: zunknown\nreason: user_unknown\n\n"
                                 "[z.full]\ntext: zfull\nreason: mailbox_full\n\n"
                                 "[z.rate]\ntext: zrate\nreason: rate_limited\n\n"
                                 "[z.nxdomain]\ntext: znxdomain\nreason: host_unknown\n\n"
                                 "[z.gave-up]\ntext: zgave up\nreason: expired\n\n"
                                 "[z.status]\nstatus: x.99.x\nreason: mailbox_disabled\n\n"
                                 "[z.at-rcpt]\nreply: 577 477\nstage: rcpt\nreason: moved\n\n"
                                 "[z.at-eom]\nreply: 577 477\nstage: eom\nreason: spam\n";

static void
judge(const char *text, Recipient **recipient, GPtrArray *chain)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *reporting_mta = NULL;
  *recipient = rule_sample_parse(text, &reporting_mta, &error);
  if (*recipient == NULL)
    fail_msg("%s: %s", text, error->message);
  classify(rules, reporting_mta, *recipient, chain);
}

static void
test_order_of_evidence(void **state)
{
  (void)state;
  static const struct {
    const char *text, *rule;
  } cases[] = {
      /* words before codes */
      {"577 5.99.0 zunknown", "z.unknown"},
      {"577 5.99.0 zzz", "z.status"},
      {"@stage=rcpt 577 zzz", "z.at-rcpt"},
      {"@stage=eom 577 zzz", "z.at-eom"},
      /* the innermost reply before what surrounds it */
      {"zfull: host mx.zz.test[192.0.2.1] said: 577 5.99.0 zunknown", "z.unknown"},
      {"zfull: host mx.zz.test[192.0.2.1] said: 577 5.99.0 zzz", "z.status"},
      {"zfull: host mx.zz.test[192.0.2.1] said: 577 5.0.0 zzz", "z.full"},
      {"zfull: host mx.zz.test[192.0.2.1] said: 577 zzz", "z.full"},
      {"@status=5.99.0 zfull: host mx.zz.test[192.0.2.1] said: 577 zzz", "z.full"},
      /* the reply's own code before the Status field, unless it is x.0.0 */
      {"@status=5.1.1 577 5.99.0 zzz", "z.status"},
      {"@status=5.99.0 577 5.0.0 zzz", "z.status"},
      {"@status=5.99.0 577 zzz", "z.status"},
      /* the provider before the general rules, by host, mark or reporting server */
      {"@mta=mx.zp.test 577 5.99.1 zunknown", "zp.code"},
      {"577 5.99.1 zunknown zpmark", "zp.code"},
      {"@reporting=zp.test 577 5.99.1 zunknown", "zp.code"},
      {"@mta=MX.ZP.test.[192.0.2.1] 577 5.99.1 zunknown", "zp.code"},
      {"@mta=mx.zz.test host mx.zp.test[192.0.2.1] said: 577 5.99.1 zunknown", "zp.code"},
      {"@mta=mx.zz.test @reporting=zp.test 577 5.99.1 zunknown", "z.unknown"},
      /* the notice, if there is nothing else */
      {"@notice zfull", "z.full"},
      {"@notice the server said: 577 5.99.0 zunknown", "z.unknown"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(Recipient) recipient = NULL;
    judge(cases[i].text, &recipient, NULL);
    check_string(cases[i].text, recipient->verdict.rule, cases[i].rule);
  }
}

static void
test_notice(void **state)
{
  (void)state;
  static const struct {
    const char *diagnostic, *notice, *rule;
  } cases[] = {
      {"577 5.99.0 zzz", "zfull", "z.status"},
      {"zzz", "zfull", "z.full"},
      {"smtp; 577", "zfull", "z.full"},
      {"577 5.99.0", "zfull", "z.full"},
      {"Delivery temporarily suspended", "zfull", "z.full"},
      {"577 5.99.0 zunknown", "zfull", "z.unknown"},
      {"577", "said: 577 zunknown", "z.unknown"},
      {NULL, NULL, "undefined"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(Recipient) recipient = g_new0(Recipient, 1);
    recipient->diagnostic = g_strdup(cases[i].diagnostic);
    recipient->notice = g_strdup(cases[i].notice);
    classify(rules, NULL, recipient, NULL);
    check_string(cases[i].diagnostic, recipient->verdict.rule, cases[i].rule);
  }
}

static void
test_severity(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    Reason reason;
    Class klass;
  } cases[] = {
      {"577 zunknown", REASON_USER_UNKNOWN, CLASS_PERMANENT},
      {"477 zunknown", REASON_USER_UNKNOWN, CLASS_TRANSIENT},
      {"zunknown", REASON_USER_UNKNOWN, CLASS_PERMANENT},
      {"@status=4.99.0 zunknown", REASON_USER_UNKNOWN, CLASS_TRANSIENT},
      {"577 zrate", REASON_RATE_LIMITED, CLASS_POLICY},
      {"477 zrate", REASON_RATE_LIMITED, CLASS_TRANSIENT},
      {"477 zfull", REASON_MAILBOX_FULL, CLASS_QUOTA},
      /* any 5 wins over a mere 4.0.0 */
      {"@status=4.0.0 577 zunknown", REASON_USER_UNKNOWN, CLASS_PERMANENT},
      {"@status=5.1.1 zunknown (4.0.0)", REASON_USER_UNKNOWN, CLASS_PERMANENT},
      {"@status=4.0.0 zunknown (5.1.1)", REASON_USER_UNKNOWN, CLASS_PERMANENT},
      {"577 4.0.0 zunknown", REASON_USER_UNKNOWN, CLASS_PERMANENT},
      /* a 4xx alone never becomes permanent, not even in a final report */
      {"@status=5.0.0 477 zunknown", REASON_USER_UNKNOWN, CLASS_TRANSIENT},
      {"@status=5.4.7 477 zunknown: zgave up", REASON_USER_UNKNOWN, CLASS_TRANSIENT},
      /* a delay is transient unless it quotes a refusal */
      {"@action=delayed zunknown", REASON_USER_UNKNOWN, CLASS_TRANSIENT},
      {"@action=delayed @status=5.1.1 zunknown", REASON_USER_UNKNOWN, CLASS_TRANSIENT},
      {"@action=delayed 577 zunknown", REASON_USER_UNKNOWN, CLASS_PERMANENT},
      /* and has not expired */
      {"@action=failed zgave up", REASON_EXPIRED, CLASS_TRANSIENT},
      {"@action=delayed zgave up", REASON_UNDEFINED, CLASS_TRANSIENT},
      {"@action=delayed @status=4.4.7 zgave up", REASON_NETWORK_ERROR, CLASS_TRANSIENT},
      /* DNS verdicts of the reporting server */
      {"@status=5.4.4 znxdomain", REASON_HOST_UNKNOWN, CLASS_PERMANENT},
      {"@status=4.4.4 znxdomain", REASON_HOST_UNKNOWN, CLASS_TRANSIENT},
      {"znxdomain", REASON_HOST_UNKNOWN, CLASS_PERMANENT},
      /* unknown */
      {"577 zzz", REASON_UNDEFINED, CLASS_PERMANENT},
      {"@status=4.0.0 zzz", REASON_UNDEFINED, CLASS_TRANSIENT},
      {"zzz", REASON_UNDEFINED, CLASS_TRANSIENT},
      {"", REASON_UNDEFINED, CLASS_TRANSIENT},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(Recipient) recipient = NULL;
    judge(cases[i].text, &recipient, NULL);
    check_string(cases[i].text, reason_name(recipient->verdict.reason),
                 reason_name(cases[i].reason));
    check_string(cases[i].text, class_name(recipient->verdict.klass), class_name(cases[i].klass));
  }
}

/* A mailbox's name is not evidence, whoever repeats it. */
static void
test_mailbox_names(void **state)
{
  (void)state;
  static const struct {
    const char *recipient, *final_recipient, *text, *rule;
  } cases[] = {
      {"zfull@zz.test", NULL, "577 <zfull@zz.test>: zunknown", "z.unknown"},
      {"zfull@zz.test", NULL, "577 ZFULL@zz.test, zfull@zz.test: zunknown", "z.unknown"},
      {"kim@zz.test", "zfull@zz.test", "577 <zfull@zz.test>: zunknown", "z.unknown"},
      {"kim@zfull.test", NULL, "577 <kim@zfull.test>: zunknown", "z.unknown"},
      {"zfull@zz.test", NULL, "577 <zfull@zz.test>: zfull", "z.full"},
      {"@zz.test", "", "577 <@zz.test>: zfull", "z.full"},
      {"kim@zz.test", NULL, "577 <zfull@zz.test>: zunknown", "z.unknown"}, /* someone else's */
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(Recipient) recipient = g_new0(Recipient, 1);
    recipient->recipient = g_strdup(cases[i].recipient);
    recipient->final_recipient = g_strdup(cases[i].final_recipient);
    recipient->diagnostic = g_strdup(cases[i].text);
    classify(rules, NULL, recipient, NULL);
    check_string(cases[i].text, recipient->verdict.rule, cases[i].rule);
  }
}

/* The same words accuse the recipient or the sender, whichever the reply names. */
static void
test_swapped_parties(void **state)
{
  (void)state;
  static const char *const replies[] = {
      "550 5.1.1 <%s>: user unknown",
      "550 5.1.1 <%s>... no such user here",
      "550 user %s is unknown",
      "550 no such mailbox: %s",
      "550 5.1.0 %s does not exist",
      "554 5.2.1 the mailbox %s is disabled",
      "550 mailbox of %s has been deleted",
      "550 der Benutzer %s existiert nicht",
      "550 el usuario %s no existe",
      "550 l'utilisateur %s n'existe pas",
      "550 "
      "\320\277\320\276\320\273\321\214\320\267\320\276\320\262\320\260\321\202\320\265\320\273\321"
      "\214 "
      "%s \320\275\320\265 \320\275\320\260\320\271\320\264\320\265\320\275",
      "550 5.1.1 unknown user, %s",
      "550 5.1.1 The email account %s does not exist gsmtp",
  };
  static const struct {
    const char *who;
    Party party;
  } swaps[] = {{"ann@home.example", PARTY_RECIPIENT}, {"news@list.example", PARTY_SENDER}};
  for (size_t i = 0; i < G_N_ELEMENTS(replies); i++)
    for (size_t k = 0; k < G_N_ELEMENTS(swaps); k++) {
      g_autofree char *known =
          g_strconcat("@recipient=ann@home.example @sender=news@list.example ", replies[i], NULL);
      GString *text = g_string_new(known);
      g_string_replace(text, "%s", swaps[k].who, 0);
      g_autoptr(Recipient) recipient = NULL;
      judge(text->str, &recipient, NULL);
      check_int(text->str, reason_info(recipient->verdict.reason)->party, swaps[k].party);
      check_string(text->str, recipient->sender, k == 1 ? swaps[k].who : NULL);
      g_string_free(text, TRUE);
    }
}

static void
test_no_failure(void **state)
{
  (void)state;
  static const Action actions[] = {ACTION_DELIVERED, ACTION_RELAYED, ACTION_EXPANDED};
  for (size_t i = 0; i < G_N_ELEMENTS(actions); i++) {
    g_autoptr(Recipient) recipient = NULL;
    judge("577 zunknown", &recipient, NULL);
    recipient->action = actions[i];
    classify(rules, NULL, recipient, NULL);
    check_int(action_name(actions[i]), recipient->verdict.reason, REASON_NONE);
    check_int(action_name(actions[i]), recipient->verdict.klass, CLASS_NONE);
    assert_null(recipient->verdict.rule);
  }
}

static void
test_fields_are_completed(void **state)
{
  (void)state;
  char buffer[STATUS_BUFFER];
  g_autoptr(Recipient) open = NULL;
  judge("host mx.zp.test[192.0.2.1] said: 577 5.99.3 zfull (in reply to RCPT TO command)", &open,
        NULL);
  check_int("code", open->reply_code, 577);
  check_string("status", status_format(open->status, buffer), "5.99.3");
  check_int("stage", open->stage, STAGE_RCPT);
  check_string("provider", open->verdict.provider, "zp");
  check_string("matched", open->verdict.matched, "zfull");
  g_autoptr(Recipient) told = NULL;
  judge("@status=5.0.0 @stage=data 577 5.99.3 zfull (in reply to RCPT TO command)", &told, NULL);
  check_string("status", status_format(told->status, buffer), "5.0.0");
  check_int("stage", told->stage, STAGE_DATA);
}

static void
test_chain(void **state)
{
  (void)state;
  g_autoptr(GPtrArray) chain = chain_new();
  g_autoptr(Recipient) recipient = NULL;
  judge("@mta=mx.zp.test 577 5.98.3 a zfull box", &recipient, chain);
  static const char *const want[][2] = {
      {"reply code", "577"},
      {"reply status", "5.98.3"},
      {"host", "mx.zp.test"},
      {"reply", "a zfull box"},
      {"provider", "ZP, by \"mx.zp.test\""},
      {"decided by", "\"zfull\", in the innermost reply"},
      {"rule", NULL},
      {"class", "quota: mailbox_full, and the reply is 5xx"},
      {"party", "recipient"},
  };
  check_int("links", chain->len, G_N_ELEMENTS(want));
  for (guint i = 0; i < chain->len; i++) {
    const ChainLink *link = g_ptr_array_index(chain, i);
    check_string("step", link->step, want[i][0]);
    if (want[i][1] != NULL)
      check_string(link->step, link->detail, want[i][1]);
  }
}

/* A rule that does not decide because the text speaks of somebody else is named. */
static void
test_set_aside(void **state)
{
  (void)state;
  static const struct {
    const char *text, *want;
  } cases[] = {
      {"550 user unknown", NULL},
      {"550 5.1.1 user unknown, poor reputation",
       "agree.unknown: the text speaks of something else (reputation)"},
      {"@sender=news@list.example 550 5.1.1 <news@list.example>: user unknown",
       "agree.unknown: the text speaks of something else (own)"},
      {"@stage=mail 550 5.1.1 user unknown", "agree.unknown: the reply came before any recipient"},
      {"zunknown, poor reputation", NULL}, /* the user's own rules know what they mean */
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GPtrArray) chain = chain_new();
    g_autoptr(Recipient) recipient = NULL;
    judge(cases[i].text, &recipient, chain);
    const char *got = NULL;
    for (guint k = 0; k < chain->len; k++) {
      const ChainLink *link = g_ptr_array_index(chain, k);
      if (strcmp(link->step, "set aside") == 0)
        got = link->detail;
    }
    check_string(cases[i].text, got, cases[i].want);
  }
}

static void
test_report(void **state)
{
  (void)state;
  g_autoptr(Report) report = report_new();
  report->kind = KIND_COMPLAINT;
  report->reporting_mta = g_strdup("out.zp.test");
  for (int i = 0; i < 2; i++) {
    Recipient *recipient = report_add_recipient(report);
    recipient->action = ACTION_FAILED;
    recipient->diagnostic = g_strdup(i == 0 ? "577 zunknown" : "577 zfull");
  }
  classify_report(rules, report);
  assert_null(report_recipient(report, 0)->verdict.rule); /* nothing failed */
  report->kind = KIND_BOUNCE;
  classify_report(rules, report);
  check_string("first", report_recipient(report, 0)->verdict.rule, "z.unknown");
  check_string("second", report_recipient(report, 1)->verdict.rule, "z.full");
  check_string("provider", report_recipient(report, 1)->verdict.provider, "zp");
}

static void
test_bad_samples(void **state)
{
  (void)state;
  static const char *const cases[] = {
      "@mta 550",         "@stage=hello 550", "@status=5.1 550", "@status=5.1.1x 550",
      "@action=lost 550", "@colour=red 550",  "@ 550",           "@",
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GError) error = NULL;
    char *reporting_mta = NULL;
    if (rule_sample_parse(cases[i], &reporting_mta, &error) != NULL)
      fail_msg("%s was taken", cases[i]);
    assert_true(g_error_matches(error, BOUNCEDB_ERROR, BOUNCEDB_ERROR_DATA));
    assert_null(reporting_mta);
  }
}

static int
set_up(void **state)
{
  (void)state;
  g_autoptr(GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp("bouncedb-classify-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(folder, "user.rules", NULL);
  bool written = g_file_set_contents(path, user_rules, -1, &error);
  rules = written ? rules_load(path, &error) : NULL;
  if (rules == NULL)
    fprintf(stderr, "%s\n", error->message);
  g_unlink(path);
  g_rmdir(folder);
  return rules == NULL;
}

static int
tear_down(void **state)
{
  (void)state;
  g_clear_pointer(&rules, rules_free);
  return 0;
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_order_of_evidence),
      cmocka_unit_test(test_notice),
      cmocka_unit_test(test_severity),
      cmocka_unit_test(test_mailbox_names),
      cmocka_unit_test(test_swapped_parties),
      cmocka_unit_test(test_no_failure),
      cmocka_unit_test(test_fields_are_completed),
      cmocka_unit_test(test_chain),
      cmocka_unit_test(test_set_aside),
      cmocka_unit_test(test_report),
      cmocka_unit_test(test_bad_samples),
  };
  return cmocka_run_group_tests_name("classify", tests, set_up, tear_down);
}
