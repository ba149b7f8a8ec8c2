#include "config.h"

#include "lib/check.h"

#include "base/json-read.h"

static void
collect(const char *path, const char *value, void *data)
{
  g_string_append_printf(data, "%s=%s\n", path, value);
}

static void
test_walk(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    bool ok;
    const char *want;
  } cases[] = {
      {"{\"a\":1,\"b\":{\"c\":\"d\"}}", true, "a=1\nb.c=d\n"},
      {" [ \"x\" , true ,null, -1.5e3 ] rest", true, "[0]=x\n[1]=true\n[2]=null\n[3]=-1.5e3\n"},
      {"{\"r\":[{\"s\":\"1\"},{\"s\":\"2\"}],\"t\":\"3\"}", true, "r[0].s=1\nr[1].s=2\nt=3\n"},
      {"{\"a\":\"\\\"\\\\\\/\\n\\u00e9\\ud83d\\udceb\"}", true,
       "a=\"\\/\n\303\251\360\237\223\253\n"},
      {"{\"a\":\"\\u0000\\ud800x\"}", true, "a=\357\277\275\357\277\275x\n"},
      {"{\"a\":\"fol!\n ded\nhere\"}", true, "a=foldedhere\n"},
      {"{}", true, ""},
      {"[]", true, ""},
      {"", false, ""},
      {"x", false, ""},
      {"{\"a\":1", false, "a=1\n"},
      {"{\"a\"1}", false, ""},
      {"{\"a\":\"open", false, ""},
      {"{\"a\":\"\\q\"}", false, ""},
      {"{\"a\":\"\\u12\"}", false, ""},
      {"{a:1}", false, ""},
      {"[1,,2]", false, "[0]=1\n"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GString) got = g_string_new(NULL);
    bool ok = json_read(cases[i].text, collect, got);
    check_int(cases[i].text, ok, cases[i].ok);
    check_string(cases[i].text, got->str, cases[i].want);
  }
}

/* A long key is cut, but never within a character. */
static void
test_long_key(void **state)
{
  (void)state;
  g_autoptr(GString) text = g_string_new("{\"x");
  g_autoptr(GString) got = g_string_new(NULL);
  for (int i = 0; i < 100; i++)
    g_string_append(text, "\303\251");
  g_string_append(text, "\":1}");
  assert_true(json_read(text->str, collect, got));
  assert_true(g_utf8_validate(got->str, -1, NULL));
  check_int("1 + 63 * 2 octets, and =1", (int)got->len, 127 + 3);
}

static void
test_depth(void **state)
{
  (void)state;
  g_autofree char *deep = g_strnfill(100000, '[');
  g_autoptr(GString) got = g_string_new(NULL);
  assert_false(json_read(deep, collect, got));
  check_string("nothing visited", got->str, "");
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_walk),
      cmocka_unit_test(test_long_key),
      cmocka_unit_test(test_depth),
  };
  return cmocka_run_group_tests_name("json-walk", tests, NULL, NULL);
}
