/* The rule format: what patterns match, what conditions test, which mistakes are found. Each case
 * is a user's rule file, tried before the shipped rules, with invented words. */
#include "config.h"

#include "lib/user-rules.h"

#include "base/fold.h"
#include "judge/rules-private.h"

static void
test_patterns(void **state)
{
  (void)state;
  static const struct {
    const char *pattern, *text;
    bool want;
  } cases[] = {
      {"zork full", "the Zork  Full of it", true},
      {"zork full", "zorkfull", false},
      {"Zork \xe2\x80\x9c"
       "Full\xe2\x80\x9d",
       "zork \"full\"", true},
      {"zork * full", "zork is very full", true},
      {"zork * full", "full zork", false},
      {"zork * full", "zork full", true},
      {"zork * full", "zorkfull", true},
      {"zork * zork", "zork", false},
      {"zork * zork", "zorkzork", true},
      {"zorkzo * zork", "zorkzork", false},
      {"^zork", "zork full", true},
      {"^zork", "a zork", false},
      {"zork$", "full zork", true},
      {"zork$", "zork full", false},
      {"^zork$", "zork", true},
      {"^zork$", "zork zork", false},
      {"^zork * zork$", "zork zork", true},
      {"^zork * zork$", "zork", false},
      {"^zork * full * zork$", "zork half full, zork", true},
      {"^zork * full * zork$", "zork half, full of", false},
      {"~zq~", "a zq.", true},
      {"~zq~", "azq", false},
      {"~zq~", "zqx zq", true},
      {"~zq~", "zqx xzq", false},
      {"~zq~", "_zq", false},
      {"~zq~", "\xe6\x97\xa0zq\xe6\x95\x88", true},
      {"~zq", "zqx", true},
      {"zq~", "zqx", false},
      {"\xe9\x82\xae\xe7\xae\xb1\xe5\xb7\xb2\xe6\xbb\xa1zq",
       "\xe6\x82\xa8\xe9\x82\xae\xe7\xae\xb1\xe5\xb7\xb2\xe6\xbb\xa1zq", true},
      {"zork [#4.*] full", "zork [#4.*] full", true},
      {"zork * full", "zork is here. it is full", false},
      {"zork ** full", "zork is here. it is full", true},
      {"zork * full", "zork is here. full zork is full", true},
      {"zork * full", "zork e.g. full", true},
      {"zork * full", "zork 5.1.1 full (#5.1.1) ok", true},
      {"zork * half * full", "zork half. zork full. zork half full", true},
      {"zork * half * full", "zork half. zork full. half full", false},
      {"zqq", "", false},
      {"^zqq", "", false},
      {"zqq$", "", false},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(Rules) rules = load(NULL, "[t.x]\ntext: %s\nreason: spam\n", cases[i].pattern);
    g_autofree char *text = fold(cases[i].text);
    const RuleInput input = {.text = text};
    if (decides(rules, RULES_TEXT, &input, "t.x") != cases[i].want)
      fail_msg("\"%s\" on \"%s\"", cases[i].pattern, cases[i].text);
  }
}

/* Searches for fragments one after the other, in the simplest way. */
static bool
naive_match(char **fragments, const char *text)
{
  for (; *fragments != NULL; fragments++) {
    const char *found = strstr(text, *fragments);
    if (found == NULL)
      return false;
    text = found + strlen(*fragments);
  }
  return true;
}

static char *
random_word(GRand *random, int max)
{
  int length = g_rand_int_range(random, 1, max + 1);
  GString *word = g_string_new(NULL);
  while (length-- > 0)
    g_string_append_c(word, (char)('a' + g_rand_int_range(random, 0, 2)));
  return g_string_free(word, FALSE);
}

static void
test_filter_loses_nothing(void **state)
{
  (void)state;
  g_autoptr(GRand) random = g_rand_new_with_seed(3464);
  int matches = 0;
  for (int i = 0; i < 400; i++) {
    char *fragments[4] = {NULL};
    int n = g_rand_int_range(random, 1, 4);
    for (int j = 0; j < n; j++)
      fragments[j] = random_word(random, 7);
    g_autofree char *pattern = g_strjoinv(" * ", fragments);
    g_autofree char *text = random_word(random, 60);
    g_autoptr(Rules) rules = load(NULL, "[t.x]\ntext: %s\nreason: spam\n", pattern);
    const RuleInput input = {.text = text};
    bool want = naive_match(fragments, text);
    matches += want;
    if (decides(rules, RULES_TEXT, &input, "t.x") != want)
      fail_msg("\"%s\" on \"%s\": want %d", pattern, text, want);
    for (int j = 0; j < n; j++)
      g_free(fragments[j]);
  }
  assert_in_range(matches, 50, 350);
}

static void
test_conditions(void **state)
{
  (void)state;
  static const struct {
    const char *conditions;
    RulesPhase phase;
    RuleInput input;
    bool want;
  } cases[] = {
      {"status: 5.1.1", RULES_STATUS, {.status = {5, 1, 1}}, true},
      {"status: 5.1.1", RULES_STATUS, {.status = {4, 1, 1}}, false},
      {"status: 5.1.1", RULES_STATUS, {.reply_code = 550}, false},
      {"status: x.1.1", RULES_STATUS, {.status = {4, 1, 1}}, true},
      {"status: x.x.x", RULES_STATUS, {.reply_code = 550}, false},
      {"status: 5.7.x 5.7.606", RULES_STATUS, {.status = {5, 7, 606}}, true},
      {"status: 5.7.606-649", RULES_STATUS, {.status = {5, 7, 606}}, true},
      {"status: 5.7.606-649", RULES_STATUS, {.status = {5, 7, 649}}, true},
      {"status: 5.7.606-649", RULES_STATUS, {.status = {5, 7, 650}}, false},
      {"status: x.7.606-649", RULES_STATUS, {.status = {4, 7, 605}}, false},
      {"status: 5.1.2\n  5.1.1", RULES_STATUS, {.status = {5, 1, 1}}, true},
      {"reply: 550 551", RULES_REPLY, {.reply_code = 551}, true},
      {"reply: 5xx", RULES_REPLY, {.reply_code = 599}, true},
      {"reply: 5xx", RULES_REPLY, {.reply_code = 450}, false},
      {"reply: 45x", RULES_REPLY, {.reply_code = 459}, true},
      {"reply: 45x", RULES_REPLY, {.reply_code = 460}, false},
      {"reply: 550\nstage: rcpt eom", RULES_REPLY, {.reply_code = 550, .stage = STAGE_EOM}, true},
      {"reply: 550\nstage: rcpt eom", RULES_REPLY, {.reply_code = 550}, false},
      {"stage: mail", RULES_REPLY, {.stage = STAGE_MAIL}, true},
      {"reply: 550\naction: delayed", RULES_REPLY, {.reply_code = 550}, false},
      {"reply: 550\naction: delayed",
       RULES_REPLY,
       {.reply_code = 550, .action = ACTION_DELAYED},
       true},
      {"mta: zork.test", RULES_REPLY, {.remote_mta = "mx.zork.test"}, true},
      {"mta: zork.test", RULES_REPLY, {.remote_mta = "zork.test"}, true},
      {"mta: zork.test", RULES_REPLY, {.remote_mta = "mxzork.test"}, false},
      {"mta: zork.test", RULES_REPLY, {.reporting_mta = "mx.zork.test"}, true},
      {"mta: zork.test",
       RULES_REPLY,
       {.remote_mta = "a.test", .reporting_mta = "zork.test"},
       false},
      {"mta: a.test zork.test", RULES_REPLY, {.remote_mta = "zork.test"}, true},
      {"text: zork\nnot: grue", RULES_TEXT, {.text = "zork"}, true},
      {"text: zork\nnot: grue", RULES_TEXT, {.text = "grue zork"}, false},
      {"text: zork\ntext: grue", RULES_TEXT, {.text = "grue"}, true},
      {"text: zork\nstatus: 5.1.1", RULES_TEXT, {.text = "zork", .status = {5, 1, 2}}, false},
      {"text: zork", RULES_TEXT, {.text = NULL}, false},
      {"provider: zp\nstatus: 5.1.1", RULES_TEXT, {.provider = "zp", .status = {5, 1, 1}}, true},
      {"provider: zp\nstatus: 5.1.1", RULES_TEXT, {.status = {5, 1, 1}}, false},
      {"provider: zp\nstatus: 5.1.1", RULES_STATUS, {.provider = "zp", .status = {5, 1, 1}}, false},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(Rules) rules =
        load(NULL, "[provider zp]\nname: Z\nmta: zp.test\n\n[t.x]\n%s\nreason: spam\n",
             cases[i].conditions);
    if (decides(rules, cases[i].phase, &cases[i].input, "t.x") != cases[i].want)
      fail_msg("%zu: \"%s\"", i, cases[i].conditions);
  }
}

static void
test_delay_never_expired(void **state)
{
  (void)state;
  g_autoptr(Rules) rules = load(NULL, "[t.gave-up]\ntext: zork\nreason: expired\n\n"
                                      "[t.network]\ntext: zork\nreason: network_error\n");
  RuleInput input = {.text = "zork", .action = ACTION_FAILED};
  assert_true(decides(rules, RULES_TEXT, &input, "t.gave-up"));
  input.action = ACTION_DELAYED;
  assert_true(decides(rules, RULES_TEXT, &input, "t.network"));
}

static void
test_matched(void **state)
{
  (void)state;
  g_autoptr(Rules) rules = load(NULL, "[t.words]\ntext: Zork  is * full\nreason: spam\n\n"
                                      "[t.code]\nstatus: 5.99.x\nreason: spam\n\n"
                                      "[t.stage]\nreply: 599\nstage: rcpt\nreason: spam\n\n"
                                      "[t.reply]\nreply: 598\nreason: spam\n\n"
                                      "[t.ehlo]\nstage: ehlo\nreason: spam\n");
  static const struct {
    RulesPhase phase;
    RuleInput input;
    const char *want;
  } cases[] = {
      {RULES_TEXT, {.text = "zork is not full"}, "zork is \xe2\x80\xa6 full"},
      {RULES_STATUS, {.status = {5, 99, 7}}, "5.99.7"},
      {RULES_REPLY, {.reply_code = 599, .stage = STAGE_RCPT}, "599 rcpt"},
      {RULES_REPLY, {.reply_code = 598, .stage = STAGE_RCPT}, "598"},
      {RULES_REPLY, {.stage = STAGE_EHLO}, "ehlo"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *matched = NULL;
    assert_non_null(rules_match(rules, cases[i].phase, &cases[i].input, &matched));
    check_string("matched", matched, cases[i].want);
  }
}

static void
test_providers(void **state)
{
  (void)state;
  g_autoptr(Rules) rules = load(NULL, "[provider za]\nname: ZA\nmta: za.test z2.test\n\n"
                                      "[provider zb]\nname: ZB\nmta: zb.test\nmark: ~zbmark~\n");
  static const struct {
    RuleInput input;
    const char *want, *by;
  } cases[] = {
      {{.remote_mta = "mx.za.test"}, "za", "mx.za.test"},
      {{.remote_mta = "mx.z2.test"}, "za", "mx.z2.test"},
      {{.remote_mta = "mx.za.test", .text = "zbmark"}, "za", "mx.za.test"},
      {{.remote_mta = "mx.other.test", .text = "a zbmark"}, "zb", "zbmark"},
      {{.reporting_mta = "zb.test"}, "zb", "zb.test"},
      {{.reporting_mta = "za.test", .text = "zbmark"}, "zb", "zbmark"},
      {{.remote_mta = "mx.other.test", .reporting_mta = "zb.test"}, NULL, NULL},
      {{.text = "xzbmark"}, NULL, NULL},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *by = NULL;
    const ProviderInfo *provider = rules_provider(rules, &cases[i].input, &by);
    check_string("provider", provider != NULL ? provider->id : NULL, cases[i].want);
    check_string("by", by, cases[i].by);
  }
  check_string("name", rules_find_provider(rules, "zb")->name, "ZB");
}

static void
test_strings(void **state)
{
  (void)state;
  g_autoptr(Rules) rules = load(NULL, "# a comment\r\n[t.x]\r\ntext: zork\r\nreason: spam\r\n"
                                      "cause: It is\r\n   so.\r\n\r\nremedy:   Wait.  \r\n"
                                      "source: a: b\r\n");
  const RuleInfo *rule = rules_find(rules, "t.x");
  assert_non_null(rule);
  const RuleAdvice *advice = rules_advice(rules, rule);
  check_string("cause", advice->cause, "It is so.");
  check_string("remedy", advice->remedy, "Wait.");
  check_string("source", advice->source, "a: b");
  check_int("reason", rule->reason, REASON_SPAM);
  assert_true(g_str_has_suffix(advice->origin, "user.rules:2"));
  assert_null(rule->provider);
  assert_ptr_equal(rules_nth(rules, 0), rule);
  assert_null(rules_find(rules, "t.y"));
  assert_non_null(rules_undefined(rules));
}

#define RULE "[t.x]\nreason: spam\ncause: c\nremedy: r\nsource: s\nsample: zork\n"

static void
test_problems(void **state)
{
  (void)state;
  static const struct {
    const char *text, *want;
  } cases[] = {
      {RULE "text: zork", NULL},
      {RULE, "user.rules:1: the rule has no condition"},
      {RULE "text: zork\ntext:", "user.rules:8: \"text\" has no value"},
      {RULE "text: zork * * full", "user.rules:1: a * at the beginning or end"},
      {RULE "text: zork *  * full", "user.rules:1: a * at the beginning or end"},
      {RULE "text: ^", "user.rules:7: the pattern has an empty part"},
      {RULE "text: zq", "user.rules:1: \"zq\" is too short"},
      {RULE "text: ~zq~", NULL},
      {RULE "txt: zork", "user.rules:7: unknown key \"txt\""},
      {RULE "text: zork\ncause: d", "occurs twice"},
      {RULE "text: zork\nreason: spam", "occurs twice"},
      {RULE "status: 5.1", "user.rules:7: \"5.1\" is not a status"},
      {RULE "status: 2.1.1", "user.rules:7: \"2.1.1\" is not a status"},
      {RULE "status: 5.1.1.1", "user.rules:7: \"5.1.1.1\" is not a status"},
      {RULE "status: 5.1.9-3", "user.rules:7: \"5.1.9-3\" is not a status"},
      {RULE "status: 5.1.x-3", "user.rules:7: \"5.1.x-3\" is not a status"},
      {RULE "status: 5.1.1-", "user.rules:7: \"5.1.1-\" is not a status"},
      {RULE "status: 5.1.1234", "user.rules:7: \"5.1.1234\" is not a status"},
      {RULE "reply: 55", "user.rules:7: \"55\" is not a reply code"},
      {RULE "reply: 5x1", "user.rules:7: \"5x1\" is not a reply code"},
      {RULE "reply: xxx", "user.rules:7: \"xxx\" is not a reply code"},
      {RULE "stage: rcpt hello", "user.rules:7: unknown stage \"hello\""},
      {RULE "action: relayed", "user.rules:7: unknown action \"relayed\""},
      {RULE "text: zork\nprovider: nobody", "user.rules:1: unknown provider \"nobody\""},
      {RULE "text: zork\nwords", "user.rules:8: neither a section"},
      {RULE "says: mailbox zork", "user.rules:7: unknown concept \"zork\""},
      {RULE "unless: you\nsays: mailbox full", "user.rules:7: unless without says or text"},
      {RULE "says: list full\nunless: you\nsays: mailbox full", "user.rules:9: says after unless"},
      {RULE "text: zork\n[words zork]\nzork: a", "user.rules:9: unknown concept \"zork\""},
      {RULE "text: zork\n[contradictions]\nwords: zork", "user.rules:9: unknown concept \"zork\""},
      {RULE "text: zork\n[contradictions]\nallowed: zork spf",
       "user.rules:9: unknown reason \"zork\""},
      {RULE "text: zork\n[subjects]\nzork: a", "user.rules:9: a key before the first section"},
      {RULE "text: zork\n[subjects]\nfollow", "user.rules:9: neither a section"},
      {RULE "text: zork\n[words a.b]\n", "user.rules:8: a language's id"},
      {RULE "text: @zork.example", NULL},
      {RULE "text: ADDRESS zork", NULL},
      {"[t.x]\nreason: user_unknown\ncause: c\nremedy: r\nsource: s\nsample: user does not zork\n"
       "text: user does not",
       "user.rules:1: t.x matches \"user does not allow messages"},
      {"key: value\n" RULE "text: zork",
       "user.rules:1: a key before the first section, such as [topic.slug]"},
      {"[t.y]\ntext: zork\n", "user.rules:1: the rule has no reason"},
      {"[t.y]\ntext: zork\nreason: bad\n", "user.rules:3: unknown reason \"bad\""},
      {"[T.y]\n", "user.rules:1: a rule's id"},
      {"[ty]\n", "user.rules:1: a rule's id"},
      {"[t.]\n", "user.rules:1: a rule's id"},
      {"[.t]\n", "user.rules:1: a rule's id"},
      {"[]\n", "user.rules:1: a rule's id"},
      {"[t.x\n", "user.rules:1: a section has the form"},
      {"[", "user.rules:1: a section has the form"},
      {"[provider a.b]\n", "user.rules:1: a provider's id"},
      {"[provider zz]\nname: Z\nmta: z.test\n", "user.rules:1: provider zz has no rule"},
      {"[provider t]\nmta: z.test\n" RULE "text: zork", "user.rules:1: provider t has no name"},
      {"[provider t]\nname: T\n" RULE "text: zork", "user.rules:1: provider t has neither"},
      {"[provider t]\nname: T\nmta: t.test\n[provider t]\nname: T\nmta: t.test\n" RULE "text: zork",
       "user.rules:4: provider t is described twice"},
      {RULE "text: zork\n" RULE "text: grue", "user.rules:8: t.x: an earlier rule has the same id"},
      {"[t.x]\ntext: zork\nreason: spam\n", "user.rules:1: t.x has no cause"},
      {"[t.x]\ntext: zork\nreason: spam\ncause: c\n", "user.rules:1: t.x has no remedy"},
      {"[t.x]\ntext: zork\nreason: spam\ncause: c\nremedy: r\n", "user.rules:1: t.x has no source"},
      {"[t.x]\ntext: zork\nreason: spam\ncause: c\nremedy: r\nsource: s\n",
       "user.rules:1: t.x has no sample"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Rules) rules = load(problems, "%s", cases[i].text);
    rules_check(rules, problems);
    const char *first = problems->len > 0 ? g_ptr_array_index(problems, 0) : NULL;
    bool same = cases[i].want == NULL ? first == NULL
                                      : first != NULL && strstr(first, cases[i].want) != NULL;
    if (!same)
      fail_msg("\"%s\": got \"%s\", want \"%s\"", cases[i].text, first != NULL ? first : "nothing",
               cases[i].want != NULL ? cases[i].want : "nothing");
  }
}

static void
test_shadows(void **state)
{
  (void)state;
  static const struct {
    const char *earlier, *later;
    bool hidden;
  } cases[] = {
      {"text: zork", "text: the zork is full", true},
      {"text: zork", "text: zork * full", true},
      {"text: the zork is full", "text: zork", false},
      {"text: zork * full", "text: zork is full", true},
      {"text: zork * full", "text: zork * was * full now", true},
      {"text: zork * full", "text: full zork", false},
      {"text: zork", "text: zork\ntext: grue", false},
      {"text: zork\ntext: grue", "text: a zork\ntext: a grue", true},
      {"text: ^zork", "text: zork", false},
      {"text: ^zork", "text: ^zork is", true},
      {"text: zork$", "text: ^is zork", false},
      {"text: zork$", "text: is zork$", true},
      {"text: ~zork~", "text: zork", false},
      {"text: ~zork~", "text: ~zork~", true},
      {"text: ~zork~", "text: a zork is", true},
      {"text: zork\nnot: grue", "text: zork is", false},
      {"text: zork\nnot: grue", "text: zork is\nnot: grue", true},
      {"text: zork\nnot: the grue", "text: zork is\nnot: grue", true},
      {"text: zork\nnot: grue", "text: zork is\nnot: the grue", false},
      {"text: zork\nstatus: 5.1.1", "text: zork", false},
      {"text: zork\nstatus: 5.x.1", "text: zork\nstatus: 5.1.1", true},
      {"text: zork\nstatus: 5.1.1", "text: zork\nstatus: 5.x.1", false},
      {"text: zork\nreply: 55x", "text: zork\nreply: 550 551", true},
      {"text: zork\nreply: 550", "text: zork\nreply: 550 551", false},
      {"text: zork\nstage: rcpt data", "text: zork\nstage: rcpt", true},
      {"text: zork\nstage: rcpt", "text: zork", false},
      {"text: zork\naction: failed", "text: zork", false},
      {"text: zork\nmta: z.test", "text: zork", false},
      {"text: zork\nmta: z.test", "text: zork\nmta: z.test", true},
      {"provider: zp\ntext: zork", "text: zork", false},
      {"text: zork", "provider: zp\ntext: zork", true},
      {"provider: zp\nstatus: 5.1.1", "provider: zp\ntext: zork\nstatus: 5.1.1", true},
      {"status: 5.99.x", "status: 5.99.1", true},
      {"status: 5.99.1", "status: 5.99.x", false},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    static const char rest[] = "reason: spam\ncause: c\nremedy: r\nsource: s\nsample: zork\n";
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(Rules) rules =
        load(problems, "[provider zp]\nname: ZP\nmta: zp.test\n\n[zp.a]\n%s\n%s\n[zp.b]\n%s\n%s",
             cases[i].earlier, rest, cases[i].later, rest);
    rules_check(rules, problems);
    bool hidden =
        problems->len > 0 && strstr(g_ptr_array_index(problems, 0), "zp.b: hidden by zp.a") != NULL;
    if (hidden != cases[i].hidden || problems->len != cases[i].hidden)
      fail_msg("\"%s\", then \"%s\": got %s", cases[i].earlier, cases[i].later,
               problems->len > 0 ? (char *)g_ptr_array_index(problems, 0) : "nothing");
  }
}

static void
test_unreadable_files(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    gssize length;
    const char *want;
  } cases[] = {
      {"[t.x]\ntext: zork\n", -1, "user.rules:1: the rule has no reason"},
      {"[t.x]\ntext: z\0rk\n", 16, "not UTF-8"},
      {"[t.x]\ntext: z\xffrk\n", -1, "not UTF-8"},
      {NULL, 0, "cannot read the rules"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GError) error = NULL;
    if (cases[i].text != NULL)
      assert_true(g_file_set_contents(path, cases[i].text, cases[i].length, NULL));
    else
      g_unlink(path);
    assert_null(rules_load(path, &error));
    assert_non_null(error);
    if (strstr(error->message, cases[i].want) == NULL)
      fail_msg("got \"%s\", want \"%s\"", error->message, cases[i].want);
  }
}

/* Files that were never meant to be rules, such as a mailbox. */
static void
test_large_files(void **state)
{
  (void)state;
  const gsize size = (8 << 20) + 1;
  g_autofree char *text = g_strnfill(size, '#');
  g_autoptr(GError) error = NULL;
  assert_true(g_file_set_contents(path, text, (gssize)size, NULL));
  assert_null(rules_load(path, &error));
  assert_non_null(strstr(error->message, "longer than 8388608 bytes"));
  text[size - 1] = '\0';
  g_autoptr(Rules) comment = load(NULL, "%s", text);
  assert_non_null(comment);

  g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
  for (gsize i = 1; i < size - 1; i += 2)
    text[i] = '\n';
  text[0] = 'x';
  for (gsize i = 2; i < 2000; i += 2)
    text[i] = 'x';
  g_autoptr(Rules) rules = load(problems, "%s", text);
  rules_check(rules, problems);
  check_int("problems", problems->len, 100);
  assert_true(
      g_str_has_suffix(g_ptr_array_index(problems, 99),
                       "user.rules:100: neither a section nor \"key: value\" nor a comment"));
}

static void
test_known(void **state)
{
  (void)state;
  g_autoptr(Rules) shipped = rules_load(NULL, NULL);
  g_autoptr(Rules) rules = load(NULL, "[provider zp]\nname: Z\nmta: zp.test\n\n"
                                      "[t.x]\nprovider: zp\ntext: zork\nreason: spam\n");
  assert_true(rules_knows(rules, "t.x"));
  assert_false(rules_knows(shipped, "t.x"));
  assert_true(rules_knows_provider(rules, "zp"));
  assert_false(rules_knows_provider(shipped, "zp"));
  const Rules *both[] = {rules, shipped};
  for (size_t i = 0; i < G_N_ELEMENTS(both); i++) {
    for (guint j = 0; j < rules_count(both[i]); j++)
      assert_true(rules_knows(both[i], rules_nth(both[i], j)->id));
    assert_true(rules_knows_provider(both[i], "gmail"));
    assert_false(rules_knows(both[i], "provider gmail"));
    assert_false(rules_knows(both[i], ""));
    assert_false(rules_knows_provider(both[i], ""));
    assert_false(rules_knows_provider(both[i], "undefined"));
  }
}

/* The user's book and the shipped one know each other's providers, and the user's comes first. */
static void
test_both_books(void **state)
{
  (void)state;
  static const char shipped_text[] = "receiving mail too quickly";
  const RuleInput full = {.provider = "gmail", .text = shipped_text};
  const RuleInput zork = {.provider = "gmail", .text = "zork, receiving mail too quickly"};
  const RuleInput other = {.provider = "yahoo", .text = "zork"};
  const RuleInput host = {.remote_mta = "mx.zork.test"};
  g_autoptr(Rules) shipped = rules_load(NULL, NULL);
  assert_null(rules_provider(shipped, &host, NULL));

  g_autoptr(Rules) asking = load(NULL, "[t.x]\nprovider: gmail\ntext: zork\nreason: spam\n");
  assert_true(decides(asking, RULES_TEXT, &zork, "t.x"));
  assert_false(decides(asking, RULES_TEXT, &other, "t.x"));
  assert_true(decides(asking, RULES_TEXT, &full, "gmail.user-receives-too-fast"));
  check_string("provider", rules_find(asking, "t.x")->provider, "gmail");
  check_string("name", rules_find_provider(asking, "gmail")->name, "Gmail");

  g_autoptr(Rules) own = load(NULL, "[provider gmail]\nname: Zork\nmta: zork.test\n\n"
                                    "[undefined]\nreason: spam\n");
  check_string("provider", rules_provider(own, &host, NULL)->name, "Zork");
  assert_true(decides(own, RULES_TEXT, &full, "gmail.user-receives-too-fast"));
  assert_int_equal(rules_undefined(own)->reason, REASON_SPAM);
  assert_int_equal(rules_count(own), rules_count(shipped) + 1);
  check_string("last", rules_nth(own, rules_count(own) - 1)->id, "undefined");
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_patterns),         cmocka_unit_test(test_filter_loses_nothing),
      cmocka_unit_test(test_conditions),       cmocka_unit_test(test_delay_never_expired),
      cmocka_unit_test(test_matched),          cmocka_unit_test(test_providers),
      cmocka_unit_test(test_strings),          cmocka_unit_test(test_problems),
      cmocka_unit_test(test_large_files),      cmocka_unit_test(test_shadows),
      cmocka_unit_test(test_unreadable_files), cmocka_unit_test(test_known),
      cmocka_unit_test(test_both_books),
  };
  return cmocka_run_group_tests_name("rules", tests, set_up_rules, tear_down_rules);
}
