#include "config.h"

#include "lib/check.h"

#include "base/json.h"

static void
test_nesting(void **state)
{
  (void)state;
  Json json = json_new();
  json_open(&json, NULL, '{');
  json_text(&json, "a", "b");
  json_open(&json, "list", '[');
  json_open(&json, NULL, '{');
  json_close(&json, '}');
  json_int(&json, NULL, -5);
  json_close(&json, ']');
  json_text(&json, "empty", "");
  json_text(&json, "absent", NULL);
  json_close(&json, '}');
  g_autofree char *got = json_finish(&json);
  check_string("nested", got, "{\"a\":\"b\",\"list\":[{},-5],\"empty\":null,\"absent\":null}");
}

static void
test_strings(void **state)
{
  (void)state;
  static const struct {
    const char *text, *want;
  } cases[] = {
      {"plain", "\"plain\""},
      {"\"\\", "\"\\\"\\\\\""},
      {"a\n\tb", "\"a\\n\\tb\""},
      {"\033[0m\177", "\"\\u001b[0m\\u007f\""},
      {"\302\233\342\200\256", "\"\\u009b\\u202e\""},
      {"\346\224\266\360\237\223\253", "\"\346\224\266\360\237\223\253\""},
      {"bad\377", "\"bad\357\277\275\""},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    Json json = json_new();
    json_text(&json, NULL, cases[i].text);
    g_autofree char *got = json_finish(&json);
    check_string(cases[i].text, got, cases[i].want);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_nesting),
      cmocka_unit_test(test_strings),
  };
  return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
