#include "config.h"

#include "lib/check.h"

#include "readers/returned.h"

static void
test_find(void **state)
{
  (void)state;
  static const struct {
    const char *text, *want;
  } cases[] = {
      {"No.\n\nReceived: x\nFrom: y\nTo: z\n", "Received: x"},
      {"No.\n\n----- Original message -----\n\nWhatever\n", "Whatever"},
      {"No.\n\n--- copy of the message ---\nFrom: y\nTo: z\n", "From: y"},
      {"No.\n\n> Received: x\n> From: y\n> To: z\n", "> Received: x"},
      {"Your message\n\n  To: a\n  Subject: b\n\nfailed.\n", NULL},
      {"Your message\nTo: a\nSubject: b\nfailed.\n", NULL},
      {"------ Transcript of session follows ------\n550 no\n", NULL},
      {"--boundary\nContent-Type: text/plain\n\nNo.\n", NULL},
      {"", NULL},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    const char *got = returned_find(cases[i].text);
    g_autofree char *line = got != NULL ? g_strndup(got, strcspn(got, "\n")) : NULL;
    check_string(cases[i].text, line, cases[i].want);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_find),
  };
  return cmocka_run_group_tests_name("returned", tests, NULL, NULL);
}
