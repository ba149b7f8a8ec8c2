/* What rules see of a text: paragraphs, names, concepts. */
#include "config.h"

#include "lib/user-rules.h"

#include "base/fold.h"

/* A line feed begins a paragraph: text for "^" and "$", and a new sentence. */
static void
test_paragraphs(void **state)
{
  (void)state;
  static const struct {
    const char *pattern, *text;
    bool want;
  } cases[] = {
      {"^zork", "all is well\n\nzork", true},       {"^zork", "all is\nzork", false},
      {"well$", "all is well  zork", true},         {"all * zork", "all is well\n  zork", false},
      {"all ** zork", "all is well\n  zork", true}, {"all is", "all\nis", true},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(Rules) rules = load(NULL, "[t.x]\ntext: %s\nreason: spam\n", cases[i].pattern);
    g_autofree char *text = fold_lines(cases[i].text);
    const RuleInput input = {.text = text};
    if (decides(rules, RULES_TEXT, &input, "t.x") != cases[i].want)
      fail_msg("\"%s\" on \"%s\"", cases[i].pattern, cases[i].text);
  }
}

/* "unless" in a rule that has only texts: what is said in the sentence of the text. */
static void
test_unless(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    bool want;
  } cases[] = {
      {"zuser is znone", true},
      {"the zfrom says that zuser is znone", false},
      {"zuser is znone. the zfrom was told", true},
      {"the zfrom was told. zuser is znone", true},
      {"zuser is znone zvon", true}, /* a word of another language, which says less */
      {"zvon zhier zda zuser is znone", false},
  };
  g_autoptr(Rules) rules =
      load(NULL, "[t.x]\ntext: zuser is znone\nunless: sender\nreason: spam\n"
                 "[words zork]\nsender: zfrom\nabsent: znone\nrecipient: zuser\n"
                 "[words grue]\nsender: zvon\nhost: zhier\ndisk: zda\n");
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    const RuleInput input = {.text = cases[i].text};
    const RuleInfo *rule = rules_match(rules, RULES_TEXT, &input, NULL);
    assert_int_equal(rule != NULL && strcmp(rule->id, "t.x") == 0, cases[i].want);
  }
}

/* Names are hidden from a pattern, unless it is a name itself or asks for them. */
static void
test_names(void **state)
{
  (void)state;
  static const struct {
    const char *pattern;
    bool want;
  } cases[] = {
      {"zorklist", false},       {"@zorklist", true},    {"zorklist.example", true},
      {"listed by HOST", true},  {"^client HOST", true}, {"client host", false},
      {"~listed~ * HOST", true}, {"ADDRESS", false},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(Rules) rules = load(NULL, "[t.x]\ntext: %s\nreason: spam\n", cases[i].pattern);
    const RuleInput input = {.text = "client HOST is listed by HOST",
                             .named = "client zq.example is listed by zorklist.example"};
    if (decides(rules, RULES_TEXT, &input, "t.x") != cases[i].want)
      fail_msg("\"%s\"", cases[i].pattern);
  }
}

static void
test_sayings(void **state)
{
  (void)state;
  static const struct {
    const char *text, *want;
  } cases[] = {
      {"the zbox is zfull", "zbox … zfull"},
      {"zfull are all zboxes", "zfull … zbox"}, /* in any order, words with endings */
      {"the zbox is zfuller", NULL},            /* "~" */
      {"the azbox is zfull", NULL},
      {"the zbox is here. nothing is zfull", NULL}, /* two sentences */
      {"zbox is zfull for zyou", NULL},             /* unless */
      {"zfull for zyou. but the zbox is zfull", "zbox … zfull"},
      {"der zkasten ist zfull", NULL},               /* two languages */
      {"der azkasten ist zvoll", "zkasten … zvoll"}, /* "*" */
      {"der zkasten ist RECIPIENT", NULL},
      {"RECIPIENT ist zvoll", "RECIPIENT … zvoll"}, /* a common word */
      {"der zkasten ist zbełøgt", "zkasten … zbełøgt"},
      {"der zkasten ist zbelogt", "zkasten … zbelogt"}, /* without accents */
      {"der zkasten ist zu", NULL},                     /* but not in a word as short as this */
  };
  g_autoptr(Rules) rules =
      load(NULL, "[t.x]\nsays: mailbox full\nsays: recipient full\nunless: you\n"
                 "reason: spam\n"
                 "[words zork]\nmailbox: zbox\nfull: zfull~, zzz\nyou: zyou\n"
                 "[words grue]\nmailbox: *zkasten\nfull: zvoll, zbełøgt, zú~\n");
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    const RuleInput input = {.text = cases[i].text};
    g_autofree char *matched = NULL;
    const RuleInfo *rule = rules_match(rules, RULES_TEXT, &input, &matched);
    bool ours = rule != NULL && strcmp(rule->id, "t.x") == 0;
    check_string(cases[i].text, ours ? matched : NULL, cases[i].want);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_paragraphs),
      cmocka_unit_test(test_names),
      cmocka_unit_test(test_unless),
      cmocka_unit_test(test_sayings),
  };
  return cmocka_run_group_tests_name("rules-speech", tests, set_up_rules, tear_down_rules);
}
