#include "config.h"

#include "lib/check.h"

#include "base/lines.h"

static void
test_has_any(void **state)
{
  (void)state;
  static const struct {
    const char *text, *words[4];
    size_t length;
    bool want;
  } cases[] = {
      {"user unknown", {"mailbox", "unknown"}, SIZE_MAX, true},
      {"User UNKNOWN", {"mailbox", "unknown"}, SIZE_MAX, true},
      {"user unknown", {"Mailbox", "Unknown"}, SIZE_MAX, true},
      {"user unknown", {"unknown"}, 11, false}, /* cut */
      {"user unknown", {"unknown"}, 12, true},
      {"user", {"users"}, SIZE_MAX, false},
      {"nown unk", {"unknown"}, SIZE_MAX, false},
      {"unkunown", {"unknown"}, SIZE_MAX, false},
      {"x", {"y", "x"}, SIZE_MAX, true},
      {"", {"y", "xy"}, SIZE_MAX, false},
      {"ok", {NULL}, SIZE_MAX, false},
      {"[data] za\xc3\xbcrich", {"\xc3\xbcr"}, SIZE_MAX, true},
      {"@`{[", {"`@"}, SIZE_MAX, false}, /* the same octets, but for the case bit */
      {"a\nb", {"a\nb"}, SIZE_MAX, true},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
    check_int(cases[i].text, line_has_any(cases[i].text, cases[i].length, cases[i].words),
              cases[i].want);
}

/* Every part of a text may be in it, in any case, and little of what is not there. */
static void
test_may_have(void **state)
{
  (void)state;
  static const char text[] = "550 5.1.1 <ann@Example.org>: Recipient address rejected: "
                             "User unknown in local recipient table (in reply to RCPT TO command)";
  static const char *const absent[] = {"mailbox full", "quota", "blacklisted",     "over limit",
                                       "greylisted",   "spam",  "try again later", "virus"};
  const LinePairs pairs = line_pairs(text, SIZE_MAX);
  for (size_t from = 0; from < strlen(text); from++)
    for (size_t n = 0; n < 20; n++) {
      g_autofree char *part = g_strndup(text + from, n);
      g_autofree char *upper = g_ascii_strup(part, -1);
      check_int(part, line_may_have(&pairs, part), true);
      check_int(upper, line_may_have(&pairs, upper), true);
    }
  for (size_t i = 0; i < G_N_ELEMENTS(absent); i++)
    check_int(absent[i], line_may_have(&pairs, absent[i]), false);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_has_any),
      cmocka_unit_test(test_may_have),
  };
  return cmocka_run_group_tests_name("lines", tests, NULL, NULL);
}
