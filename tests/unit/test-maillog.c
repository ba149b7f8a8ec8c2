#include "config.h"

#include "lib/check.h"

#include <stdbool.h>

#include "base/dates.h"
#include "intake/maillog-accepted.h"
#include "intake/maillog.h"

enum { NOW = 1795262400 }; /* 2026-11-21 12:00 UTC */

static void
collect(const MailLogRecipient *recipient, gpointer data)
{
  g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(recipient->at);
  g_autofree char *day = g_date_time_format(date, "%F");
  GString *out = data;
  g_string_append_printf(out, "%s%s %s", out->len > 0 ? ", " : "", recipient->address, day);
}

static char *
read_log(const char *text, const char *sender)
{
  g_autoptr(MailLog) log = maillog_new(sender, NULL, NOW);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  GString *out = g_string_new(NULL);
  for (char **line = lines; *line != NULL; line++)
    maillog_line(log, *line, collect, out);
  return g_string_free(out, FALSE);
}

#define POSTFIX "Nov 20 10:00:00 mx postfix/smtp[7]: 4AbC: "
#define QMGR "Nov 20 10:00:00 mx postfix/qmgr[7]: 4AbC: "
#define SENT ", relay=mx.example.net[192.0.2.1]:25, delay=1, dsn=2.0.0, status=sent (250 ok)"
#define EXIM "2026-11-20 10:00:00 1vMabc-0000000AbCd-1x2Y "

typedef struct {
  const char *what, *text, *want;
} Case;

static const Case cases[] = {
    {"Postfix", POSTFIX "to=<ann@example.net>" SENT, "ann@example.net 2026-11-20"},
    {"Postfix, original recipient", POSTFIX "to=<ann@example.net>, orig_to=<a@b.example>" SENT,
     "ann@example.net 2026-11-20, a@b.example 2026-11-20"},
    {"Postfix, ISO date",
     "2026-11-20T10:00:00.123456+01:00 mx postfix-out/smtp[7]: 4AbC: to=<ann@example.net>" SENT,
     "ann@example.net 2026-11-20"},
    {"Postfix, deferred",
     POSTFIX "to=<ann@example.net>, relay=none, delay=1, dsn=4.4.1, status=deferred (x)",
     "ann@example.net 2026-11-20"},
    {"Postfix, one-digit day",
     "Nov  1 10:00:00 mx postfix/smtp[7]: 4AbC: to=<ann@example.net>" SENT,
     "ann@example.net 2026-11-01"},
    {"last year", "Dec 31 10:00:00 mx postfix/smtp[7]: 4AbC: to=<ann@example.net>" SENT,
     "ann@example.net 2025-12-31"},
    {"today", "Nov 21 23:00:00 mx postfix/smtp[7]: 4AbC: to=<ann@example.net>" SENT,
     "ann@example.net 2026-11-21"},
    {"the future is now",
     "2027-01-01T10:00:00Z mx postfix/smtp[7]: 4AbC: to=<ann@example.net>" SENT,
     "ann@example.net 2026-11-21"},
    {"with a sender",
     QMGR "from=<news@example.org>, size=9, nrcpt=1 (queue active)\n" POSTFIX
          "to=<ann@example.net>" SENT,
     "ann@example.net 2026-11-20"},
    {"a bounce of ours",
     QMGR "from=<>, size=9, nrcpt=1 (queue active)\n" POSTFIX "to=<ann@example.net>" SENT, ""},
    {"the id is used again",
     QMGR "from=<>, size=9, nrcpt=1 (queue active)\n" QMGR
          "from=<a@example.org>, size=9, nrcpt=1 (queue active)\n" POSTFIX
          "to=<ann@example.net>" SENT,
     "ann@example.net 2026-11-20"},
    {"a refused recipient",
     "Nov 20 10:00:00 mx postfix/smtpd[7]: NOQUEUE: reject: RCPT from x[192.0.2.9]: 550 5.1.1 "
     "<v@example.net>: unknown; from=<> to=<v@example.net>, status=sent proto=ESMTP helo=<x>",
     ""},
    {"a lie in HELO",
     "Nov 20 10:00:00 mx postfix/smtpd[7]: 4AbC: client=x[192.0.2.9], helo=<x: to=<v@example.net>, "
     "status=sent>",
     ""},
    {"a lie in a reply",
     POSTFIX "to=<ann@example.net>, relay=x, status=bounced (550 4AbC: to=<v@example.net>, "
             "orig_to=<v@example.net>, status=sent)",
     "ann@example.net 2026-11-20"},
    {"another program", "Nov 20 10:00:00 mx evil[7]: 4AbC: to=<v@example.net>" SENT, ""},
    {"not closed", POSTFIX "to=<ann@example.net", ""},
    {"no status", POSTFIX "to=<ann@example.net>, relay=x", ""},
    {"no domain", POSTFIX "to=<ann>" SENT, ""},
    {"Exim", EXIM "=> ann@example.net R=dnslookup T=remote_smtp H=mx",
     "ann@example.net 2026-11-20"},
    {"Exim, all flags",
     EXIM "-> a@e.example R=x\n" EXIM "** b@e.example R=x: 550\n" EXIM
          "== c@e.example R=x defer\n" EXIM ">> d@e.example R=x",
     "a@e.example 2026-11-20, b@e.example 2026-11-20, c@e.example 2026-11-20, d@e.example "
     "2026-11-20"},
    {"Exim, redirected", EXIM "=> ann@example.net <a@b.example> R=x T=y",
     "ann@example.net 2026-11-20, a@b.example 2026-11-20"},
    {"Exim, local", EXIM "=> ann <ann@example.net> R=x T=y", "ann@example.net 2026-11-20"},
    {"Exim, old id", "2026-11-20 10:00:00 1vMabc-0000Ab-1x => ann@example.net R=x",
     "ann@example.net 2026-11-20"},
    {"Exim, zone and pid",
     "2026-11-20 10:00:00.123 +0100 [77] 1vMabc-0000Ab-1x => ann@example.net R=x",
     "ann@example.net 2026-11-20"},
    {"Exim, by syslog",
     "Nov 20 10:00:00 mx exim[7]: 2026-11-20 10:00:00 1vMabc-0000Ab-1x => ann@example.net R=x",
     "ann@example.net 2026-11-20"},
    {"Exim, by syslog without a date",
     "Nov 20 10:00:00 mx exim[7]: 1vMabc-0000Ab-1x => ann@example.net R=x",
     "ann@example.net 2026-11-20"},
    {"Exim, a bounce of ours",
     EXIM "<= <> R=1vMabb-0000Ab-1x U=mailnull P=local\n" EXIM "=> ann@example.net R=x", ""},
    {"Exim, refused", "2026-11-20 10:00:00 H=x F=<> rejected RCPT <v@example.net>: no", ""},
    {"Exim, a lie in HELO",
     "2026-11-20 10:00:00 H=(1vMabc-0000Ab-1x => v@example.net) [192.0.2.9] rejected EHLO", ""},
    {"Exim, completed", EXIM "Completed", ""},
    {"nothing", "", ""},
    {"something else", "hello => v@example.net", ""},
    {"no date", "2026-13-77 10:00:00 1vMabc-0000Ab-1x => ann@example.net R=x",
     "ann@example.net 2026-11-21"},
};

static void
test_lines(void **state)
{
  (void)state;
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *got = read_log(cases[i].text, NULL);
    check_string(cases[i].what, got, cases[i].want);
  }
}

/* Wherever a line is cut, nothing is read beyond its end, and no other address is found. */
static void
test_cuts(void **state)
{
  (void)state;
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
    for (size_t n = 0; n < strlen(cases[i].text); n++) {
      g_autofree char *cut = g_strndup(cases[i].text, n);
      g_autofree char *got = read_log(cut, NULL);
      if (strstr(got, "v@") != NULL)
        fail_msg("%s", cut);
    }
}

static void
test_sender(void **state)
{
  (void)state;
  static const struct {
    const char *from;
    bool counts;
  } senders[] = {
      {"bounces@example.org", true},
      {"Bounces+1abc-x=y@Example.org", true},
      {"bounces-x=y@example.org", true},
      {"bounces2@example.org", false},
      {"bounces@example.com", false},
      {"x+bounces@example.org", false},
      {"bounces", false},
      {"", false},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(senders); i++) {
    g_autofree char *text = g_strdup_printf(
        QMGR "from=<%s>, size=9, nrcpt=1 (queue active)\n" POSTFIX "to=<ann@example.net>" SENT,
        senders[i].from);
    g_autofree char *got = read_log(text, "bounces@example.org");
    check_string(senders[i].from, got, senders[i].counts ? "ann@example.net 2026-11-20" : "");
  }
  g_autofree char *unknown = read_log(POSTFIX "to=<ann@example.net>" SENT, "bounces@example.org");
  check_string("unknown sender", unknown, "");
}

/* --- accepted --- */

static void
collect_accepted(const MailLogRecipient *recipient, gpointer data)
{
  char buffer[DATE_BUFFER];
  GString *out = data;
  g_string_append_printf(out, "%s%s", out->len > 0 ? ", " : "",
                         recipient->accepted != 0 ? date_rfc3339(recipient->accepted, buffer)
                                                  : "no");
}

#define TO(relay, rest) POSTFIX "to=<ann@example.net>, relay=" relay ", delay=1, " rest
#define OK "dsn=2.0.0, status=sent (250 ok)"
#define AT_TEN "2026-11-20T10:00:00Z"

static const Case acceptances[] = {
    {"Postfix", POSTFIX "to=<ann@example.net>" SENT, AT_TEN},
    {"Postfix, both names", POSTFIX "to=<ann@example.net>, orig_to=<a@b.example>" SENT,
     AT_TEN ", " AT_TEN},
    {"a time zone",
     "2026-11-20T10:00:00.123456+01:00 mx postfix/smtp[7]: 4AbC: to=<ann@example.net>" SENT,
     "2026-11-20T09:00:00Z"},
    {"another program of Postfix",
     "Nov 20 10:00:00 mx postfix/lmtp[7]: 4AbC: to=<ann@example.net>" SENT, "no"},
    {"an instance of Postfix",
     "Nov 20 10:00:00 mx postfix-out/smtp[7]: 4AbC: to=<ann@example.net>" SENT, AT_TEN},
    {"a reply without a code", TO("mx.example.net[192.0.2.1]:25", "status=sent (250 ok)"), AT_TEN},
    {"deferred", TO("mx.example.net[192.0.2.1]:25", "dsn=4.2.2, status=deferred (full)"), "no"},
    {"bounced", TO("mx.example.net[192.0.2.1]:25", "dsn=5.1.1, status=bounced (550 x)"), "no"},
    {"a lie in a reply",
     TO("mx.example.net[192.0.2.1]:25",
        "dsn=5.1.1, status=bounced (550 x, dsn=2.0.0, status=sent)"),
     "no"},
    {"no host", TO("none", OK), "no"},
    {"local", TO("local", OK), "no"},
    {"a socket", TO("mx.example.net[private/dovecot-lmtp]", OK), "no"},
    {"a content filter", TO("127.0.0.1[127.0.0.1]:10024", OK), "no"},
    {"on port 25 too", TO("127.0.0.1[127.0.0.1]:25", OK), "no"},
    {"a private address", TO("mx.example.net[10.1.2.3]:25", OK), "no"},
    {"another private address", TO("mx.example.net[172.31.2.3]:25", OK), "no"},
    {"a public one", TO("mx.example.net[172.32.2.3]:25", OK), AT_TEN},
    {"a submission port", TO("smtp.example.net[192.0.2.1]:587", OK), "no"},
    {"IPv6", TO("mx.example.net[2001:db8::1]:25", OK), AT_TEN},
    {"private IPv6", TO("mx.example.net[fd00::1]:25", OK), "no"},
    {"a relay", TO("smarthost.example[192.0.2.1]:25", OK), "no"},
    {"a host below a relay", TO("Out3.SmartHost.example[192.0.2.1]:25", OK), "no"},
    {"a name that ends alike", TO("mysmarthost.example[192.0.2.1]:25", OK), AT_TEN},
    {"a relay by its address", TO("x.example[192.0.2.99]:25", OK), "no"},
    {"Exim", EXIM "=> a@b.example R=dnslookup T=remote_smtp H=mx.b.example [192.0.2.1] C=\"250\"",
     AT_TEN},
    {"Exim, one more recipient",
     EXIM "-> a@b.example R=dnslookup T=remote_smtp H=mx.b.example [192.0.2.1] C=\"250\"", AT_TEN},
    {"Exim, redirected",
     EXIM "=> a@b.example <c@d.example> R=dnslookup T=remote_smtp H=mx.b.example [192.0.2.1]",
     AT_TEN ", " AT_TEN},
    {"Exim, without the host", EXIM "=> a@b.example R=dnslookup T=remote_smtp", AT_TEN},
    {"Exim, local", EXIM "=> ann <ann@example.net> R=localuser T=maildir_home", "no"},
    {"Exim, deferred", EXIM "== a@b.example R=dnslookup T=remote_smtp defer", "no"},
    {"Exim, refused",
     EXIM "** a@b.example R=dnslookup T=remote_smtp H=mx.b.example [192.0.2.1]: 550", "no"},
    {"Exim, a smarthost",
     EXIM "=> a@b.example R=smarthost T=remote_smtp_smarthost H=x.example [192.0.2.1]", "no"},
    {"Exim, a relay",
     EXIM "=> a@b.example R=route T=remote_smtp H=smarthost.example [192.0.2.1]:25", "no"},
    {"Exim, a port", EXIM "=> a@b.example R=route T=remote_smtp H=x.example [192.0.2.1]:587", "no"},
    {"Exim, a lie in a reply",
     EXIM "=> a@b.example R=smart T=pipe C=\"250 H=mx.b.example [192.0.2.1]\"", "no"},
    {"no time", "2026-11-20T1 mx postfix/smtp[7]: 4AbC: to=<ann@example.net>" SENT, "no"},
};

static void
test_accepted(void **state)
{
  (void)state;
  g_auto(GStrv) relays = maillog_relays("smarthost.example, 192.0.2.99");
  for (size_t i = 0; i < G_N_ELEMENTS(acceptances); i++) {
    g_autoptr(MailLog) log = maillog_new(NULL, relays, NOW);
    g_auto(GStrv) lines = g_strsplit(acceptances[i].text, "\n", -1);
    g_autoptr(GString) out = g_string_new(NULL);
    for (char **line = lines; *line != NULL; line++)
      maillog_line(log, *line, collect_accepted, out);
    check_string(acceptances[i].what, out->str, acceptances[i].want);
  }
  assert_null(maillog_relays("a host; another"));
}

/* --- Message-IDs --- */

static gint64
hash(const char *message_id, gconstpointer data)
{
  (void)data;
  return 1 + (gint64)g_str_hash(message_id);
}

static void
collect_message(const MailLogRecipient *recipient, gpointer data)
{
  static const char *const known[] = {"a1@example.org", "b2@example.org", "forged@example.org"};
  const char *name = recipient->message == 0 ? "-" : "?";
  for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
    if (recipient->message == hash(known[i], NULL))
      name = known[i];
  GString *out = data;
  g_string_append_printf(out, "%s%s %s", out->len > 0 ? ", " : "", recipient->address, name);
}

#define LINE(program, rest) "Nov 20 10:00:00 mx postfix/" program "[7]: 4AbC: " rest "\n"
#define PICKUP LINE("pickup", "uid=33 from=<www>")
#define CLIENT(rest) LINE("smtpd", "client=" rest)
#define CLEANUP(id) LINE("cleanup", "message-id=<" id ">")
#define FROM LINE("qmgr", "from=<news@example.org>, size=9, nrcpt=1 (queue active)")
#define DONE POSTFIX "to=<ann@example.net>" SENT "\n"
#define A1 "a1@example.org"
#define FOUND "ann@example.net " A1
#define UNKNOWN "ann@example.net -"
#define ARRIVAL(rest) EXIM "<= news@example.org " rest "\n"
#define EXIM_DONE EXIM "=> ann@example.net R=dnslookup T=remote_smtp H=mx [192.0.2.1]\n"

static const Case messages[] = {
    {"submitted here", PICKUP CLEANUP(A1) FROM DONE, FOUND},
    {"two names of a recipient",
     PICKUP CLEANUP(A1) FROM POSTFIX "to=<ann@example.net>, orig_to=<all@b.example>" SENT,
     FOUND ", all@b.example " A1},
    {"refused", PICKUP CLEANUP(A1) FROM TO("mx[192.0.2.1]:25", "dsn=5.1.1, status=bounced (550)"),
     FOUND},
    {"logged in",
     CLIENT("h.example[203.0.113.9], sasl_method=PLAIN, sasl_username=app") CLEANUP(A1) FROM DONE,
     FOUND},
    {"a private network", CLIENT("app.example[10.1.2.3]") CLEANUP(A1) FROM DONE, FOUND},
    {"this machine", CLIENT("localhost[::1]") CLEANUP(A1) FROM DONE, FOUND},
    {"an instance for submission",
     "Nov 20 10:00:00 mx postfix/submission/smtpd[7]: 4AbC: client=x[203.0.113.9], "
     "sasl_method=PLAIN, sasl_username=app\n" CLEANUP(A1) FROM DONE,
     FOUND},
    {"a stranger", CLIENT("unknown[203.0.113.9]") CLEANUP(A1) FROM DONE, UNKNOWN},
    {"a stranger through a filter",
     CLIENT("localhost[127.0.0.1], orig_queue_id=4AbB, orig_client=x[203.0.113.9]") CLEANUP(A1)
         FROM DONE,
     UNKNOWN},
    {"our own through a filter",
     CLIENT("localhost[127.0.0.1], orig_queue_id=4AbB, orig_client=x[10.1.2.3]") CLEANUP(A1)
         FROM DONE,
     FOUND},
    {"a lie in AUTH=",
     CLIENT("x[203.0.113.9], sasl_sender=a, sasl_username=app") CLEANUP(A1) FROM DONE, UNKNOWN},
    {"no address", CLIENT("x[]") CLEANUP(A1) FROM DONE, UNKNOWN},
    {"a socket", CLIENT("x[private/socket]") CLEANUP(A1) FROM DONE, UNKNOWN},
    {"no origin", CLEANUP(A1) FROM DONE, UNKNOWN},
    {"a bounce of ours", PICKUP CLEANUP(A1) LINE("qmgr", "from=<>, size=9") DONE, ""},
    {"another program's line",
     PICKUP "Nov 20 10:00:00 mx evil[7]: 4AbC: message-id=<" A1 ">\n" FROM DONE, UNKNOWN},
    {"a second message with this id",
     PICKUP CLEANUP(A1) FROM DONE LINE("qmgr", "removed") PICKUP CLEANUP("b2@example.org")
         FROM DONE,
     FOUND ", ann@example.net b2@example.org"},
    {"a stranger's message with this id",
     PICKUP CLEANUP(A1) FROM DONE CLIENT("x[203.0.113.9]") CLEANUP("forged@example.org") FROM DONE,
     FOUND ", " UNKNOWN},
    {"removed", PICKUP CLEANUP(A1) FROM LINE("qmgr", "removed") DONE, UNKNOWN},
    {"an empty Message-ID", PICKUP CLEANUP("") FROM DONE, UNKNOWN},
    {"Exim, local", ARRIVAL("U=www P=local S=9 id=" A1) EXIM_DONE, FOUND},
    {"Exim, logged in",
     ARRIVAL("H=(x) [203.0.113.9] P=esmtpsa X=TLS1.3 A=plain:app S=9 id=" A1) EXIM_DONE, FOUND},
    {"Exim, a private network", ARRIVAL("H=app [10.1.2.3]:4711 P=esmtp S=9 id=" A1) EXIM_DONE,
     FOUND},
    {"Exim, a stranger", ARRIVAL("H=x [203.0.113.9] P=esmtp S=9 id=" A1) EXIM_DONE, UNKNOWN},
    {"Exim, a lie in HELO",
     ARRIVAL("H=([10.1.2.3] A=plain:app P=local) [203.0.113.9] P=esmtp S=9 id=" A1) EXIM_DONE,
     UNKNOWN},
    {"Exim, a lie in a certificate",
     ARRIVAL("H=x [203.0.113.9] P=esmtps DN=\"CN=\\\" A=plain:x\" S=9 id=" A1) EXIM_DONE, UNKNOWN},
    {"Exim, a lie in the subject",
     ARRIVAL("H=x [203.0.113.9] P=esmtp S=9 id=forged@example.org T=\"x A=plain:app id=" A1 "\"")
         EXIM_DONE,
     UNKNOWN},
    {"Exim, completed", ARRIVAL("U=www P=local S=9 id=" A1) EXIM "Completed\n" EXIM_DONE, UNKNOWN},
};

static void
read_messages(MailLog *log, const char *text, GString *out)
{
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  maillog_hash_with(log, hash, NULL);
  for (char **line = lines; *line != NULL; line++)
    maillog_line(log, *line, collect_message, out);
}

static void
test_messages(void **state)
{
  (void)state;
  for (size_t i = 0; i < G_N_ELEMENTS(messages); i++) {
    g_autoptr(MailLog) log = maillog_new(NULL, NULL, NOW);
    g_autoptr(GString) out = g_string_new(NULL);
    read_messages(log, messages[i].text, out);
    check_string(messages[i].what, out->str, messages[i].want);
  }
}

static bool
hand_on(const char *id, const MailLogQueued *queued, gpointer next, GError **error)
{
  (void)error;
  maillog_resume(next, id, queued);
  return true;
}

/* Between any two lines, another log begins. */
static void
test_rotation(void **state)
{
  (void)state;
  static const char *const lines[] = {PICKUP, CLEANUP(A1), FROM, DONE};
  for (size_t cut = 1; cut < G_N_ELEMENTS(lines); cut++) {
    g_autoptr(MailLog) log = maillog_new("news@example.org", NULL, NOW);
    g_autoptr(MailLog) next = maillog_new("news@example.org", NULL, NOW);
    g_autoptr(GString) out = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
      if (i == cut)
        assert_true(maillog_each_queued(log, hand_on, next, NULL));
      read_messages(i < cut ? log : next, lines[i], out);
    }
    check_string(lines[cut], out->str, FOUND);
  }
}

/* A log without end does not take memory without end. */
static void
test_many(void **state)
{
  (void)state;
  g_autoptr(MailLog) log = maillog_new(NULL, NULL, NOW);
  g_autoptr(GString) out = g_string_new(NULL);
  for (int i = 0; i < 250000; i++) {
    g_autofree char *line = g_strdup_printf(
        "Nov 20 10:00:00 mx postfix/qmgr[7]: %X: from=<>, size=9, nrcpt=1 (queue active)", i);
    maillog_line(log, line, collect, out);
  }
  maillog_line(log, "Nov 20 10:00:00 mx postfix/smtp[7]: 3D08F: to=<a@b.example>" SENT, collect,
               out);
  check_string("the last one is known", out->str, "");
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_lines),    cmocka_unit_test(test_cuts), cmocka_unit_test(test_sender),
      cmocka_unit_test(test_accepted), cmocka_unit_test(test_many), cmocka_unit_test(test_messages),
      cmocka_unit_test(test_rotation),
  };
  return cmocka_run_group_tests_name("maillog", tests, NULL, NULL);
}
