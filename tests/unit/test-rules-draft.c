#include "config.h"

#include "lib/check.h"

#include "judge/rules-draft.h"

static void
test_pattern(void **state)
{
  (void)state;
  static const struct {
    const char *reply, *want;
  } cases[] = {
      {"adventurer USER went down to cellar NUMBER (ref ID)",
       "adventurer * went down to cellar * ref"},
      {"<ADDRESS>: no such adventurer.", "no such adventurer"},
      {"~$^ no such adventurer ^$~", "no such adventurer"},
      {"adventurers * everywhere", "adventurers * everywhere"},
      {"an adventurer of no use to HOST", "an adventurer of no use to"},
      {"адресат ADDRESS не найден", "адресат * не найден"},
      {"收件人ADDRESS不存在", "收件人 * 不存在"},
      {"HOST[IP] NUMBER", NULL},
      {"too few", NULL},
      {"", NULL},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *got = rule_draft_pattern(cases[i].reply);
    check_string(cases[i].reply, got, cases[i].want);
  }
}

static void
test_long(void **state)
{
  (void)state;
  static const char *const pieces[] = {"adventurer ", "收件人不存在", "no NUMBER adventurer "};
  for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
    g_autoptr(GString) reply = g_string_new(NULL);
    while (reply->len < 500)
      g_string_append(reply, pieces[i]);
    g_autofree char *got = rule_draft_pattern(reply->str);
    assert_in_range(strlen(got), 40, 220);
    assert_true(g_utf8_validate(got, -1, NULL));
  }
}

static void
test_draft(void **state)
{
  (void)state;
  g_autoptr(Rules) rules = rules_load(NULL, NULL);
  g_autoptr(GHashTable) ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(GString) out = g_string_new(NULL);
  RuleDraft group = {
      .reply = "adventurer USER went down to cellar NUMBER (ref ID)",
      .reply_code = 550,
      .failures = 3,
      .recipients = 2,
      .domains = "a.example,b.example,c.example,d.example,e.example,f.example,g.example",
      .last_at = 1577880000,
      .last_failure_id = 17,
  };
  rule_draft_append(out, rules, &group, ids);
  check_string("a reply", out->str,
               "# 3 failures of 2 recipients, the last one on 2020-01-01: bouncedb explain f17\n"
               "# at a.example, b.example, c.example, d.example, e.example, ...\n"
               "[draft.adventurer-went-down-to]\n"
               "text: adventurer * went down to cellar * ref\n"
               "reason:\ncause:\nremedy:\nsource: replies seen until 2020-01-01\n"
               "sample: 550 adventurer someone went down to cellar 12345 (ref 4xyz12abc3)\n");
  g_string_truncate(out, 0);
  group.reply_code = 0;
  group.notice = true;
  group.domains = NULL;
  group.providers = "gmail";
  rule_draft_append(out, rules, &group, ids);
  assert_non_null(strstr(out->str, "# provider: gmail\n[draft.adventurer-went-down-to-2]\n"));
  assert_non_null(strstr(out->str, "\nsample: @notice adventurer someone went"));
  assert_non_null(strstr(out->str, "\n# no reply is quoted: "));
  g_string_truncate(out, 0);
  group.reply = "HOST[IP]";
  rule_draft_append(out, rules, &group, ids);
  assert_non_null(strstr(out->str, "\n# too few words for a rule: HOST[IP]\n"));
  assert_null(strstr(out->str, "\n["));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_pattern),
      cmocka_unit_test(test_long),
      cmocka_unit_test(test_draft),
  };
  return cmocka_run_group_tests_name("draft", tests, NULL, NULL);
}
