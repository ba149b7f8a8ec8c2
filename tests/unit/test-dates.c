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
      {"now", NOW},
      {"today", 1767225600},
      {"Yesterday", 1767139200},
      {"tomorrow", -1},
      {"1m", 1764590400},
      {"1y", 1735732800},
      {"7D", -1},
      {"100001d", -1},
      {"20260101", 1767225600},
      {"20260230", -1},
      {"2026-01-01T12:00", NOW},
      {"2026-01-01 12:00", NOW},
      {"2026-01-01T12:00:01", NOW + 1},
      {"2026-01-01T12:00Z", NOW},
      {"2026-01-01T12:00+01:00", NOW - 3600},
      {"2026-01-01T12:00:30-08", NOW + 8 * 3600 + 30},
      {"2026-01-01T", -1},
      {"2026-01-01T12", -1},
      {"2026-01-01T25:00", -1},
      {"2026-01-01T12:00x", -1},
      {"2026-01-01Z", -1},
      {"2026-W01-1T12:00", -1},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    gint64 got = -1;
    bool ok = date_parse(cases[i].text, NOW, &got);
    check_int(cases[i].text, ok ? got : -1, cases[i].want);
  }
}

static void
test_parse_end(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    gint64 want;
  } cases[] = {
      {"2026-01-01", 1767311999}, {"today", 1767311999},
      {"yesterday", 1767225599},  {"now", NOW},
      {"1d", NOW - 86400},        {"2026-01-01T12:00", NOW},
      {"1767268800", NOW},        {"2026-13-01", -1},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    gint64 got = -1;
    bool ok = date_parse_end(cases[i].text, NOW, &got);
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
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_parse), cmocka_unit_test(test_parse_end),
                                     cmocka_unit_test(test_format)};
  return cmocka_run_group_tests_name("when", tests, NULL, NULL);
}
