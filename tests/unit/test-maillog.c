#include "config.h"

#include "lib/check.h"

#include <stdbool.h>

#include "intake/maillog.h"

enum { NOW = 1795262400 }; /* 2026-11-21 12:00 UTC */

static void
collect(const char *address, gint64 at, gpointer data)
{
  g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(at);
  g_autofree char *day = g_date_time_format(date, "%F");
  GString *out = data;
  g_string_append_printf(out, "%s%s %s", out->len > 0 ? ", " : "", address, day);
}

static char *
read_log(const char *text, const char *sender)
{
  g_autoptr(MailLog) log = maillog_new(sender, NOW);
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

/* Memory is bounded, however long the log. */
static void
test_many(void **state)
{
  (void)state;
  g_autoptr(MailLog) log = maillog_new(NULL, NOW);
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
      cmocka_unit_test(test_lines),
      cmocka_unit_test(test_cuts),
      cmocka_unit_test(test_sender),
      cmocka_unit_test(test_many),
  };
  return cmocka_run_group_tests_name("maillog", tests, NULL, NULL);
}
