#include "config.h"

#include "lib/check.h"

#include "base/columns.h"

static void
test_width(void **state)
{
  (void)state;
  check_int("ASCII", columns_width("abc", 3), 3);
  check_int("wide", columns_width("\351\202\256\347\256\261", 6), 4);
  check_int("combining", columns_width("e\314\201", 3), 1);
  check_int("nothing", columns_width("abc", 0), 0);
}

static void
test_cut(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    int max;
    const char *want;
  } cases[] = {
      {"abcdef", 6, "abcdef"},
      {"abcdefg", 6, "abc..."},
      {"\351\202\256\347\256\261\351\202\256", 6, "\351\202\256\347\256\261\351\202\256"},
      {"\351\202\256\347\256\261\351\202\256", 5, "\351\202\256..."},
      {"abcdef", 3, "..."},
      {"", 3, ""},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *got = columns_cut(cases[i].text, cases[i].max);
    check_string(cases[i].text, got, cases[i].want);
  }
}

static void
test_wrap(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    int indent, width;
    const char *want;
  } cases[] = {
      {"one two three", 0, 8, "one two\nthree\n"},
      {"one two three", 2, 10, "one two\n  three\n"},
      {"a-word-that-is-too-long ok", 0, 8, "a-word-that-is-too-long\nok\n"},
      {"  blanks   in  it ", 0, 80, "blanks in it\n"},
      /* between any two characters, but not before an ideographic full stop (U+3002) */
      {"\351\202\256\347\256\261\351\202\256\343\200\202", 0, 6,
       "\351\202\256\347\256\261\n\351\202\256\343\200\202\n"},
      {"", 4, 80, "\n"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GString) out = g_string_new(NULL);
    columns_wrap(out, cases[i].text, cases[i].indent, cases[i].width);
    check_string(cases[i].text, out->str, cases[i].want);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_width), cmocka_unit_test(test_cut),
                                     cmocka_unit_test(test_wrap)};
  return cmocka_run_group_tests_name("columns", tests, NULL, NULL);
}
