#include "config.h"

#include "lib/check.h"

#include "judge/frames.h"

static void
test_cut(void **state)
{
  (void)state;
  static const struct {
    const char *text, *want;
  } cases[] = {
      {"", ""},
      {"mailbox is full", "mailbox is full"},
      {"this is the mail system at host mx.example. <a@b.example>: mailbox is full",
       "<a@b.example>: mailbox is full"},
      {"the following addresses had permanent fatal errors ----- <a@b.example> user unknown",
       " ----- <a@b.example> user unknown"},
      {"the following address failed: a@b.example\nmailbox is full",
       "a@b.example\nmailbox is full"},
      {"your message could not be delivered to a@b.example because it is too large",
       "a@b.example because it is too large"},
      {"host mx.example no action is required on your part. delivery attempts will continue",
       "host mx.example \n"},
      {"this is a permanent error; i've given up. sorry it didn't work out.", "i've given up. \n"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *got = frames_cut(cases[i].text);
    check_string(cases[i].text, got, cases[i].want);
  }
}

/* Cutting never takes more time than the length of the text. */
static void
test_long(void **state)
{
  (void)state;
  static const char *const pieces[] = {"the following address ",  "hi. ", "@", ". ", "\n",
                                       "this is the mail system "};
  for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
    GString *text = g_string_new(NULL);
    while (text->len < 100000)
      g_string_append(text, pieces[i]);
    g_autofree char *got = frames_cut(text->str);
    assert_true(strlen(got) <= 2 * text->len);
    g_string_free(text, TRUE);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_cut),
      cmocka_unit_test(test_long),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
