/* Which addresses a returned message was sent to, by its header. */
#include "config.h"

#include "lib/check.h"

#include "mail/fields.h"
#include "readers/nameless.h"
#include "readers/parties.h"

static void
test_received_for(void **state)
{
  (void)state;
  static const struct {
    const char *value, *want;
  } cases[] = {
      {"by mx.example.org (Postfix)\n\tfor <ann@example.org>; Fri", "ann@example.org"},
      {"by mx.example.org for ann@example.org; Fri", "ann@example.org"},
      {"by mx\n\tid 1\n\tfor\n\tann@example.org", "ann@example.org"},
      {"by mx FOR <\"front desk\"@example.org>; Fri", "\"front desk\"@example.org"},
      {"by mx (for tests) with ESMTP for <ann@example.org>", "ann@example.org"},
      {"by mx (waiting for ann) from bob@example.org", NULL},
      {"by mx for <ann@example.org>, <bob@example.org>; Fri", NULL},
      {"from platform (ann@example.org) by mx", NULL},
      {"for", NULL},
      {"", NULL},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *got = parties_received_for(cases[i].value);
    check_string(cases[i].value, got, cases[i].want);
  }
}

#define FOR_ANN "Received: by mx for <ann@example.org>; Fri\n"
#define FOR_EVE "Received: by mx for <eve@example.com>; Fri\n"

static void
test_addressees(void **state)
{
  (void)state;
  static const struct {
    const char *header, *mailed, *only;
  } cases[] = {
      {"To: ann@example.org\n", NULL, "ann@example.org"},
      {"To: \"Lee: A.\" <ann@example.org>\n", NULL, "ann@example.org"},
      {"To: =?utf-8?Q?ann=40example.org?=\n", NULL, "ann@example.org"},
      {"To: ann@example.org, bob@example.org\n", NULL, NULL},
      {"To: ann@example.org\nCc: bob@example.org\n", NULL, NULL},
      {"To: ann@example.org\nBcc: bob@example.org\n", NULL, NULL},
      {"To: ann@example.org\nCc: undisclosed-recipients:;\n", NULL, NULL},
      {"To: Board: ann@example.org;\n", NULL, NULL},
      {"To: bounces@news.example\n", NULL, NULL},
      {"To: all@news.example\n", NULL, NULL},
      {"To: eve@home.example\nFrom: eve@home.example\n", NULL, NULL},
      {"To: talk@example.org\nList-Id: <talk.example.org>\n", NULL, NULL},
      {FOR_ANN "To: undisclosed-recipients:;\n", "ann@example.org", "ann@example.org"},
      {FOR_EVE FOR_ANN "To: ann@example.org\n", "ann@example.org", "ann@example.org"},
      {FOR_ANN "To: bob@example.org\n", "ann@example.org", "ann@example.org"},
      {"Return-Path: <SRS0=x=y=news.example=bounces@example.org>\n" FOR_ANN, "ann@example.org",
       "ann@example.org"},
      {"Received: by mx for <all@news.example>\nTo: bob@example.org\n", NULL, NULL},
  };
  static const char text[] = "To: bounces@news.example\nFrom: MAILER-DAEMON@mx.example\n\n";
  g_autoptr(Message) notice = message_new(text, strlen(text));
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GPtrArray) fields = fields_parse(cases[i].header);
    g_autoptr(Parties) parties = parties_new(notice, fields);
    check_string(cases[i].header, parties_mailed(parties), cases[i].mailed);
    check_string(cases[i].header, parties_only_addressee(parties), cases[i].only);
  }
}

static void
test_senders(void **state)
{
  (void)state;
  static const struct {
    const char *header, *want;
  } cases[] = {
      {"", "bounces@news.example"},
      {"From: News <ann@news.example>\nTo: bob@example.org\n",
       "ann@news.example bounces@news.example"},
      {"Return-Path: <bounces@news.example>\nSender: list@news.example\n",
       "list@news.example bounces@news.example"},
      {"Return-Path: <SRS0=x=y=news.example=bounces@example.org>\n", "bounces@news.example"},
      {"From: \"news desk\"@news.example\n", "bounces@news.example"},
      {"From: ann@news.example, bob@news.example\n", "bounces@news.example"},
  };
  static const char text[] = "To: <bounces@news.example>\nFrom: MAILER-DAEMON@mx.example\n\n";
  g_autoptr(Message) notice = message_new(text, strlen(text));
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GPtrArray) fields = fields_parse(cases[i].header);
    g_autoptr(Parties) parties = parties_new(notice, fields);
    g_autofree char *got = parties_senders(parties, 1024), *short_ = parties_senders(parties, 4);
    check_string(cases[i].header, got, cases[i].want);
    check_string(cases[i].header, short_, NULL);
  }
}

static void
test_placeholders(void **state)
{
  (void)state;
  static const char *const yes[] = {"unknown", "Unknown",   "undisclosed-recipients",
                                    "-",       "unbekannt", "MISSING_MAILBOX@MISSING_DOMAIN"};
  static const char *const no[] = {"root", "unknowns", "ann@example.org", "recipient@example.org",
                                   "\303\251"};
  for (size_t i = 0; i < G_N_ELEMENTS(yes); i++)
    assert_true(nameless_is_placeholder(yes[i]));
  for (size_t i = 0; i < G_N_ELEMENTS(no); i++)
    assert_false(nameless_is_placeholder(no[i]));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_received_for),
      cmocka_unit_test(test_addressees),
      cmocka_unit_test(test_senders),
      cmocka_unit_test(test_placeholders),
  };
  return cmocka_run_group_tests_name("parties", tests, NULL, NULL);
}
