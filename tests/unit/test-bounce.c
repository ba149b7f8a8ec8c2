#include "config.h"

#include "lib/check.h"

#include "mail/bounce.h"

/* What is stored is valid UTF-8 within its limit, on one line, and nothing that a terminal obeys.
 */
static void
test_set(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    size_t max;
    const char *want;
  } cases[] = {
      {"plain", 10, "plain"},
      {" \t outer blanks \n", 40, "outer blanks"},
      {"two\nlines\r\n\x1b[1m \x7f", 40, "two lines   [1m"},
      {"C1: \302\233"
       "31m\302\205 \302\240",
       40, "C1:  31m  \302\240"},
      {"bad \377\376", 40, "bad \357\277\275\357\277\275"},
      {"cut \303\251\303\251", 6, "cut \303\251"},
      {"cut \303\251\303\251", 7, "cut \303\251"},
      {"cut \342\202\254", 6, "cut"},
      {"", 10, NULL},
      {"\n\302\200", 10, NULL},
      {NULL, 10, NULL},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *field = g_strdup("old");
    bounce_set(&field, cases[i].text, cases[i].max);
    check_string(cases[i].text != NULL ? cases[i].text : "NULL", field, cases[i].want);
    assert_true(field == NULL || !bounce_has_controls(field));
  }
}

static void
test_has_controls(void **state)
{
  (void)state;
  assert_false(bounce_has_controls("a \303\251 \302\240"));
  assert_true(bounce_has_controls("a\n"));
  assert_true(bounce_has_controls("\302\237"));
  assert_true(bounce_has_controls("a\x7f"));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_set),
      cmocka_unit_test(test_has_controls),
  };
  return cmocka_run_group_tests_name("bounce", tests, NULL, NULL);
}
