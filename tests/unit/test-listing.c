#include "config.h"

#include "lib/check.h"

#include "readers/listing.h"

static void
test_is(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    bool want;
  } cases[] = {
      {"Nov 20 08:12:55 mx postfix/qmgr[7]: 4FA12C0031: removed\n", true},
      {"2026-11-20T08:13:01.123456+00:00 mx smtpd[9]: reject\n", true},
      {"2026-11-20 08:11:02 1t5AbC-0004xY-2a ** ann@example.org\n", true},
      {"2026-11-20 08:11:02 is when it was sent\n", false},
      {"to=<ann@example.org>, status=bounced (host said: 550)\n", true},
      {"4FA12C0031*    1811 Fri Nov 20 08:11:02  news@news.example\n", true},
      {"recipients     1811 Fri news@news.example\n", false},
      {" 25m  2.9K 1t5AbC-0004xY-2a <news@news.example>\n", true},
      {"  12  ann@example.org  550 unknown\n   3  bob@example.org  552 full\n", true},
      {"  12  ann@example.org  550 unknown\n", false},
      {"550 ann@example.org unknown\n550 bob@example.org unknown\n", false},
      {"From: a@example.com  Subject: x\nFrom: b@example.com  Subject: y\n", true},
      {"From: a@example.com  Subject: x\n", false},
      {"<ann@example.org>: host mx.example.org said: 550 5.1.1 unknown\n", false},
      {"5\n12", false},
      {"", false},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
    if (listing_is(cases[i].text) != cases[i].want)
      fail_msg("%s", cases[i].text);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_is),
  };
  return cmocka_run_group_tests_name("listing", tests, NULL, NULL);
}
