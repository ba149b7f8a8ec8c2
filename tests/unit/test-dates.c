#include "config.h"

#include "lib/check.h"

#include "base/dates.h"

enum { NOW = 1767268800 }; /* 2026-01-01 12:00 UTC */

static void
test_parse(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    gint64 want; /* -1 = refused */
  } cases[] = {
      {"0", 0},
      {"1767268800", 1767268800},
      {"2026-01-01", 1767225600},
      {"2024-02-29", 1709164800},
      {"12h", NOW - 12 * 3600},
      {"7d", NOW - 7 * 86400},
      {"2w", NOW - 14 * 86400},
      {"2026-02-30", -1},
      {"2026-13-01", -1},
      {"2026-1-1", -1},
      {"2026-01-011", -1},
      {"7", 7},
      {"7x", -1},
      {"-7d", -1},
      {"+7", -1},
      {" 7", -1},
      {"d", -1},
      {"", -1},
      {"99999999999d", -1},
      {"99999999999999999999", -1},
      {"yesterday", -1},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    gint64 got = -1;
    bool ok = date_parse(cases[i].text, NOW, &got);
    check_int(cases[i].text, ok ? got : -1, cases[i].want);
  }
}

static void
test_format(void **state)
{
  (void)state;
  char buffer[DATE_BUFFER];
  check_string("minute", date_minute(NOW, buffer), "2026-01-01 12:00");
  check_string("day", date_day(NOW, buffer), "2026-01-01");
  check_string("before 1970", date_day(-1, buffer), "1969-12-31");
  check_string("after 2038", date_rfc3339(4102444799, buffer), "2099-12-31T23:59:59Z");
  check_string("after 2038", date_rfc2822(4102444799, buffer), "Thu, 31 Dec 2099 23:59:59 +0000");
  check_string("no year of ours", date_minute(G_MAXINT64, buffer), "");
}

int
main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_parse), cmocka_unit_test(test_format)};
  return cmocka_run_group_tests_name("when", tests, NULL, NULL);
}
