/* How real reports deviate from RFC 3464, one by one. */
#include "config.h"

#include "lib/report-text.h"

/* A report with these fields; text and returned are the contents of the other two parts. */
static char *
make_report(const char *type, const char *encoding, const char *text, const char *fields,
            const char *returned)
{
  return g_strdup_printf("From: Mail Delivery System <MAILER-DAEMON@mx.example.net>\n"
                         "To: bounces@news.example\n"
                         "Subject: Undelivered Mail Returned to Sender\n"
                         "Date: Fri, 20 Nov 2026 08:15:42 +0000\n"
                         "MIME-Version: 1.0\n"
                         "Content-Type: multipart/report; report-type=delivery-status;\n"
                         " boundary=\"b\"\n"
                         "\n"
                         "--b\n"
                         "Content-Type: text/plain; charset=utf-8\n"
                         "\n"
                         "%s\n"
                         "--b\n"
                         "Content-Type: %s\n"
                         "%s"
                         "\n"
                         "%s"
                         "\n"
                         "--b\n"
                         "Content-Type: text/rfc822-headers\n"
                         "\n"
                         "%s\n"
                         "--b--\n",
                         text, type, encoding, fields, returned);
}

static const char plain_text[] = "Your message could not be delivered.\n";
static const char plain_returned[] = "From: News <news@news.example>\nTo: ann@example.org\n"
                                     "Message-ID: <1@news.example>\nSubject: Offers\n";

typedef struct {
  const char *name, *fields, *want;
} Case;

static void
check_case(const Case *c, const char *type, const char *encoding, const char *text)
{
  g_autofree char *letter = make_report(type, encoding, text, c->fields, plain_returned);
  g_autofree char *got = read_letter(letter, strlen(letter));
  check_string(c->name, got, c->want);
}

static void
check_cases(const Case *cases, size_t n)
{
  for (size_t i = 0; i < n; i++)
    check_case(&cases[i], "message/delivery-status", "", plain_text);
}

#define MTA "Reporting-MTA: dns; mx.example.net\n\n"

static void
test_addresses(void **state)
{
  (void)state;
  static const Case cases[] = {
      {"plain", MTA "Final-Recipient: rfc822; ann@example.org\nAction: failed\nStatus: 5.1.1\n",
       "bounce rfc3464: ann@example.org failed 5.1.1"},
      {"old-style type", MTA "Final-Recipient: RFC822;ann@example.org\nAction: failed\n",
       "bounce rfc3464: ann@example.org failed"},
      {"no type", MTA "Final-Recipient: <ann@example.org>\nAction: failed\n",
       "bounce rfc3464: ann@example.org failed"},
      {"xtext",
       MTA "Original-Recipient: rfc822;ann+2Bnews@example.org\n"
           "Final-Recipient: rfc822;ann@mail.example.org\nAction: failed\n",
       "bounce rfc3464: ann+news@example.org failed (final ann@mail.example.org)"},
      {"xtext that was decoded, and a tag that looks like it",
       MTA "Original-Recipient: rfc822;ann+2Bx@example.org\n"
           "Final-Recipient: rfc822;ann+2Bx@example.org\nAction: failed\n",
       "bounce rfc3464: ann+2Bx@example.org failed"},
      {"utf-8 with raw characters",
       MTA "Final-Recipient: utf-8; p\303\251pin@ex\303\244mple.org\nAction: failed\n",
       "bounce rfc3464: p\303\251pin@ex\303\244mple.org failed"},
      {"utf-8 with escapes",
       MTA "Final-Recipient: utf-8; p\\x{E9}pin@example.org\nAction: failed\n",
       "bounce rfc3464: p\303\251pin@example.org failed"},
      {"quoted local part", MTA "Final-Recipient: rfc822; \"ann of\"@example.org\nAction: failed\n",
       "bounce rfc3464: \"ann of\"@example.org failed"},
      {"quotes that are not needed",
       MTA "Final-Recipient: rfc822; \"ann\"@example.org\nAction: failed\n",
       "bounce rfc3464: ann@example.org failed"},
      {"source route", MTA "Final-Recipient: rfc822; @a.example:ann@example.org\nAction: failed\n",
       "bounce rfc3464: ann@example.org failed"},
      {"X-Actual-Recipient stands in for a broken address",
       MTA "Final-Recipient: rfc822; \nX-Actual-Recipient: rfc822; ann@example.org\n"
           "Action: failed\n",
       "bounce rfc3464: ann@example.org failed"},
      {"forwarded: the final address was given, the actual one is another",
       MTA "Final-Recipient: RFC822; ann@example.org\n"
           "X-Actual-Recipient: rfc822; ann@elsewhere.example\nAction: failed\n",
       "bounce rfc3464: ann@example.org failed"},
      {"local part alone, completed from To", MTA "Final-Recipient: rfc822; ann\nAction: failed\n",
       "bounce rfc3464: ann@example.org failed"},
  };
  check_cases(cases, G_N_ELEMENTS(cases));
}

static void
test_groups(void **state)
{
  (void)state;
  static const Case cases[] = {
      {"two recipients",
       MTA "Final-Recipient: rfc822; ann@example.org\nAction: failed\nStatus: 5.1.1\n\n"
           "Final-Recipient: rfc822; bob@example.org\nAction: delayed\nStatus: 4.4.1\n",
       "bounce rfc3464: ann@example.org failed 5.1.1; bob@example.org delayed 4.4.1"},
      {"no empty lines",
       "Reporting-MTA: dns; mx.example.net\nFinal-Recipient: rfc822; ann@example.org\n"
       "Action: failed\nFinal-Recipient: rfc822; bob@example.org\nAction: failed\n",
       "bounce rfc3464: ann@example.org failed; bob@example.org failed"},
      {"doubled empty lines",
       MTA "\n\nFinal-Recipient: rfc822; ann@example.org\nAction: failed\n\n\n\n"
           "Final-Recipient: rfc822; bob@example.org\nAction: failed\n\n\n",
       "bounce rfc3464: ann@example.org failed; bob@example.org failed"},
      {"an empty line inside a group",
       MTA "Final-Recipient: rfc822; ann@example.org\n\nAction: failed\nStatus: 5.1.1\n",
       "bounce rfc3464: ann@example.org failed 5.1.1"},
      {"all in one group, the recipient first",
       "Final-Recipient: rfc822; ann@example.org\nReporting-MTA: dns; mx.example.net\n"
       "Action: failed\nStatus: 5.2.2\n",
       "bounce rfc3464: ann@example.org failed 5.2.2"},
      {"the action first",
       MTA "Action: failed\nFinal-Recipient: rfc822;ann@example.org\nStatus: 5.0.0\n\n"
           "Action: failed\nFinal-Recipient: rfc822;bob@example.org\nStatus: 5.0.0\n",
       "bounce rfc3464: ann@example.org failed 5.0.0; bob@example.org failed 5.0.0"},
      {"the same failure twice",
       MTA "Final-Recipient: rfc822; ann@example.org\nAction: failed\n\n"
           "Final-Recipient: rfc822; ANN@example.org\nAction: failed\n",
       "bounce rfc3464: ann@example.org failed"},
      {"the same address, two failures of an alias",
       MTA "Final-Recipient: rfc822; all@example.org\nAction: failed\n"
           "Diagnostic-Code: smtp; 550 unknown\n\n"
           "Final-Recipient: rfc822; all@example.org\nAction: failed\n"
           "Diagnostic-Code: smtp; 552 full\n",
       "bounce rfc3464: all@example.org failed {550 unknown}; all@example.org failed {552 full}"},
  };
  check_cases(cases, G_N_ELEMENTS(cases));
}

#define ANN MTA "Final-Recipient: rfc822; ann@example.org\n"

static void
test_status(void **state)
{
  (void)state;
  static const Case cases[] = {
      {"comment", ANN "Action: failed\nStatus: 5.1.1 (no such mailbox)\n",
       "bounce rfc3464: ann@example.org failed 5.1.1"},
      {"reply code first", ANN "Action: failed\nStatus: 550 5.1.1\n",
       "bounce rfc3464: ann@example.org failed 5.1.1"},
      {"no action", ANN "Status: 5.1.1\n", "bounce rfc3464: ann@example.org failed 5.1.1"},
      {"no action, temporary: nothing promises another try", ANN "Status: 4.4.7\n",
       "bounce rfc3464: ann@example.org failed 4.4.7"},
      {"no action, success", ANN "Status: 2.1.5\n",
       "success rfc3464: ann@example.org delivered 2.1.5"},
      {"no status", ANN "Action: failed\nDiagnostic-Code: smtp; 550 5.2.1 off\n",
       "bounce rfc3464: ann@example.org failed {550 5.2.1 off}"},
      {"neither", ANN "Diagnostic-Code: smtp; 550 off\n",
       "bounce rfc3464: ann@example.org failed {550 off}"},
      {"delayed, but refused for good", ANN "Action: delayed\nStatus: 5.1.1\n",
       "bounce rfc3464: ann@example.org failed 5.1.1"},
      {"delivered, but refused for good",
       ANN "Action: delivered\nStatus: 2.0.0\nDiagnostic-Code: smtp; 550 no\n",
       "bounce rfc3464: ann@example.org failed 2.0.0 {550 no}"},
      {"failed with a status of success", ANN "Action: failed\nStatus: 2.0.0\n",
       "bounce rfc3464: ann@example.org failed 2.0.0"},
      {"another word for it", ANN "Action: Failure\n", "bounce rfc3464: ann@example.org failed"},
      {"comment after the action", ANN "Action: delivered (to mailbox)\nStatus: 2.1.5\n",
       "success rfc3464: ann@example.org delivered 2.1.5"},
      {"relayed", ANN "Action: relayed (to non-DSN-aware mailer)\nStatus: 2.1.5\n",
       "success rfc3464: ann@example.org relayed 2.1.5"},
      {"expanded", ANN "Action: expanded\nStatus: 2.1.5\n",
       "success rfc3464: ann@example.org expanded 2.1.5"},
      {"delayed", ANN "Action: delayed\nStatus: 4.4.1\n",
       "delay rfc3464: ann@example.org delayed 4.4.1"},
  };
  check_cases(cases, G_N_ELEMENTS(cases));
}

static void
test_diagnostic(void **state)
{
  (void)state;
  static const Case cases[] = {
      {"folded", ANN "Action: failed\nDiagnostic-Code: smtp; 550 5.1.1\n    no such\n\tuser\n",
       "bounce rfc3464: ann@example.org failed {550 5.1.1 no such user}"},
      {"no type", ANN "Action: failed\nDiagnostic-Code: 550 no; try never\n",
       "bounce rfc3464: ann@example.org failed {550 no; try never}"},
      {"octets written as octal numbers",
       ANN "Action: failed\nDiagnostic-Code: smtp; 550 \\346\\224\\266\\344\\273\\266\n",
       "bounce rfc3464: ann@example.org failed {550 \346\224\266\344\273\266}"},
      {"several: the one that quotes a reply",
       ANN "Action: failed\nDiagnostic-Code: x-local; gave up\n"
           "Diagnostic-Code: smtp; 550 5.1.1 no such user\n",
       "bounce rfc3464: ann@example.org failed {550 5.1.1 no such user}"},
      {"several: the first that says anything",
       ANN "Action: failed\nDiagnostic-Code: smtp;\nDiagnostic-Code: x-local; gave up\n",
       "bounce rfc3464: ann@example.org failed {gave up}"},
      {"lines of a reply in the first column",
       ANN "Action: failed\nDiagnostic-Code: smtp; 552-5.7.0 first\n552-5.7.0 second\n"
           "552 5.7.0 see http://help.example/\nhttp://more.example/\n",
       "bounce rfc3464: ann@example.org failed {552-5.7.0 first 552-5.7.0 second 552 5.7.0 see "
       "http://help.example/ http://more.example/}"},
      {"Exchange's other field",
       ANN "Action: failed\nX-Supplementary-Info: < #5.1.1 smtp;550 5.1.1 gone>\n",
       "bounce rfc3464: ann@example.org failed {< #5.1.1 smtp;550 5.1.1 gone>}"},
  };
  check_cases(cases, G_N_ELEMENTS(cases));
}

static void
test_encodings(void **state)
{
  (void)state;
  static const struct {
    Case c;
    const char *type, *encoding;
  } cases[] = {
      {{"base64",
        "UmVwb3J0aW5nLU1UQTogZG5zOyBteC5leGFtcGxlLm5ldAoKRmluYWwtUmVjaXBpZW50OiByZmM4MjI7IGFubkBl\n"
        "eGFtcGxlLm9yZwpBY3Rpb246IGZhaWxlZApTdGF0dXM6IDUuMS4xCg==\n",
        "bounce rfc3464: ann@example.org failed 5.1.1"},
       "message/delivery-status",
       "Content-Transfer-Encoding: base64\n"},
      {{"quoted-printable",
        "Reporting-MTA: dns; mx.example.net\n\nFinal-Recipient: rfc822; =\nann=40example.org\n"
        "Action: failed\nStatus: 5.1.1\n",
        "bounce rfc3464: ann@example.org failed 5.1.1"},
       "message/delivery-status",
       "Content-Transfer-Encoding: quoted-printable\n"},
      {{"as text/plain", ANN "Action: failed\nStatus: 5.1.1\n",
        "bounce rfc3464: ann@example.org failed 5.1.1"},
       "text/plain",
       ""},
      {{"RFC 6533", ANN "Action: failed\nStatus: 5.1.1\n",
        "bounce rfc3464: ann@example.org failed 5.1.1"},
       "message/global-delivery-status",
       "Content-Transfer-Encoding: 8bit\n"},
      {{"wrong charset", ANN "Action: failed\nDiagnostic-Code: smtp; 550 bo\356te pleine\n",
        "bounce rfc3464: ann@example.org failed {550 bo\303\256te pleine}"},
       "message/delivery-status; charset=us-ascii",
       ""},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
    check_case(&cases[i].c, cases[i].type, cases[i].encoding, plain_text);
}

static char *
replace_line_ends(const char *text, const char *end)
{
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  return g_strjoinv(end, lines);
}

static void
test_line_ends(void **state)
{
  (void)state;
  static const char *const ends[] = {"\n", "\r\n", "\r", "\r\r\n"};
  g_autofree char *letter =
      make_report("message/delivery-status", "", plain_text,
                  ANN "Action: failed\nDiagnostic-Code: smtp; 550 no\n such user\n\n"
                      "Final-Recipient: rfc822; bob@example.org\nAction: failed\n",
                  plain_returned);
  for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
    g_autofree char *other = replace_line_ends(letter, ends[i]);
    g_autofree char *got = read_letter(other, strlen(other));
    check_string(ends[i], got,
                 "bounce rfc3464: ann@example.org failed {550 no such user}; bob@example.org "
                 "failed");
  }
}

static void
test_nul(void **state)
{
  (void)state;
  g_autofree char *letter =
      make_report("message/delivery-status", "", plain_text,
                  ANN "Action: failed\nDiagnostic-Code: smtp; 550 no#such\n", plain_returned);
  size_t length = strlen(letter);
  *strchr(letter, '#') = '\0';
  g_autofree char *got = read_letter(letter, length);
  check_string("NUL", got, "bounce rfc3464: ann@example.org failed {550 no such}");
}

/* What the part for people says beyond the fields. */
static void
test_text_part(void **state)
{
  (void)state;
  static const struct {
    Case c;
    const char *text;
  } cases[] = {
      {{"a reply of which the field has the first line only",
        ANN "Action: failed\nDiagnostic-Code: SMTP; 550-5.7.1 Refused\n",
        "bounce rfc3464: ann@example.org failed {550-5.7.1 Refused 550 5.7.1 because of spam}"},
       "   ----- Transcript of session follows -----\n>>> RCPT To:<ann@example.org>\n"
       "<<< 550-5.7.1 Refused\n<<< 550 5.7.1 because of spam\n"},
      {{"a promised retry makes a delay of a permanent reply",
        ANN "Action: delayed\nStatus: 4.0.0\nDiagnostic-Code: smtp; 550 slow down\n",
        "delay rfc3464: ann@example.org delayed 4.0.0 {550 slow down}"},
       "THIS IS A WARNING ONLY.\nIt will be retried until it is 5 days old.\n"},
      {{"expanded from", MTA "Final-Recipient: rfc822; ann@elsewhere.example\nAction: failed\n",
        "bounce rfc3464: ann@example.org failed (final ann@elsewhere.example)"},
       "<ann@elsewhere.example> (expanded from <ann@example.org>): unknown user\n"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
    check_case(&cases[i].c, "message/delivery-status", "", cases[i].text);
}

/* Nobody else must be blamed: the address in To counts only with proof. */
static void
test_forwarding(void **state)
{
  (void)state;
  static const struct {
    const char *name, *returned, *want;
  } cases[] = {
      {"proved by Received",
       "Received: from a by b.example for <ann@example.org>; Fri, 20 Nov 2026 08:15:42 +0000\n"
       "From: news@news.example\nTo: ann@example.org\n",
       "bounce rfc3464: ann@example.org failed (final x@elsewhere.example)"},
      {"proved by Delivered-To",
       "Delivered-To: ann@example.org\nFrom: news@news.example\nTo: ann@example.org\n",
       "bounce rfc3464: ann@example.org failed (final x@elsewhere.example)"},
      {"not proved: perhaps a Bcc", "From: news@news.example\nTo: ann@example.org\n",
       "bounce rfc3464: x@elsewhere.example failed"},
      {"to a list",
       "Received: by b.example for <list@example.org>; Fri, 20 Nov 2026 08:15:42 +0000\n"
       "List-Post: <mailto:list@example.org>\nTo: list@example.org\n",
       "bounce rfc3464: x@elsewhere.example failed"},
      {"to a list without that field",
       "Delivered-To: mailing list ann@example.org\nFrom: eve@example.com\nTo: ann@example.org\n",
       "bounce rfc3464: x@elsewhere.example failed"},
      {"to a list by its id",
       "Delivered-To: ann@example.org\nList-Id: <ann.example.org>\nFrom: eve@example.com\n"
       "To: ann@example.org\n",
       "bounce rfc3464: x@elsewhere.example failed"},
      {"to an address at the sender's own domain",
       "Delivered-To: all@news.example\nFrom: news@news.example\nTo: all@news.example\n",
       "bounce rfc3464: x@elsewhere.example failed"},
      {"to the sender itself",
       "Delivered-To: ann@example.org\nFrom: ann@example.org\nTo: ann@example.org\n",
       "bounce rfc3464: x@elsewhere.example failed"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *letter = make_report(
        "message/delivery-status", "", plain_text,
        MTA "Final-Recipient: rfc822; x@elsewhere.example\nAction: failed\n", cases[i].returned);
    g_autofree char *got = read_letter(letter, strlen(letter));
    check_string(cases[i].name, got, cases[i].want);
  }
}

/* Thousands of recipients and a long text: the cost must not be their product. */
static void
test_many(void **state)
{
  (void)state;
  g_autoptr(GString) fields = g_string_new(MTA);
  for (int i = 0; i < 6000; i++)
    g_string_append_printf(fields, "Final-Recipient: rfc822; u%d@example.org\nAction: failed\n\n",
                           i);
  g_autofree char *text = g_strnfill(400000, 'x');
  g_autofree char *letter =
      make_report("message/delivery-status", "", text, fields->str, plain_returned);
  g_autofree char *got = read_letter(letter, strlen(letter));
  assert_non_null(strstr(got, "u0@example.org failed"));
  assert_non_null(strstr(got, "u5999@example.org failed"));
}

/* Groups without an address: somebody else in the report names it. */
static void
test_nameless(void **state)
{
  (void)state;
  static const struct {
    const char *name, *text, *fields, *returned, *want;
  } cases[] = {
      {"the diagnostic", "Sorry.\n",
       MTA "Action: failed\nStatus: 5.1.1\n"
           "Diagnostic-Code: smtp; 550 <ann@example.org>... User unknown\n",
       plain_returned,
       "bounce rfc3464: ann@example.org failed 5.1.1 {550 <ann@example.org>... User unknown}"},
      {"a word that stands for the address", "Sorry.\n",
       MTA "Final-Recipient: rfc822; unknown@unknown.example\nAction: failed\nStatus: 5.1.1\n"
           "Diagnostic-Code: smtp; 550 <ann@example.org>... User unknown\n",
       plain_returned,
       "bounce rfc3464: ann@example.org failed 5.1.1 {550 <ann@example.org>... User unknown}"},
      {"two replies in the text",
       "<ann@example.org>: 550 5.1.1 User unknown\n\n<bob@example.org>: 552 5.2.2 Mailbox full\n",
       MTA "Action: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 5.1.1 User unknown\n",
       "From: News <news@news.example>\nTo: ann@example.org, bob@example.org\n"
       "Message-ID: <1@news.example>\n",
       "bounce rfc3464: ann@example.org failed; bob@example.org failed"},
      {"two groups, in the order of the text",
       "<ann@example.org>: 550 5.1.1 User unknown\n\n<bob@example.org>: 552 5.2.2 Mailbox full\n",
       MTA "Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 User unknown\n\n"
           "Action: failed\nStatus: 5.2.2\nDiagnostic-Code: smtp; 552 5.2.2 Mailbox full\n",
       "From: News <news@news.example>\nTo: ann@example.org, bob@example.org\n"
       "Message-ID: <1@news.example>\n",
       "bounce rfc3464: ann@example.org failed 5.1.1 {550 5.1.1 User unknown}"
       "; bob@example.org failed 5.2.2 {552 5.2.2 Mailbox full}"},
      {"a label, for want of an addressee", "Recipient: ann@example.org\nReason: User unknown\n",
       MTA "Action: failed\nStatus: 5.1.1\n", "Message-ID: <1@news.example>\n",
       "bounce rfc3464: ann@example.org failed 5.1.1"},
      {"a label with an address of the system that reports",
       "Recipient: help@mx.example.net\nReason: User unknown\n",
       MTA "Action: failed\nStatus: 5.1.1\n", "Message-ID: <1@news.example>\n", "bounce rfc3464"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *letter = make_report("message/delivery-status", "", cases[i].text,
                                          cases[i].fields, cases[i].returned);
    g_autofree char *got = read_letter(letter, strlen(letter));
    check_string(cases[i].name, got, cases[i].want);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_nameless),   cmocka_unit_test(test_addresses),
      cmocka_unit_test(test_groups),     cmocka_unit_test(test_status),
      cmocka_unit_test(test_diagnostic), cmocka_unit_test(test_encodings),
      cmocka_unit_test(test_line_ends),  cmocka_unit_test(test_nul),
      cmocka_unit_test(test_text_part),  cmocka_unit_test(test_forwarding),
      cmocka_unit_test(test_many),
  };
  return cmocka_run_group_tests_name("read-rfc3464", tests, NULL, NULL);
}
