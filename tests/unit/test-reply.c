#include "config.h"

#include "lib/check.h"

#include "mail/reply.h"

static const struct {
  const char *diagnostic;
  int code;
  const char *status;
  Stage stage;
  const char *host, *text;
} unwrapped[] = {
    {"550 5.1.1 no such user", 550, "5.1.1", STAGE_NONE, NULL, "no such user"},
    {"smtp; 550 no such user", 550, "", STAGE_NONE, NULL, "no such user"},
    {"552 quota (200 MB) is spent", 552, "", STAGE_NONE, NULL, "quota (200 MB) is spent"},
    {"450 4.7.26 over IPv6 [2001:db8::240] it must", 450, "4.7.26", STAGE_NONE, NULL,
     "over IPv6 [2001:db8::240] it must"},
    {"550-5.1.1 no such 550 5.1.1 user", 550, "5.1.1", STAGE_NONE, NULL, "no such user"},
    {"550-5.1.1 no such 550-5.1.1 user 550 5.1.1 here", 550, "5.1.1", STAGE_NONE, NULL,
     "no such user here"},
    {"550 5.1.1 <b@c>... User unknown >>> DATA <<< 503 Bad sequence", 550, "5.1.1", STAGE_NONE,
     NULL, "<b@c>... User unknown"},
    {"192.0.2.1 does not like recipient. Remote host said: 550 5.1.1 gone Giving up on "
     "192.0.2.1.",
     550, "5.1.1", STAGE_RCPT, "192.0.2.1", "gone"},
    {"host mx.example.net[192.0.2.1] said: 550 5.1.1 gone. XY_416 [416] (in reply to RCPT TO "
     "command)",
     550, "5.1.1", STAGE_RCPT, "mx.example.net", "gone. XY_416 [416]"},
    {"while talking to mx.example.net.: >>> RCPT To:<b@c> <<< 550 XY-1", 550, "", STAGE_RCPT,
     "mx.example.net", "XY-1"},
    {"host mx.example.net[192.0.2.1] said: 450 4.1.7 <a@b>: Sender address rejected: unverified "
     "address: host mx.b[192.0.2.2] said: 550 5.1.1 User unknown (in reply to RCPT TO command)",
     450, "4.1.7", STAGE_RCPT, "mx.example.net",
     "<a@b>: Sender address rejected: unverified address: host mx.b[192.0.2.2] said: 550 5.1.1 "
     "User unknown"},
    {"550-5.7.26 failed for ip: 550-5.7.26 [192.0.2.1]. See 550 5.7.26 the help", 550, "5.7.26",
     STAGE_NONE, NULL, "failed for ip: [192.0.2.1]. See the help"},
    {"host mx.example.net[192.0.2.1] said: 450 4.2.2 box full (in reply to RCPT TO command)", 450,
     "4.2.2", STAGE_RCPT, "mx.example.net", "box full"},
    {"host mx.example.net[192.0.2.1] said: 554 RCPT TO is bad (in reply to end of DATA command)",
     554, "", STAGE_EOM, "mx.example.net", "RCPT TO is bad"},
    {"host mx.example.net[192.0.2.1] said: 552 (in reply to end of DATA command)", 552, "",
     STAGE_EOM, "mx.example.net", ""},
    {"host mx.example.net[192.0.2.1] refused to talk to me: 554 go away", 554, "", STAGE_CONNECT,
     "mx.example.net", "go away"},
    {"SMTP error from remote mail server after RCPT TO:<a@example.net>: host mx.example.net "
     "[192.0.2.1]: 550 unknown user",
     550, "", STAGE_RCPT, "mx.example.net", "unknown user"},
    {"SMTP error from remote mail server after initial connection: 421 busy", 421, "",
     STAGE_CONNECT, NULL, "busy"},
    {"Remote Server returned '550 5.1.1 RESOLVER.ADR.RecipNotFound; not found'", 550, "5.1.1",
     STAGE_NONE, NULL, "RESOLVER.ADR.RecipNotFound; not found"},
    {"Remote Server returned '554 5.0.0 < #5.1.1 smtp;550 5.1.1 <a@example.net> unknown>'", 550,
     "5.1.1", STAGE_NONE, NULL, "<a@example.net> unknown"},
    {"550 5.4.300 Message expired -> 451 4.4.0 failed. [{LED=450 4.2.2 box full};{MSG=x};"
     "{FQDN=mx.example.net};{IP=192.0.2.1}]",
     450, "4.2.2", STAGE_NONE, "mx.example.net", "box full"},
    {"Connected to 192.0.2.1 but recipient was rejected. Remote host said: 550 no such box", 550,
     "", STAGE_RCPT, "192.0.2.1", "no such box"},
    {"192.0.2.1 does not like recipient. Remote host said: 550 no such box", 550, "", STAGE_RCPT,
     "192.0.2.1", "no such box"},
    {"Remote host said: 552 5.2.2 box full [RCPT_TO]", 552, "5.2.2", STAGE_RCPT, NULL, "box full"},
    {"554 5.7.1 relay.example.org refused it: 550 spam seen", 550, "", STAGE_NONE,
     "relay.example.org", "spam seen"},
    {"<<< 550 5.7.1 no relaying", 550, "5.7.1", STAGE_NONE, NULL, "no relaying"},
    {"5.1.1 unknown user", 0, "5.1.1", STAGE_NONE, NULL, "unknown user"},
    {"Sorry, no mailbox here by that name. (#5.1.1)", 0, "5.1.1", STAGE_NONE, NULL,
     "Sorry, no mailbox here by that name. (#5.1.1)"},
    {"554 sorry, no mailbox (#5.1.1)", 554, "5.1.1", STAGE_NONE, NULL,
     "sorry, no mailbox (#5.1.1)"},
    {"box unavailable [SMTP Error Code 550]", 550, "", STAGE_NONE, NULL, "box unavailable"},
    {"the mta server of example.net (mx.example.net, 192.0.2.1) reply: no such user", 0, "",
     STAGE_NONE, "mx.example.net", "no such user"},
    {"message size 523 exceeds limit 500 of host", 0, "", STAGE_NONE, NULL,
     "message size 523 exceeds limit 500 of host"},
    {"550 refused (error code: 554 see https://help.example/)", 550, "", STAGE_NONE, NULL,
     "refused (error code: 554 see https://help.example/)"},
    {"550: 5.1.1 <a@example.net>: unknown", 550, "5.1.1", STAGE_NONE, NULL,
     "<a@example.net>: unknown"},
    {"Error, ERROR_CODE :421, host not reachable", 421, "", STAGE_NONE, NULL, "host not reachable"},
    {"550 refused with error 421 inside, status 450", 550, "", STAGE_NONE, NULL,
     "refused with error 421 inside, status 450"},
    {"mailbox id: 550 is gone", 0, "", STAGE_NONE, NULL, "mailbox id: 550 is gone"},
    {"unknown user", 0, "", STAGE_NONE, NULL, "unknown user"},
    {"550", 550, "", STAGE_NONE, NULL, ""},
    {"550 ", 550, "", STAGE_NONE, NULL, ""},
    {"", 0, "", STAGE_NONE, NULL, ""},
    {NULL, 0, "", STAGE_NONE, NULL, ""},
};

static void
test_unwrap(void **state)
{
  (void)state;
  for (size_t i = 0; i < G_N_ELEMENTS(unwrapped); i++) {
    g_auto(Reply) reply = {0};
    char status[STATUS_BUFFER];
    reply_unwrap(unwrapped[i].diagnostic, &reply);
    check_int(unwrapped[i].diagnostic, reply.code, unwrapped[i].code);
    check_string(unwrapped[i].diagnostic, status_format(reply.status, status), unwrapped[i].status);
    check_string(unwrapped[i].diagnostic, stage_name(reply.stage), stage_name(unwrapped[i].stage));
    check_string(unwrapped[i].diagnostic, reply.host, unwrapped[i].host);
    check_string(unwrapped[i].diagnostic, reply.text, unwrapped[i].text);
  }
}

static void
test_code_at(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    int want;
  } cases[] = {{"550 no", 550}, {"550-no", 550}, {"550", 550}, {"550.", 550}, {"55", 0},
               {"5500", 0},     {"150 x", 0},    {"650 x", 0}, {"5a0", 0},    {"550.1", 0},
               {"599", 0},      {"554:", 554},   {"", 0}};
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
    check_int(cases[i].text, reply_code_at(cases[i].text), cases[i].want);
}

static void
test_plain(void **state)
{
  (void)state;
  static const struct {
    const char *text, *want;
  } cases[] = {
      {"552-5.2.2 Full. Please 552 5.2.2 wait", "552 5.2.2 Full. Please wait"},
      {"550-no 550-such 550 user", "550 no such user"},
      {"host x said: 550-5.1.1 a 550-5.1.1 b 550 5.1.1 c", "host x said: 550 5.1.1 a b c"},
      {"550 5.1.1 more than 550 messages", "550 5.1.1 more than 550 messages"},
      {"550 more than 550 messages", "550 more than 550 messages"},
      {"550 5.1.1 gone 554 5.7.1 too", "550 5.1.1 gone 554 5.7.1 too"},
      {"no code at all", "no code at all"},
      {"550", "550"},
      {"550-", "550 "},
      {"", ""},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *got = reply_plain(cases[i].text);
    check_string(cases[i].text, got, cases[i].want);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_unwrap),
      cmocka_unit_test(test_code_at),
      cmocka_unit_test(test_plain),
  };
  return cmocka_run_group_tests_name("reply", tests, NULL, NULL);
}
