#include "config.h"

#include "lib/check.h"

#include "base/number.h"

static void
test_parse(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    guint64 min, max;
    bool ok;
    guint64 want;
  } cases[] = {
      {"0", 0, 9, true, 0},
      {"9", 0, 9, true, 9},
      {"10", 0, 9, false, 0},
      {"1", 2, 9, false, 0},
      {"007", 0, 9, true, 7},
      {"1", 0, 0, false, 0},
      {"0", 0, 0, true, 0},
      {"", 0, 9, false, 0},
      {"-1", 0, 9, false, 0},
      {"+1", 0, 9, false, 0},
      {" 1", 0, 9, false, 0},
      {"1 ", 0, 9, false, 0},
      {"0x1", 0, 9, false, 0},
      {"18446744073709551615", 0, G_MAXUINT64, true, G_MAXUINT64},
      {"18446744073709551616", 0, G_MAXUINT64, false, 0},
      {"99999999999999999999999", 0, G_MAXUINT64, false, 0},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    guint64 got = 0;
    bool ok = number_parse(cases[i].text, cases[i].min, cases[i].max, &got);
    check_int(cases[i].text, ok, cases[i].ok);
    if (ok && got != cases[i].want)
      fail_msg("%s: got %" G_GUINT64_FORMAT, cases[i].text, got);
  }
}

static void
test_read(void **state)
{
  (void)state;
  const char *text = "12M";
  guint64 got = 0;
  assert_true(number_read(&text, 100, &got));
  check_int("number", (gint64)got, 12);
  check_string("rest", text, "M");
  assert_false(number_read(&text, 100, &got));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_parse),
      cmocka_unit_test(test_read),
  };
  return cmocka_run_group_tests_name("number", tests, NULL, NULL);
}
