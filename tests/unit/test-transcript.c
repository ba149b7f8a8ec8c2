/* Who said what about which recipient in a transcript. */
#include "config.h"

#include "lib/check.h"

#include "readers/transcript.h"

#define HEADING "   ----- Transcript of session follows -----\n"

static void
test_about(void **state)
{
  (void)state;
  static const struct {
    const char *name, *text, *address, *want;
  } cases[] = {
      {"the reply, not the summary",
       HEADING "<<< 552 5.2.2 full\n550 5.1.1 <ann@example.org>... User unknown\n",
       "ann@example.org", "552 5.2.2 full"},
      {"the summary, if there is no reply", HEADING "550 5.1.1 <ann@example.org>... User unknown\n",
       "ann@example.org", "550 5.1.1 <ann@example.org>... User unknown"},
      {"the reply to its command",
       HEADING ">>> RCPT To:<ann@example.org>\n<<< 552 full\n554 5.0.0 Service unavailable\n"
               ">>> RCPT To:<bob@example.org>\n<<< 550 no\n",
       "ann@example.org", "552 full"},
      {"without a summary", HEADING ">>> RCPT To:<ann@example.org>\n<<< 552 full\n",
       "ann@example.org", "552 full"},
      {"not the one of a longer address", HEADING ">>> RCPT To:<joann@example.org>\n<<< 552 full\n",
       "ann@example.org", NULL},
      {"the last host's reply",
       HEADING "... while talking to a.example.org.:\n<<< 450 busy\n<ann@example.org>... Deferred\n"
               "... while talking to b.example.org.:\n<<< 550 no\n<ann@example.org>... refused\n",
       "ann@example.org", "550 no"},
      {"but no consequence",
       HEADING "<<< 550 no\n<ann@example.org>... refused\n>>> DATA\n"
               "<<< 503 Need RCPT\n<ann@example.org>... refused\n",
       "ann@example.org", "550 no"},
      {"a list of addresses",
       HEADING "<ann@example.org>,<bob@example.org>... Deferred: Connection refused\n",
       "bob@example.org", "Deferred: Connection refused"},
      {"it ends at an empty line", HEADING "\n<<< 550 no\n<ann@example.org>... x\n",
       "ann@example.org", NULL},
      {"the queue is no cause",
       HEADING "Message could not be delivered for 5 days\n<ann@example.org>... Deferred\n",
       "ann@example.org", "<ann@example.org>... Deferred"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(Transcript) transcript = transcript_new(cases[i].text);
    check_string(cases[i].name, transcript_about(transcript, cases[i].address), cases[i].want);
  }
}

static void
test_nobody_named(void **state)
{
  (void)state;
  static const struct {
    const char *text, *first, *common;
  } cases[] = {
      {HEADING "<<< 550 no\n554 5.0.0 Service unavailable\n", "550 no", "550 no"},
      {HEADING "<<< 550 no\n554 5.0.0 x\n<<< 552 full\n554 5.0.0 x\n", "550 no", NULL},
      {HEADING "maildrop: over quota\n554 5.3.0 unknown mailer error 2\n",
       "maildrop: over quota 554 5.3.0 unknown mailer error 2", NULL},
      {HEADING "451 4.0.0 I/O error\nMessage will be deleted from queue\n", "451 4.0.0 I/O error",
       NULL},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(Transcript) transcript = transcript_new(cases[i].text);
    check_string(cases[i].text, transcript_first(transcript), cases[i].first);
    check_string(cases[i].text, transcript_common(transcript), cases[i].common);
  }
}

static void
test_deferred(void **state)
{
  (void)state;
  g_autoptr(Transcript) transcript = transcript_new(
      HEADING
      "<ann@example.org>,<bob@example.org>... Deferred: 451\n550 <kim@example.org>... no\n");
  check_int("deferred", (gint64)transcript_deferred(transcript)->len, 2);
  assert_null(transcript_new("<<< 550 no\n"));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_about),
      cmocka_unit_test(test_nobody_named),
      cmocka_unit_test(test_deferred),
  };
  return cmocka_run_group_tests_name("transcript", tests, NULL, NULL);
}
