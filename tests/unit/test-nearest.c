#include "config.h"

#include "lib/check.h"

#include "base/nearest.h"

static void
test_distance(void **state)
{
  (void)state;
  static const struct {
    const char *word, *name;
    int want;
  } cases[] = {
      {"list", "list", 0},     {"LIST", "list", 0},  {"lst", "list", 1},     {"lsit", "list", 1},
      {"exprot", "export", 1}, {"lists", "list", 1}, {"chekcs", "check", 2}, {"show", "list", 3},
      {"", "db", 2},           {"", "list", 3},      {"expl", "explain", 3}, {"\xff", "db", 2},
      {"ba", "ab", 1},         {"a", "a", 0},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    check_int(cases[i].word, nearest_distance(cases[i].word, cases[i].name), cases[i].want);
    check_int(cases[i].name, nearest_distance(cases[i].name, cases[i].word), cases[i].want);
  }
  g_autofree char *longest = g_strnfill(100000, 'x');
  check_int("a long word", nearest_distance(longest, "list"), 3);
}

static void
test_hint(void **state)
{
  (void)state;
  static const char *const names[] = {"list", "show", "export", "user_unknown", "host_unknown",
                                      "spf",  "spam", "--list", "--now",        NULL};
  static const struct {
    const char *word, *want;
  } cases[] = {
      {"lst", "; did you mean list?"},
      {"Exprot", "; did you mean export?"},
      {"unknown", "; did you mean user_unknown or host_unknown?"},
      {"unknwon", ""},
      {"zzz", ""},
      {"--lsit", "; did you mean --list?"},
      {"--foo", ""},
      {"sp", ""},
      {"", ""},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *got = nearest_hint(cases[i].word, names);
    check_string(cases[i].word, got, cases[i].want);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_distance), cmocka_unit_test(test_hint)};
  return cmocka_run_group_tests_name("nearest", tests, NULL, NULL);
}
