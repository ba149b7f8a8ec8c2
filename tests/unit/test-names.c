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
    g_autofree char *got = names_hide(cases[i].text, &cases[i].own, 1, NULL);
    check_string(cases[i].text, got, cases[i].want);
  }
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
    g_autofree char *got = names_hide(text->str, NULL, 0, NULL);
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
      cmocka_unit_test(test_hide),
      cmocka_unit_test(test_long),
      cmocka_unit_test(test_is_name),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
