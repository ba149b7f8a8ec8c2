#include "config.h"

#include "lib/check.h"

#include "mail/status.h"

static void
test_parse(void **state)
{
  (void)state;
  static const struct {
    const char *text, *want;
  } cases[] = {
      {"5.1.1", "5.1.1"},
      {"4.4.7 (comment)", "4.4.7"},
      {"5.1.1:", "5.1.1"},
      {"2.0.0 OK", "2.0.0"},
      {"5.7.606,", "5.7.606"},
      {"5.1.1.", "5.1.1"},
      {"3.1.1", ""},
      {"5.1", ""},
      {"5.1.", ""},
      {"5..1", ""},
      {"5.1.1.2", ""},
      {"5.7.15.7.1", "5.7.1"},
      {"5.7.5155.7.515 the", "5.7.515"},
      {"5.7.15.7.2", ""},
      {"5.1.15.1.15.1.1", ""},
      {"5.7.15.7.1x", ""},
      {"5.1.1234", ""},
      {"5.1.1x", ""},
      {"", ""},
      {"55.1.1", ""},
      {"5.999.999", "5.999.999"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    Status status = {0};
    char buffer[STATUS_BUFFER];
    status_parse(cases[i].text, strlen(cases[i].text), &status);
    check_string(cases[i].text, status_format(status, buffer), cases[i].want);
  }
}

static void
test_find(void **state)
{
  (void)state;
  static const struct {
    const char *text, *want;
  } cases[] = {
      {"550 5.1.1 no such user", "5.1.1"},
      {"sorry (#5.1.1)", "5.1.1"},
      {"host 10.5.1.1 said no", ""},
      {"from 5.1.1.9 4.7.0 wait", "4.7.0"},
      {"version 15.1.1", ""},
      {"nothing", ""},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    Status status = {0};
    char buffer[STATUS_BUFFER];
    status_find(cases[i].text, &status);
    check_string(cases[i].text, status_format(status, buffer), cases[i].want);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_parse),
      cmocka_unit_test(test_find),
  };
  return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
