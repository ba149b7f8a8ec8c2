#include "config.h"

#include "lib/check.h"

#include "judge/names.h"

static void
test_hide(void **state)
{
  (void)state;
  static const struct {
    const char *text, *own, *want;
  } cases[] = {
      {"", NULL, ""},
      {"user unknown", NULL, "user unknown"},
      {"<spam.ada@school.example>: no", "spam.ada@school.example", "<RECIPIENT>: no"},
      {"<spam.ada@school.example>: no", NULL, "<ADDRESS>: no"},
      {"ada@school.example:user not exist", NULL, "ADDRESS:user not exist"},
      {"\"quota ada\"@school.example is gone", NULL, "ADDRESS is gone"},
      {"postmaster@[192.0.2.1] says", NULL, "ADDRESS says"},
      {"<20260101.spam@mx.example>", NULL, "<ADDRESS>"},
      {"no mailbox for @ or a@ or @b", NULL, "no mailbox for @ or a@ or @b"},
      {"收件人ada@school.example不存在", NULL, "收件人ADDRESS不存在"},
      /* the local part, only where a name stands */
      {"user spam is unknown", "spam@school.example", "user RECIPIENT is unknown"},
      {"spam is not accepted (spam)", "spam@school.example", "spam is not accepted (RECIPIENT)"},
      {"quota.ada over quota", "quota.ada@school.example", "RECIPIENT over quota"},
      {"550 5.1.1 quota... user unknown", NULL, "550 5.1.1 ADDRESS... user unknown"},
      {"smtp;550 quota... user unknown", NULL, "smtp;550 ADDRESS... user unknown"},
      {"please wait... user unknown", NULL, "please wait... user unknown"},
      /* hosts */
      {"connect to ironport.school.example[192.0.2.8]:25: timed out", NULL,
       "connect to HOST[192.0.2.8]:25: timed out"},
      {"name service error for name=blacklist.test type=mx", NULL,
       "name service error for name=HOST type=mx"},
      {"name service error for name=spamhost", NULL, "name service error for name=HOST"},
      {"xn--e1afmkfd.xn--p1ai is down", NULL, "HOST is down"},
      {"user unknown.please check", NULL, "user unknown.please check"},
      {"it is gone.no more", NULL, "it is gone.no more"},
      {"no more at spam.no", NULL, "no more at spam.no"},
      {"host spam.no said", NULL, "host HOST said"},
      {"rfc5322.from, header.from and storedrv.deliver", NULL,
       "rfc5322.from, header.from and storedrv.deliver"},
      {"5.7.1 e.g. this", NULL, "5.7.1 e.g. this"},
      /* URLs and files */
      {"see https://spam.example/quota?a=b.", NULL, "see URL."},
      {"see help.example/full, or www.spam.example", NULL, "see URL, or URL"},
      {"mailto:spam@help.example", NULL, "URL"},
      {"/var/mail/quota: no space", NULL, "PATH: no space"},
      {"command died: \"|/usr/bin/spamc -x\"", NULL, "command died: PATH"},
      {"attachment \"user unknown.pif\" refused", NULL, "attachment QUOTE refused"},
      {"the \"user unknown\" reply", NULL, "the \"user unknown\" reply"},
      {"and/or, 1/2, /x", NULL, "and/or, 1/2, /x"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_auto(NamesKnown) known = {0};
    names_known_init(&known, &cases[i].own, 1, NULL);
    g_autofree char *got = names_hide(cases[i].text, &known, NULL);
    check_string(cases[i].text, got, cases[i].want);
  }
}

/* An address of the sender's, and its domain where the recipient has another one. */
static void
test_sender(void **state)
{
  (void)state;
  static const struct {
    const char *text, *recipient, *senders, *want, *named;
  } cases[] = {
      {"<news@list.example>: no", "ann@home.example", "news@list.example", "<SENDER>: no",
       "news@list.example"},
      {"<news@list.example>", "ann@home.example", "a@b.example News@List.Example", "<SENDER>",
       "news@list.example"},
      {"other@list.example", "ann@home.example", "news@list.example", "ADDRESS", NULL},
      {"no list.example, no mx.list.example", "ann@home.example", "news@list.example",
       "no SENDER, no HOST", "news@list.example"},
      {"list.example.org, list.example-x.net", "ann@home.example", "news@list.example",
       "HOST, HOST", NULL},
      {"there is no list.example.", "ann@home.example", "news@list.example", "there is no SENDER.",
       "news@list.example"},
      {"domain odd.bank", "ann@home.example", "news@odd.bank", "domain SENDER", "news@odd.bank"},
      /* whoever was spoken to speaks of others */
      {"host list.example said", "ann@home.example", "news@list.example", "host HOST said", NULL},
      /* what both have says nothing */
      {"list.example, news@list.example", "ann@list.example", "news@list.example", "HOST, SENDER",
       "news@list.example"},
      {"list.example, ann@list.example", "ann@list.example", "ann@list.example", "HOST, RECIPIENT",
       NULL},
      {"list.example, news@list.example", NULL, "news@list.example", "SENDER, SENDER",
       "news@list.example"},
      {"no list.example", "ann@home.example", "a@list.example b@list.example", "no SENDER",
       "a@list.example b@list.example"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_auto(NamesKnown) known = {0};
    names_known_init(&known, &cases[i].recipient, 1, cases[i].senders);
    g_autofree char *got = names_hide(cases[i].text, &known, NULL);
    check_string(cases[i].text, got, cases[i].want);
    g_autofree char *named = names_known_named(&known);
    check_string(cases[i].text, named, cases[i].named);
  }
}

/* No more than there is room for. */
static void
test_many_senders(void **state)
{
  (void)state;
  GString *senders = g_string_new("@ x a@ @b ");
  for (int i = 0; i < 20; i++)
    g_string_append_printf(senders, " s%d@list%d.example ", i, i);
  const char *const recipients[] = {"a@x.example", NULL, "b@x.example"};
  g_auto(NamesKnown) known = {0};
  names_known_init(&known, recipients, G_N_ELEMENTS(recipients), senders->str);
  assert_int_equal(known.n_recipients, 2);
  assert_int_equal(known.n, 2 + KNOWN_SENDERS_MAX);
  g_string_free(senders, TRUE);
}

/* What a stranger repeats costs no more than its length. */
static void
test_long(void **state)
{
  (void)state;
  static const char *const pieces[] = {"a@[",     "/",    "+", "\"|",  "a.",
                                       "http://", "\"\\", "@", "a@b.", "... "};
  for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
    GString *text = g_string_new(NULL);
    while (text->len < 100000)
      g_string_append(text, pieces[i]);
    g_autofree char *got = names_hide(text->str, NULL, NULL);
    assert_true(strlen(got) <= 5 * text->len);
    g_string_free(text, TRUE);
  }
}

static void
test_is_name(void **state)
{
  (void)state;
  assert_true(names_is_name("spamhaus.org/pbl"));
  assert_true(names_is_name("tosa@rx.t-online.de"));
  assert_false(names_is_name("user unknown"));
  assert_false(names_is_name("storedrv.deliver"));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_hide),         cmocka_unit_test(test_sender),
      cmocka_unit_test(test_many_senders), cmocka_unit_test(test_long),
      cmocka_unit_test(test_is_name),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
