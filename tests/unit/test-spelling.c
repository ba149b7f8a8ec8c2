#include "config.h"

#include "lib/check.h"

#include <string.h>

#include "judge/spelling.h"

static void
test_correct(void **state)
{
  (void)state;
  static const struct {
    const char *text, *want; /* NULL = nothing changes */
  } cases[] = {
      {"", NULL},
      {"user unknown", NULL},
      {"usr unk", "user unknown"},
      {"user_unknown", "user unknown"},
      {"cname_lookup_failed_temporarily._(#4.4.3)/", "cname lookup failed temporarily._(#4.4.3)/"},
      {"ns_1 _dmarc a_", NULL},
      {"mbx doesnt exist", "mailbox does not exist"},
      {"rcpt: recipent unkown.", "recipient: recipient unknown."},
      {"<rcpt>", "<recipient>"},
      {"too many rcpts, msg refused", "too many recipients, message refused"},
      {"can't (can not) wont", "cannot (cannot) will not"},
      /* the longest one, wherever the words begin */
      {"rcpt to first, then rcpt", "rcpt to first, then recipient"},
      {"black listed by a black list", "blacklisted by a blacklist"},
      {"mail box", "mailbox"},
      /* not in words, hosts, addresses and identifiers */
      {"msgid connect dbs xdb", NULL},
      {"msg.example msg@example.org block-msg msg_1 a/msg id=msg", NULL},
      {"NOUSR USR", NULL},
      {"postfach-msg für msgü", NULL},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *got = spelling_correct(cases[i].text);
    check_string(cases[i].text, got, cases[i].want);
  }
}

/* What a stranger repeats costs no more than its length. */
static void
test_long(void **state)
{
  (void)state;
  static const char *const pieces[] = {"mail ", "black list ", "rcpt to", "a", "msg ", "\"", "no-"};
  for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
    g_autoptr(GString) text = g_string_new(NULL);
    while (text->len < 100000)
      g_string_append(text, pieces[i]);
    g_autofree char *got = spelling_correct(text->str);
    assert_true(got == NULL || strlen(got) <= 3 * text->len);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_correct),
      cmocka_unit_test(test_long),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
