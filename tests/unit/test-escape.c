#include "config.h"

#include "lib/check.h"

#include "base/escape.h"

static void
test_terminal(void **state)
{
  (void)state;
  static const struct {
    const char *text, *want;
  } cases[] = {
      {"plain text", "plain text"},     {"caf\303\251", "caf\303\251"},
      {"\033[31mred", "\\x1b[31mred"},  {"two\nlines\t", "two\\x0alines\\x09"},
      {"back\\slash", "back\\\\slash"}, {"\177", "\\x7f"},
      {"\302\233C1", "\\xc2\\x9bC1"},   {"a\342\200\256b", "a\\xe2\\x80\\xaeb"},
      {"bad\377\303", "bad\\xff\\xc3"}, {"", ""},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *got = escape_terminal(cases[i].text);
    check_string(cases[i].text, got, cases[i].want);
  }
}

static void
test_visible(void **state)
{
  (void)state;
  static const struct {
    const char *text, *want;
  } cases[] = {
      {"plain", "plain"},
      {"back\\slash", "back\\slash"},
      {"caf\303\251", "caf\303\251"},
      {"\302\23331mC1", "\\xc2\\x9b31mC1"},
      {"a\342\200\256b\377", "a\\xe2\\x80\\xaeb\\xff"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *got = escape_visible(cases[i].text);
    check_string(cases[i].text, got, cases[i].want);
  }
}

static void
test_csv(void **state)
{
  (void)state;
  static const struct {
    const char *text, *want;
  } cases[] = {
      {"plain", "\"plain\""},
      {"a \"b\", c", "\"a \"\"b\"\", c\""},
      {"=cmd()", "\"'=cmd()\""},
      {"+1", "\"'+1\""},
      {"-1", "\"'-1\""},
      {"@x", "\"'@x\""},
      {"\tx", "\"'\tx\""},
      {"two\nlines", "\"two\nlines\""},
      {"", "\"\""},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GString) got = g_string_new(NULL);
    escape_csv(got, cases[i].text, ESCAPE_CSV_TEXT);
    check_string(cases[i].text, got->str, cases[i].want);
  }
}

/* Legal addresses may begin with + or -. Those that begin with = or @ are attacks on spreadsheets.
 */
static void
test_csv_address(void **state)
{
  (void)state;
  static const struct {
    const char *text, *want;
  } cases[] = {
      {"+x@y.example", "\"+x@y.example\""},
      {"-x@y.example", "\"-x@y.example\""},
      {"=x@y.example", "\"'=x@y.example\""},
      {"@SUM(A1)", "\"'@SUM(A1)\""},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GString) got = g_string_new(NULL);
    escape_csv(got, cases[i].text, ESCAPE_CSV_ADDRESS);
    check_string(cases[i].text, got->str, cases[i].want);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_terminal),
      cmocka_unit_test(test_visible),
      cmocka_unit_test(test_csv),
      cmocka_unit_test(test_csv_address),
  };
  return cmocka_run_group_tests_name("escape", tests, NULL, NULL);
}
