#include "config.h"

#include "lib/check.h"

#include "base/fold.h"

static void
test_fold(void **state)
{
  (void)state;
  static const struct {
    const char *text, *want;
  } cases[] = {
      {"", ""},
      {" \t\r\n ", ""},
      {"  User  unknown\r\n\tin  virtual ", "user unknown in virtual"},
      {"a\u00a0b\u3000c\u2003d\xc2\x85"
       "e",
       "a b c d e"},
      {"in\u200bva\u00adlid\ufeff", "invalid"},
      {"\u200b", ""},
      {"a \u200b b", "a b"},
      {"\u2018quoted\u2019 \u201cquoted\u201d \u00abquoted\u00bb",
       "'quoted' \"quoted\" \"quoted\""},
      {"doesn\u2019t \u2013 not\u2014here \u2212 5", "doesn't - not-here - 5"},
      {"and so on\u2026", "and so on..."},
      {"\uff35\uff33\uff25\uff32\uff01\uff15\uff15\uff10", "user!550"},
      {"收件人不存在，请核对。", "收件人不存在,请核对."},
      {"ПОЧТОВЫЙ Ящик", "почтовый ящик"},
      {"ÉTÉ ÄÖÜ ß", "été äöü ß"},
      {"ΆΓΝΩΣΤΟΣ", "άγνωστοσ"},
      {"İstanbul", "istanbul"},
      {"KULLANICI kullanıcı", "kullanici kullanici"},
      {"Учётная Ёлка", "учетная елка"},
      {"إيقافٌ، لاحقًا؟", "ایقاف, لاحقا?"},
      {"डोमेन नहीं मिला।", "डोमेन नहीं मिला."},
      {"already folded", "already folded"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *got = fold(cases[i].text);
    check_string(cases[i].text, got, cases[i].want);
    g_autofree char *again = fold(got);
    check_string("folded twice", again, got);
  }
}

static void
test_lines(void **state)
{
  (void)state;
  static const struct {
    const char *text, *want;
  } cases[] = {
      {"", ""},
      {" ", ""},
      {"One\nTwo ", "one two"},
      {"One\n\nTwo", "one\ntwo"},
      {"One:\r\n  Two\r\n", "one:\ntwo"},
      {"  One   Two", "one\ntwo"},
      {"One \xc2\xa0 Two", "one two"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *got = fold_lines(cases[i].text);
    check_string(cases[i].text, got, cases[i].want);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_fold),
      cmocka_unit_test(test_lines),
  };
  return cmocka_run_group_tests_name("fold", tests, NULL, NULL);
}
