/* Which reader takes a message, and what the general reader makes of messages in no known dialect.
 */
#include "config.h"

#include "lib/report-text.h"

#define SYSTEM "From: MAILER-DAEMON@mx.example.net\nTo: bounces@news.example\n"
#define PERSON "From: Ann Example <ann@example.org>\nTo: news@news.example\n"
#define RETURNED                                                                                   \
  "\n--- The message follows. ---\n\nReceived: by mx.news.example; Fri, 20 Nov 2026 08:15:42 "     \
  "+0000\nFrom: News <news@news.example>\nTo: ann@example.org\nMessage-ID: <1@news.example>\n"     \
  "\n<wrong@example.com>: 550 not this one\n"

typedef struct {
  const char *name, *letter, *want;
} Case;

static void
check_cases(const Case *cases, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    g_autofree char *got = read_letter(cases[i].letter, strlen(cases[i].letter));
    check_string(cases[i].name, got, cases[i].want);
  }
}

static void
test_qmail(void **state)
{
  (void)state;
  static const Case cases[] = {
      {"two recipients",
       SYSTEM "Subject: failure notice\n\n"
              "Hi. This is the qmail-send program at mx.example.net.\n"
              "I'm afraid I wasn't able to deliver your message to the following addresses.\n\n"
              "<ann@example.org>:\n192.0.2.1 does not like recipient.\n"
              "Remote host said: 550 no such user\nGiving up on 192.0.2.1.\n\n"
              "<bob@example.org>:\nSorry, no mailbox here by that name. (#5.1.1)\n" RETURNED,
       "bounce qmail: ann@example.org failed {192.0.2.1 does not like recipient. Remote host "
       "said: 550 no such user Giving up on 192.0.2.1.}; bob@example.org failed {Sorry, no mailbox "
       "here by that name. (#5.1.1)}"},
      {"a delay in the same form",
       SYSTEM "Subject: WARNING: delayed mail\n\nYour message has been delayed:\n\n"
              "<ann@example.org>:\n<<< 450 later\n",
       "delay qmail: ann@example.org delayed {<<< 450 later}"},
      {"nothing after the line is read, whatever it looks like",
       SYSTEM "Subject: failure notice\n\nHi. This is the mail program.\n\n"
              "<ann@example.org>:\nNo.\n\n--- Below this line is a copy of the message.\n\n"
              "<wrong@example.com>:\nNo.\n",
       "bounce qmail: ann@example.org failed {No.}"},
  };
  check_cases(cases, G_N_ELEMENTS(cases));
}

#define OPENSMTPD(subject, text, status)                                                           \
  "Subject: Delivery status notification: " subject "\nFrom: Mailer Daemon "                       \
  "<MAILER-DAEMON@mx.example.net>\nTo: bounces@news.example\nMIME-Version: 1.0\n"                  \
  "Content-Type: multipart/mixed; boundary=\"b\"\n\n--b\nContent-Type: text/plain\n\n"             \
  "    Hi!\n\n    This is the MAILER-DAEMON, please DO NOT REPLY to this email.\n\n" text          \
  "\n    Below is a copy of the original message:\n\n" status "--b\n"                              \
  "Content-Type: text/rfc822-headers\n\nTo: ann@example.org\nFrom: news@news.example\n\n--b--\n"
#define STATUS_PART(action, status)                                                                \
  "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n\n"           \
  "Final-Recipient: rfc822; ann@example.org\nAction: " action "\nStatus: " status "\n\n"

static void
test_opensmtpd(void **state)
{
  (void)state;
  static const Case cases[] = {
      {"the reply is in the text",
       OPENSMTPD("failed", "ann@example.org: 550 no such user\n", STATUS_PART("failed", "5.0.0")),
       "bounce opensmtpd: ann@example.org failed 5.0.0 {550 no such user}"},
      {"without a status part", OPENSMTPD("error", "ann@example.org: 550 no such user\n", ""),
       "bounce opensmtpd: ann@example.org failed {550 no such user}"},
      {"delayed",
       OPENSMTPD("delayed", "ann@example.org: Network error\n", STATUS_PART("delayed", "4.0.0")),
       "delay opensmtpd: ann@example.org delayed 4.0.0 {Network error}"},
      {"the final one says delayed",
       OPENSMTPD("delayed", "ann@example.org: Envelope expired\n", STATUS_PART("delayed", "4.4.7")),
       "bounce opensmtpd: ann@example.org failed 4.4.7 {Envelope expired}"},
  };
  check_cases(cases, G_N_ELEMENTS(cases));
}

static void
test_two_status_parts(void **state)
{
  (void)state;
  static const Case cases[] = {
      {"two status parts",
       SYSTEM
       "Subject: Undelivered\nMIME-Version: 1.0\nContent-Type: multipart/report; boundary=b\n\n"
       "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; a.example\n\n"
       "Final-Recipient: rfc822; ann@example.org\nAction: failed\n\n"
       "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; a.example\n\n"
       "Final-Recipient: rfc822; bob@example.org\nAction: failed\n\n--b--\n",
       "bounce rfc3464: ann@example.org failed; bob@example.org failed"},
  };
  check_cases(cases, G_N_ELEMENTS(cases));
}

static void
test_settled_action(void **state)
{
  (void)state;
  static const Case cases[] = {
      {"a returned message is not delayed, whatever the field says",
       SYSTEM "Subject: Returned mail: Could not send message\nMIME-Version: 1.0\n"
              "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
              "--b\nContent-Type: text/plain\n\nYour message has not been delivered.\n\n"
              "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; a.example\n\n"
              "Final-Recipient: rfc822; ann@example.org\nAction: delayed\nStatus: 4.2.2\n"
              "Diagnostic-Code: smtp; 452 4.2.2 full\n\n--b--\n",
       "bounce rfc3464: ann@example.org failed 4.2.2 {452 4.2.2 full}"},
      {"one failure and one delay",
       SYSTEM "Subject: Returned mail: User unknown\nMIME-Version: 1.0\n"
              "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
              "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; a.example\n\n"
              "Final-Recipient: rfc822; ann@example.org\nAction: failed\nStatus: 5.1.1\n\n"
              "Final-Recipient: rfc822; bob@example.org\nAction: delayed\nStatus: 4.4.1\n\n--b--\n",
       "bounce rfc3464: ann@example.org failed 5.1.1; bob@example.org delayed 4.4.1"},
      {"a failure that will be tried again",
       SYSTEM "Subject: Mail failed\nMIME-Version: 1.0\n"
              "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
              "--b\nContent-Type: text/plain\n\nIt will be reattempted later.\n\n"
              "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; a.example\n\n"
              "Final-Recipient: rfc822; ann@example.org\nAction: failed\nStatus: 4.0.0\n\n--b--\n",
       "delay rfc3464: ann@example.org delayed 4.0.0"},
  };
  check_cases(cases, G_N_ELEMENTS(cases));
}

static void
test_general(void **state)
{
  (void)state;
  static const Case cases[] = {
      {"a list after a sentence",
       SYSTEM "Subject: Undeliverable\n\nThe following recipients did not get it:\n\n"
              "  ann@example.org\n    550 unknown\n  bob@example.org\n    552 full\n\n"
              "Write to help@example.net if you need help.\n",
       "bounce general: ann@example.org failed {550 unknown}; bob@example.org failed {552 full}"},
      {"entries in the first column: the addressee of the message is not the only one that failed",
       SYSTEM "Subject: Undelivered Mail\n\n<ann@example.org>: connect to mx[192.0.2.1]:\n"
              "    Connection refused\n\n<bob@example.org>: host mx said: 504\n"
              "    <eve@example.com>: Sender address rejected\n" RETURNED,
       "bounce general: ann@example.org failed; bob@example.org failed {host mx said: 504 "
       "<eve@example.com>: Sender address rejected}"},
      {"a list continues across wrapped lines, and ends at a paragraph that is indented less",
       SYSTEM "Subject: Undeliverable\n\nNot reached:\n\n  ann@example.org\n    unknown\nwrapped\n"
              "  bob@example.org\n    away\n\nSee you.\n\n  eve@example.com\n",
       "bounce general: ann@example.org failed; bob@example.org failed"},
      {"a multipart whose boundary never occurs",
       SYSTEM "Subject: Undeliverable\nMIME-Version: 1.0\nContent-Type: multipart/alternative;\n"
              "boundary=x\n\n--x\n\nNot delivered to:\n\nann@example.org\n",
       "bounce general: ann@example.org failed"},
      {"a label", SYSTEM "Subject: Mail error\n\nFailed recipient: ann@example.org\nReason: away\n",
       "bounce general: ann@example.org failed"},
      {"beside a reply, others are only named",
       SYSTEM "Subject: Mail error\n\n<<< MAIL FROM:<news@news.example>\n"
              "550 <ann@example.org>... User unknown\nSee also eve@example.org.\n",
       "bounce general: ann@example.org failed {550 <ann@example.org>... User unknown See also "
       "eve@example.org.}"},
      {"in mid-sentence",
       SYSTEM "Subject: Sorry\n\nYour letter to ann@example.org could not be delivered.\n",
       "bounce general: ann@example.org failed"},
      {"the summary of a message to a list is not a failure",
       SYSTEM
       "Subject: Undeliverable: x\n\nYour message\n\n  To: list@example.org\n"
       "  Subject: x\n\ndid not reach the following recipient(s):\n\nann@example.org today\n",
       "bounce general: ann@example.org failed"},
      {"X-Failed-Recipients",
       SYSTEM
       "X-Failed-Recipients: ann@example.org,\n bob@example.org\nSubject: Mail failed\n\nNo.\n",
       "bounce general: ann@example.org failed; bob@example.org failed"},
      {"nobody is named: the only addressee of the returned message",
       SYSTEM "Subject: Undelivered mail\n\nIt could not be delivered.\n" RETURNED,
       "bounce general: ann@example.org failed"},
      {"the reply to an announced address names others",
       SYSTEM "Subject: Mail failed\n\nThere was an error delivering your mail to "
              "<ann@example.org>.\n\nmx.example.org did not like our RCPT TO:\n"
              "551-5.1.6 <ann.new@example.com> is the new address\n551 5.1.6 <help@example.com>\n",
       "bounce general: ann@example.org failed {mx.example.org did not like our RCPT TO: 551-5.1.6 "
       "<ann.new@example.com> is the new address 551 5.1.6 <help@example.com>}"},
      {"an address that was delivered to is not announced",
       SYSTEM "Subject: Mail failed\n\nYour mail to ann@example.org was sent on. Failed:\n\n"
              "550 <bob@example.org> unknown\n550 <eve@example.org> unknown\n" RETURNED,
       "bounce general: bob@example.org failed {550 <bob@example.org> unknown}; "
       "eve@example.org failed {550 <eve@example.org> unknown}"},
      {"another language",
       SYSTEM "Subject: Unzustellbar\n\nIhre Nachricht an <ann@example.org> konnte nicht "
              "zugestellt werden.\n",
       "bounce general: ann@example.org failed"},
      {"still being tried",
       SYSTEM "Subject: Warning: message delayed 24 hours\n\nNot yet been delivered to:\n\n"
              "  ann@example.org\n\nNo action is required.\n",
       "delay general: ann@example.org delayed"},
      {"a promise to try again wins over the subject",
       SYSTEM "Subject: Mail delivery failed: returning message to sender\n\nThe following "
              "address(es) deferred:\n\n  ann@example.org\n    Message will be reattempted later\n",
       "delay general: ann@example.org delayed"},
      {"but not over the end",
       SYSTEM "Subject: Mail delivery failed\n\nIt will be retried until Monday, we wrote. We have "
              "given up on:\n\n  ann@example.org\n",
       "bounce general: ann@example.org failed"},
      {"a filter that refused",
       SYSTEM "Subject: Undeliverable: virus\n\nYour message to ann@example.org was not delivered, "
              "it was quarantined.\n",
       "bounce general: ann@example.org failed"},
      {"an X.400 address holds another",
       SYSTEM "Subject: Undeliverable\n\ndid not reach the following recipient(s):\n\n"
              "c=US;a= ;p=X;dda:SMTP=ann@example.org; on Friday\n    Unknown Recipient\n",
       "bounce general: ann@example.org failed"},
      {"a name without a domain, from the provider's own system",
       SYSTEM "Subject: Undeliverable\n\nMail to the following recipients failed:\n\tscreenname\n",
       "bounce general: screenname@mx.example.net failed"},
      {"Chinese has no blanks around an address",
       SYSTEM "Subject: \351\200\200\344\277\241\n\n"
              "\346\224\266\344\273\266\344\272\272\357\274\210ann@example.org\357\274\211"
              "\344\270\215\345\255\230\345\234\250\n",
       "bounce general: ann@example.org failed"},
      {"a refused sender is not a failed recipient",
       SYSTEM "Subject: Mail failed\n\nThere was an error delivering your mail to "
              "<ann@example.org>.\n\n504 <eve@example.com>: Sender address rejected\n",
       "bounce general: ann@example.org failed {504 <eve@example.com>: Sender address rejected}"},
      {"delivered",
       SYSTEM "Subject: Delivery Status Notification (Success)\n\nSuccessfully delivered to:\n\n"
              "  ann@example.org\n",
       "success general: ann@example.org delivered"},
      {"an unknown language, but in the form of a list",
       SYSTEM "Subject: Plugh\n\nXyzzy frotz rezrov:\n\n  ann@example.org\n",
       "bounce general: ann@example.org failed"},
      {"and without that form", SYSTEM "Subject: Plugh\n\nXyzzy ann@example.org frotz.\n",
       "other -"},
      {"nobody at all", SYSTEM "Subject: Undelivered mail\n\nSomething could not be delivered.\n",
       "bounce general"},
  };
  check_cases(cases, G_N_ELEMENTS(cases));
}

static void
test_not_bounces(void **state)
{
  (void)state;
  static const Case cases[] = {
      {"a person quotes a bounce",
       PERSON "Subject: Re: bounces\nIn-Reply-To: <2@news.example>\n\nWhat does this mean?\n\n"
              "> <bob@example.org>: host mx said: 550 5.1.1 User unknown\n",
       "other -"},
      {"a digest with a report in it",
       PERSON "Subject: Digest, Vol 1\nList-Id: <ops.example.org>\n\nFinal-Recipient: rfc822; "
              "bob@example.org\nAction: failed\nStatus: 5.1.1\n",
       "other -"},
      {"a patch",
       PERSON "Subject: [PATCH] parse it\nList-Id: <dev.example.org>\n\n"
              "+Final-Recipient: rfc822; bob@example.org\n+Action: failed\n",
       "other -"},
      {"a local user, without a domain",
       "From: kim\nTo: root\nSubject: Undelivered mail\n\nbob@example.org: 550 User unknown\n",
       "other -"},
      {"output of a program, marked as automatic",
       "From: root@mx.example.net (Cron Daemon)\nTo: ops@example.net\nAuto-Submitted: "
       "auto-generated\nSubject: Undelivered mail\n\n<bob@example.org>: 550 User "
       "unknown\n" RETURNED,
       "other -"},
      {"a parcel",
       "Return-Path: <>\nFrom: Parcels <info@parcel.example>\nTo: ann@example.org\nAuto-Submitted: "
       "auto-generated\nSubject: Delivery failed\n\nWrite to help@parcel.example.\n",
       "other -"},
      {"a postmaster answers",
       "From: postmaster@example.net\nTo: ann@example.org\nSubject: Re: Undelivered mail\n"
       "In-Reply-To: <2@example.org>\n\nThe mail to bob@example.org was returned to sender.\n",
       "other -"},
      {"a filter that quarantines",
       SYSTEM "Subject: Virus found\n\nThe message to bob@example.org was quarantined.\n",
       "other -"},
      {"a filter that lets pass",
       SYSTEM "Subject: BANNED contents (.exe) in mail TO YOU\n\nThe message WILL BE relayed "
              "to:\n<bob@example.org>\nNot quarantined.\n",
       "other -"},
      {"nothing", "", "other -"},
      {"garbage", "\001\002\003 garbage\n", "other -"},
  };
  check_cases(cases, G_N_ELEMENTS(cases));
}

static void
test_replies(void **state)
{
  (void)state;
  static const Case cases[] = {
      {"RFC 3834", PERSON "Subject: Re: Offers\nAuto-Submitted: auto-replied\n\nI am away.\n",
       "auto_reply auto-reply"},
      {"no mark, but a subject", PERSON "Subject: Out of office\n\nBack on Monday.\n",
       "auto_reply auto-reply"},
      {"no mark, but an answer that says so",
       PERSON "Subject: Re: Offers\n\nIch bin bis Montag im Urlaub.\n", "auto_reply auto-reply"},
      {"no mark, an unknown language, but a null envelope sender",
       "Return-Path: <>\n" PERSON "Subject: Re: Offers\n\nXyzzy plugh.\n", "auto_reply auto-reply"},
      {"a person writes about a vacation", PERSON "Subject: Hi\n\nOur vacation was nice.\n",
       "other -"},
      {"challenge",
       PERSON "Subject: Re: Offers\nAuto-Submitted: auto-replied\n\nPlease confirm that you are "
              "human.\n",
       "challenge auto-reply"},
      {"a colleague's address in a note is not a failure",
       PERSON "Subject: Automatic reply: Offers\nAuto-Submitted: auto-replied\n\nI no longer work "
              "here, write to bob@example.org.\n",
       "auto_reply auto-reply"},
  };
  check_cases(cases, G_N_ELEMENTS(cases));
}

#define ARF(fields, returned)                                                                      \
  "From: feedback@example.net\nTo: abuse@news.example\nMIME-Version: 1.0\nContent-Type: "          \
  "multipart/report; report-type=feedback-report; boundary=b\n\n--b\nContent-Type: "               \
  "text/plain\n\nA report.\n\n--b\nContent-Type: message/feedback-report\n\n" fields               \
  "\n--b\nContent-Type: message/rfc822\n\n" returned "\n\nHello\n--b--\n"

static void
test_feedback(void **state)
{
  (void)state;
  static const Case cases[] = {
      {"two recipients",
       ARF("Feedback-Type: abuse\nOriginal-Rcpt-To: <ann@example.org>\n"
           "Original-Rcpt-To: bob@example.org\n",
           "From: news@news.example"),
       "complaint arf: ann@example.org ; bob@example.org "},
      {"from To", ARF("Feedback-Type: abuse\n", "To: ann@example.org\nFrom: news@news.example"),
       "complaint arf: ann@example.org "},
      {"nobody is named",
       ARF("Feedback-Type: abuse\nOriginal-Rcpt-To: redacted@example.org\n",
           "To: redacted@example.org\nFrom: news@news.example"),
       "complaint arf"},
      {"failed authentication unsubscribes nobody",
       ARF("Feedback-Type: auth-failure\nOriginal-Rcpt-To: ann@example.org\n",
           "To: ann@example.org\nFrom: news@news.example"),
       "other arf"},
      {"JMRP",
       "From: staff@hotmail.com\nTo: abuse@news.example\nSubject: complaint\nMIME-Version: 1.0\n"
       "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n"
       "X-HmXmrOriginalRecipient: ann@example.org\nTo: \"News\" <x@example.org>\n\nHello\n--b--\n",
       "complaint arf: ann@example.org "},
  };
  check_cases(cases, G_N_ELEMENTS(cases));
}

#define MDN(subject, text, disposition)                                                            \
  "From: postmaster@example.org\nTo: bounces@news.example\nSubject: " subject                      \
  "\nMIME-Version: 1.0\nContent-Type: multipart/report; boundary=b\n\n--b\n\n" text                \
  "\n--b\nContent-Type: message/disposition-notification\n\nFinal-Recipient: rfc822; "             \
  "ann@example.org\nDisposition: automatic-action/MDN-sent-automatically; " disposition            \
  "\n\n--b--\n"

static void
test_mdn(void **state)
{
  (void)state;
  static const Case cases[] = {
      {"Sieve's reject", MDN("Rejected: Offers", "No newsletters.\n", "deleted"),
       "bounce mdn: ann@example.org failed"},
      {"deleted unread", MDN("Not read: Offers", "It was deleted.\n", "deleted"), "other mdn"},
      {"displayed", MDN("Read: Offers", "It was read.\n", "displayed"), "other mdn"},
  };
  check_cases(cases, G_N_ELEMENTS(cases));
}

static void
test_sendmail(void **state)
{
  (void)state;
  static const Case cases[] = {
      {"sections",
       SYSTEM "Subject: Returned mail\n\n"
              "   ----- The following addresses had permanent fatal errors -----\n"
              "<ann@example.org>\n    (reason: 550 no)\n\"|/bin/x\"\n    (reason: 69)\n"
              "    (expanded from: <bob@example.org>)\n\n"
              "   ----- The following addresses had transient non-fatal errors -----\n"
              "<slow@example.org>\n\n"
              "   ----- The following addresses had successful delivery notifications -----\n"
              "<fine@example.org>  (relayed)\n\n"
              "   ----- Transcript of session follows -----\n"
              "... while talking to mx.example.org.:\n>>> DATA\n<<< 550 no\n"
              "550 5.1.1 <ann@example.org>... User unknown\n<<< 503 Need RCPT\n",
       "bounce sendmail: ann@example.org failed {550 no}; bob@example.org failed; slow@example.org "
       "delayed; fine@example.org delivered"},
      {"modelled on it",
       SYSTEM "Subject: Returned Mail\n\n---The following addresses had delivery "
              "errors---\n\nann@example.org [User unknown]\n",
       "bounce sendmail: ann@example.org failed"},
  };
  check_cases(cases, G_N_ELEMENTS(cases));
}

static void
test_ses(void **state)
{
  (void)state;
  static const Case cases[] = {
      {"bounce",
       "From: x <no-reply@sns.amazonaws.com>\nSubject: AWS Notification Message\n\n"
       "{\"notificationType\":\"Bounce\",\"bounce\":{\"bouncedRecipients\":["
       "{\"emailAddress\":\"ann@example.org\",\"status\":\"5.1.1\"},"
       "{\"status\":\"5.2.2\",\"emailAddress\":\"Bob <bob@example.org>\","
       "\"diagnosticCode\":\"smtp; 552 full\"}]}}\n",
       "bounce ses: ann@example.org failed 5.1.1; bob@example.org failed 5.2.2 {552 full}"},
      {"in an envelope",
       "From: x <no-reply@sns.amazonaws.com>\nSubject: AWS Notification Message\n\n"
       "{\"Type\":\"Notification\",\"Message\":\"{\\\"notificationType\\\":\\\"Delivery\\\","
       "\\\"delivery\\\":{\\\"recipients\\\":[\\\"ann@example.org\\\"]}}\"}\n",
       "success ses: ann@example.org delivered"},
      {"complaint",
       "From: x <no-reply@sns.amazonaws.com>\nSubject: AWS Notification Message\n\n"
       "{\"notificationType\":\"Complaint\",\"complaint\":{\"complainedRecipients\":["
       "{\"emailAddress\":\"ann@example.org\"}],\"x\":true},\"mail\":{\"commonHeaders\":"
       "{\"subject\":\"Offers\",\"messageId\":\"1@news.example\"}}}\n",
       "complaint ses: ann@example.org "},
      {"delay",
       "From: x <no-reply@sns.amazonaws.com>\nSubject: AWS Notification Message\n\n"
       "{\"eventType\":\"DeliveryDelay\",\"deliveryDelay\":{\"delayedRecipients\":["
       "{\"emailAddress\":\"ann@example.org\",\"status\":\"4.4.1\"}],\"reportingMTA\":\"dsn; "
       "a.amazonses.com\"}}\n",
       "delay ses: ann@example.org delayed 4.4.1"},
      {"an event that is not about a delivery",
       "From: x <no-reply@sns.amazonaws.com>\nSubject: AWS Notification Message\n\n"
       "{\"eventType\":\"Open\"}\n",
       "other ses"},
      {"other JSON", PERSON "Subject: data\n\n{\"a\":1}\n", "other -"},
  };
  check_cases(cases, G_N_ELEMENTS(cases));
}

static void
test_enclosed(void **state)
{
  (void)state;
  static const Case cases[] = {
      {"a gateway passes on a report and names nobody",
       SYSTEM "Subject: Returned mail\nMIME-Version: 1.0\nContent-Type: multipart/mixed; "
              "boundary=a\n\n--a\nContent-Type: text/plain\n\nSee below.\n\n--a\n"
              "Content-Type: message/rfc822\n\nFrom: MAILER-DAEMON@in.example\n"
              "To: bounces@news.example\nContent-Type: multipart/report; boundary=b\n\n--b\n"
              "Content-Type: message/delivery-status\n\nReporting-MTA: dns; in.example\n\n"
              "Final-Recipient: rfc822; ann@example.org\nAction: failed\nStatus: 5.1.1\n\n--b--\n\n"
              "--a--\n",
       "bounce enclosed: ann@example.org failed 5.1.1"},
  };
  check_cases(cases, G_N_ELEMENTS(cases));
}

static void
test_challenge(void **state)
{
  (void)state;
#define GUARD(status, code)                                                                        \
  SYSTEM                                                                                           \
  "Subject: Your message\nMIME-Version: 1.0\nContent-Type: multipart/report; boundary=b\n"         \
  "\n--b\n\nClick to be added to the guest list.\n\n--b\nContent-Type: "                           \
  "message/delivery-status\n\nReporting-MTA: dns; guard.example\n\nFinal-Recipient: rfc822; "      \
  "ann@example.org\nAction: failed\nStatus: " status "\n" code "\n--b--\n"
  static const Case cases[] = {
      {"dressed as a report", GUARD("4.7.0", ""), "challenge rfc3464"},
      {"a server's refusal stays one",
       GUARD("4.7.0", "Diagnostic-Code: smtp; 550 confirm that you are human\n"),
       "bounce rfc3464: ann@example.org failed 4.7.0 {550 confirm that you are human}"},
  };
  check_cases(cases, G_N_ELEMENTS(cases));
}

static void
test_message_fields(void **state)
{
  (void)state;
  static const char letter[] =
      SYSTEM "Subject: failure notice\nMessage-ID: <r@mx.example.net>\n"
             "Date: Fri, 20 Nov 2026 08:15:42 +0000\n\nHi. This is the mail program.\n\n"
             "<ann@example.org>:\nNo.\n\n--- Below this line is a copy of the message.\n\n"
             "Received: x\nMessage-ID: <o@news.example>\nFrom: news@news.example\n"
             "List-Id: Our news <news.news.example>\nFeedback-ID: 7:x\nSubject: Offers\n";
  g_autoptr(Message) message = message_new(letter, strlen(letter));
  g_autoptr(Report) report = readers_read(message, NULL);
  check_string("report", report->report_message_id, "r@mx.example.net");
  check_string("original", report->original_message_id, "o@news.example");
  check_string("list", report->list_id, "news.news.example");
  check_string("feedback", report->feedback_id, "7:x");
  check_string("subject", report->subject, "Offers");
  check_string("mta", report->reporting_mta, "mx.example.net");
  check_int("date", report->reported_at, 1795162542);
}

/* When the message that bounced was sent. */
static void
test_sent(void **state)
{
#define STATUS_REPORT(fields, returned)                                                            \
  SYSTEM "Date: Fri, 20 Nov 2026 08:15:42 +0000\nMIME-Version: 1.0\n"                              \
         "Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\n\n"         \
         "--b\n\nFailed.\n--b\nContent-Type: message/delivery-status\n\n"                          \
         "Reporting-MTA: dns; mx.example.net\n" fields                                             \
         "\nFinal-Recipient: rfc822; ann@example.org\nAction: failed\nStatus: 5.1.1\n"             \
         "--b\nContent-Type: message/rfc822\n\n" returned "\nText.\n--b--\n"
#define ARRIVAL "Arrival-Date: Fri, 20 Nov 2026 09:15:00 +0100\n"
#define FROM_NEWS "From: news@news.example\n"
  static const struct {
    const char *letter;
    gint64 want;
  } cases[] = {
      {STATUS_REPORT("", FROM_NEWS "Date: Fri, 20 Nov 2026 08:14:42 +0000\n"), 1795162482},
      {STATUS_REPORT(ARRIVAL, FROM_NEWS "Date: Fri, 20 Nov 2026 08:14:42 +0000\n"), 1795162482},
      {STATUS_REPORT(ARRIVAL, FROM_NEWS), 1795162500},
      {STATUS_REPORT(ARRIVAL, FROM_NEWS "Date: yesterday\n"), 1795162500},
      {STATUS_REPORT("Arrival-Date: soon\n", FROM_NEWS), 0},
      {STATUS_REPORT("", FROM_NEWS), 0},
      {STATUS_REPORT("", FROM_NEWS "Date: Thu, 1 Jan 1600 00:00:00 +0000\n"), 0},
      {STATUS_REPORT("", FROM_NEWS "Date: Fri, 20 Nov 99999 08:14:42 +0000\n"), 0},
      {SYSTEM
       "Subject: failure notice\n\nHi. This is the mail program.\n\n<ann@example.org>:\nNo.\n\n"
       "--- Below this line is a copy of the message.\n\nReceived: x\n" FROM_NEWS
       "Date: Fri, 20 Nov 2026 08:14:42 +0000\n",
       1795162482},
  };
  (void)state;
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(Message) message = message_new(cases[i].letter, strlen(cases[i].letter));
    g_autoptr(Report) report = readers_read(message, NULL);
    g_autofree char *name = g_strdup_printf("case %" G_GSIZE_FORMAT, i);
    check_int(name, report->sent_at, cases[i].want);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_qmail),          cmocka_unit_test(test_opensmtpd),
      cmocka_unit_test(test_settled_action), cmocka_unit_test(test_two_status_parts),
      cmocka_unit_test(test_general),        cmocka_unit_test(test_not_bounces),
      cmocka_unit_test(test_replies),        cmocka_unit_test(test_feedback),
      cmocka_unit_test(test_enclosed),       cmocka_unit_test(test_mdn),
      cmocka_unit_test(test_sendmail),       cmocka_unit_test(test_ses),
      cmocka_unit_test(test_challenge),      cmocka_unit_test(test_message_fields),
      cmocka_unit_test(test_sent),
  };
  return cmocka_run_group_tests_name("readers", tests, NULL, NULL);
}
