#include "config.h"

#include "lib/check.h"

#include "lmtp/dialogue.h"

#define HELLO "LHLO client\r\n"
#define FEATURES "250-mx|250-PIPELINING|250-8BITMIME|250-SMTPUTF8|250-ENHANCEDSTATUSCODES|250 SIZE|"
#define SENDER "250 2.1.0 Sender accepted|"
#define RECIPIENT "250 2.1.5 Recipient accepted|"
#define READY "354 End with CRLF.CRLF|"
#define BEGIN HELLO "MAIL FROM:<>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n"
#define BEGUN FEATURES SENDER RECIPIENT READY
#define DONE "250 2.0.0 Done|"
#define RECORDED "250 2.0.0 Recorded|"

/* Moves the replies to out, with '|' for the line ends. */
static void
take_replies(Dialogue *dialogue, GString *out)
{
  GString *replies = dialogue_replies(dialogue);
  for (size_t i = 0; i < replies->len; i++)
    if (replies->str[i] == '\n')
      g_string_append_c(out, '|');
    else if (replies->str[i] != '\r')
      g_string_append_c(out, replies->str[i]);
  g_string_truncate(replies, 0);
}

/* "[sender>recipient,recipient:content]" */
static void
describe_message(const Dialogue *dialogue, const GString *content, GString *out)
{
  const GPtrArray *recipients = dialogue_recipients(dialogue);
  g_string_append_printf(out, "[%s>", dialogue_sender(dialogue));
  for (guint i = 0; i < recipients->len; i++)
    g_string_append_printf(out, "%s%s", i > 0 ? "," : "", (char *)g_ptr_array_index(recipients, i));
  g_string_append_c(out, ':');
  g_string_append_len(out, content->str, (gssize)content->len);
  g_string_append_c(out, ']');
}

/* All that comes out if the client sends this in pieces, in its order. */
static char *
talk(const char *bytes, size_t length, size_t piece)
{
  g_autoptr(Dialogue) dialogue = dialogue_new("mx");
  g_autoptr(GString) content = g_string_new(NULL);
  GString *out = g_string_new(NULL);
  DialogueEvent event = DIALOGUE_MORE;
  g_string_truncate(dialogue_replies(dialogue), 0);
  while (length > 0 && event != DIALOGUE_CLOSED) {
    size_t rest = MIN(length, piece), before = rest;
    event = dialogue_take(dialogue, &bytes, &rest, content);
    length -= before - rest;
    take_replies(dialogue, out);
    if (event == DIALOGUE_MESSAGE) {
      describe_message(dialogue, content, out);
      g_string_truncate(content, 0);
      dialogue_answer(dialogue, 250, "2.0.0", "Recorded");
      take_replies(dialogue, out);
    }
  }
  if (content->len > 0)
    g_string_append_printf(out, "{%s}", content->str);
  if (event == DIALOGUE_CLOSED)
    g_string_append(out, "closed");
  return g_string_free(out, FALSE);
}

typedef struct {
  const char *name, *in, *want;
  size_t length; /* of in, if it has NULs; 0 = strlen */
} Case;

static void
check_cases(const Case *cases, size_t n)
{
  static const size_t pieces[] = {1, 2, 3, 5, 7, 1 << 20};
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < G_N_ELEMENTS(pieces); j++) {
      size_t length = cases[i].length > 0 ? cases[i].length : strlen(cases[i].in);
      g_autofree char *got = talk(cases[i].in, length, pieces[j]);
      check_string(cases[i].name, got, cases[i].want);
    }
}

static void
test_commands(void **state)
{
  (void)state;
  static const Case cases[] = {
      {"greeting", HELLO, FEATURES, 0},
      {"case", "lhlo x\r\nnoop\r\nQuit\r\n", FEATURES DONE "221 2.0.0 Bye|closed", 0},
      {"no name", "LHLO\r\n", "501 5.5.4 LHLO needs a name|", 0},
      {"not SMTP", "EHLO x\r\nHELO x\r\n",
       "500 5.5.1 This is LMTP: say LHLO|500 5.5.1 This is LMTP: say LHLO|", 0},
      {"a message", BEGIN "Subject: x\r\n\r\nHi\r\n.\r\n",
       BEGUN "[>b@example.org:Subject: x\n\nHi\n]" RECORDED, 0},
      {"two messages, pipelined",
       BEGIN "1\r\n.\r\nMAIL FROM:<a@b> SIZE=3 BODY=8BITMIME SMTPUTF8\r\nRCPT TO:<c@d>\r\n"
             "DATA\r\n2\r\n.\r\nQUIT\r\n",
       BEGUN "[>b@example.org:1\n]" RECORDED SENDER RECIPIENT READY "[a@b>c@d:2\n]" RECORDED
             "221 2.0.0 Bye|closed",
       0},
      {"every recipient gets a reply",
       HELLO "MAIL FROM:<>\r\nRCPT TO:<a@b>\r\nRCPT TO:nobody\r\nRCPT TO:<c@d>\r\nDATA\r\n.\r\n",
       FEATURES SENDER RECIPIENT "501 5.5.4 RCPT TO:<address> is expected|" RECIPIENT READY
                                 "[>a@b,c@d:]" RECORDED RECORDED,
       0},
      {"RSET forgets", HELLO "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nRSET\r\nRCPT TO:<e@f>\r\n",
       FEATURES SENDER RECIPIENT DONE "503 5.5.1 Say MAIL first|", 0},
      {"LHLO forgets", HELLO "MAIL FROM:<a@b>\r\n" HELLO "MAIL FROM:<c@d>\r\n",
       FEATURES SENDER FEATURES SENDER, 0},
      {"order", "MAIL FROM:<>\r\nRCPT TO:<a@b>\r\n" HELLO "MAIL FROM:<>\r\nMAIL FROM:<>\r\n",
       "503 5.5.1 Say LHLO first|503 5.5.1 Say MAIL first|" FEATURES SENDER
       "503 5.5.1 There is a sender already|",
       0},
      {"DATA without recipients, and a message that would be commands",
       HELLO "MAIL FROM:<>\r\nDATA\r\nMAIL FROM:<x@y>\r\n.\r\n",
       FEATURES SENDER "503 5.5.1 There are no recipients|"
                       "421 4.5.0 Closing, in case the message follows|closed",
       0},
      {"unknown", HELLO "TURN\r\nVRFY x\r\n",
       FEATURES "500 5.5.2 Unknown command|252 2.5.0 Every recipient is accepted|", 0},
      {"a browser", "POST / HTTP/1.1\r\nHost: localhost\r\n\r\n" BEGIN,
       "421 4.7.0 This is LMTP|closed", 0},
      {"control characters", HELLO "NOOP\t\r\nNOOP \r x\r\nNOOP\r\n",
       FEATURES "500 5.5.2 Control characters in a command; a line ends with CRLF|"
                "500 5.5.2 Control characters in a command; a line ends with CRLF|" DONE,
       0},
      {"a bare LF ends no command", HELLO "MAIL FROM:<>\nRCPT TO:<a@b>\r\nNOOP\r\n",
       FEATURES "500 5.5.2 Control characters in a command; a line ends with CRLF|" DONE, 0},
      {"half a command", HELLO "MAIL FROM:<>", FEATURES, 0},
      {"NUL", "LHLO x\0y\r\nNOOP\r\n",
       "500 5.5.2 Control characters in a command; a line ends with CRLF|" DONE, 16},
      {"empty lines", HELLO "\r\n \r\n",
       FEATURES "500 5.5.2 Unknown command|500 5.5.2 Unknown command|", 0},
  };
  check_cases(cases, G_N_ELEMENTS(cases));
}

static void
test_paths(void **state)
{
  (void)state;
  static const struct {
    const char *in, *want; /* NULL: refused */
  } cases[] = {
      {"<a@example.org>", "a@example.org"},
      {" <a@example.org>", "a@example.org"},
      {"<bounces+1abc-r=x.org@example.org> ORCPT=rfc822;x", "bounces+1abc-r=x.org@example.org"},
      {"<@relay,@b:a@example.org>", "@relay,@b:a@example.org"},
      {"<\"a>b\\\"c\"@example.org>", "\"a>b\\\"c\"@example.org"},
      {"<\"a b\"@example.org>", "\"a b\"@example.org"},
      {"<bounces>", "bounces"},
      {"<grün@bücher.example>", "grün@bücher.example"},
      {"<>", NULL},
      {" <>", NULL},
      {"a@example.org", NULL},
      {"<a@example.org", NULL},
      {"<\"a>@example.org", NULL},
      {"<a@example.org>x", NULL},
      {"", NULL},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *in =
        g_strdup_printf(HELLO "MAIL FROM:<>\r\nRCPT TO:%s\r\nDATA\r\n.\r\n", cases[i].in);
    g_autofree char *got = talk(in, strlen(in), 1 << 20);
    g_autofree char *want =
        cases[i].want != NULL
            ? g_strdup_printf(FEATURES SENDER RECIPIENT READY "[>%s:]" RECORDED, cases[i].want)
            : g_strdup(FEATURES SENDER "501 5.5.4 RCPT TO:<address> is expected|"
                                       "503 5.5.1 There are no recipients|"
                                       "421 4.5.0 Closing, in case the message follows|closed");
    check_string(cases[i].in, got, want);
  }
}

/* Only CRLF.CRLF ends a message. Whatever else another program may take for its end stays content,
 * and so do the commands after it. */
static void
test_end_of_content(void **state)
{
  (void)state;
  static const struct {
    const char *in, *want;
  } cases[] = {
      {"a\n.\r\nMAIL FROM:<>\r\n", "a\n.\nMAIL FROM:<>\n"},
      {"a\n.\n", "a\n.\n"},
      {"a\r\n.\nMAIL FROM:<>\r\n", "a\n\nMAIL FROM:<>\n"},
      {"a\r\n.\rMAIL FROM:<>\r\n", "a\n\rMAIL FROM:<>\n"},
      {"a\r.\r\n", "a\r.\n"},
      {"a\r.\r", "a\r."},
      {"a\r\r\n.\r\r\n", "a\r\n\r\n"},
      {"a\n.\r", "a\n."},
      {"a\r\n\r.\r\n", "a\n\r.\n"},
      {"a\r\n..\r\n", "a\n.\n"},
      {"a\r\n.b\r\n", "a\nb\n"},
      {"a\r\n.. \r\n", "a\n. \n"},
      {"a\r\n. \r\n", "a\n \n"},
      {"a.\r\n", "a.\n"},
      {"..\r\n", ".\n"},
      {"\r\n", "\n"},
      {"", ""},
      {"\n", "\n"},
      {"no line end\r", "no line end"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *open = g_strconcat(BEGIN, cases[i].in, NULL);
    g_autofree char *closed = g_strconcat(open, "\r\n.\r\nNOOP\r\n", NULL);
    bool whole = g_str_has_suffix(cases[i].in, "\r\n") || *cases[i].in == '\0';
    g_autofree char *ended = g_strconcat(open, whole ? ".\r\nNOOP\r\n" : "\r\n.\r\nNOOP\r\n", NULL);
    /* the CR at the end of some belongs to the content only if no LF follows */
    bool cr = g_str_has_suffix(cases[i].in, "\r");
    g_autofree char *want = g_strdup_printf(BEGUN "[>b@example.org:%s%s%s]" RECORDED DONE,
                                            cases[i].want, cr ? "\r" : "", whole ? "" : "\n");
    for (size_t piece = 1; piece < 8; piece++) {
      g_autofree char *got = talk(ended, strlen(ended), piece);
      check_string(cases[i].in, got, want);
      g_autofree char *endless = talk(open, strlen(open), piece);
      if (strchr(endless, '[') != NULL)
        fail_msg("%s: ends a message", cases[i].in);
    }
  }
}

/* NULs are content like any other. */
static void
test_nul(void **state)
{
  (void)state;
  static const char in[] = BEGIN "a\0b\r\n\0.\r\n.\0\r\n.\r\n";
  const char *bytes = in;
  size_t length = sizeof in - 1;
  g_autoptr(Dialogue) dialogue = dialogue_new("mx");
  g_autoptr(GString) content = g_string_new(NULL);
  assert_int_equal(dialogue_take(dialogue, &bytes, &length, content), DIALOGUE_MESSAGE);
  assert_int_equal(length, 0);
  assert_int_equal(content->len, 9);
  assert_memory_equal(content->str, "a\0b\n\0.\n\0\n", 9);
}

static void
repeat(GString *out, const char *text, int times)
{
  while (times-- > 0)
    g_string_append(out, text);
}

static void
test_limits(void **state)
{
  (void)state;
  static const struct {
    const char *name, *first, *many, *end; /* the end of what comes out */
    int times;
  } cases[] = {
      {"errors", HELLO, "TURN\r\n", "500 5.5.2 Unknown command|421 4.7.0 Too many errors|closed",
       1000},
      {"commands", HELLO, "NOOP\r\n", DONE "421 4.7.0 Too many commands without a message|closed",
       5000},
      {"recipients", HELLO "MAIL FROM:<>\r\n", "RCPT TO:<a@b>\r\n",
       "452 4.5.3 Too many recipients|", DIALOGUE_RECIPIENTS_MAX + 1},
      {"a long line", HELLO "NOOP ", "xxxxxxxxxx", FEATURES, 100000},
      {"an address too long", HELLO "MAIL FROM:<>\r\nRCPT TO:<", "xxxxxxxxxx", SENDER, 100},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
    for (size_t piece = 1; piece < 100000; piece = piece * 7 + 1) {
      g_autoptr(GString) in = g_string_new(cases[i].first);
      repeat(in, cases[i].many, cases[i].times);
      g_autofree char *got = talk(in->str, in->len, piece);
      if (!g_str_has_suffix(got, cases[i].end))
        fail_msg("%s: %s", cases[i].name, got);
    }
}

static void
test_long(void **state)
{
  (void)state;
  g_autoptr(GString) line = g_string_new(HELLO "NOOP ");
  repeat(line, "x", DIALOGUE_LINE_MAX);
  g_string_append(line, "\r\nNOOP\r\n");
  g_autofree char *got = talk(line->str, line->len, 100);
  check_string("a long line", got, FEATURES "500 5.5.2 Line too long|" DONE);
  g_autoptr(GString) path = g_string_new(HELLO "MAIL FROM:<a@b>\r\nRCPT TO:<");
  repeat(path, "x", 400);
  g_string_append(path, "@example.org>\r\nDATA\r\n.\r\n");
  g_autofree char *unknown = talk(path->str, path->len, 100);
  check_string("a recipient that cannot exist is not known", unknown,
               FEATURES SENDER RECIPIENT READY "[a@b>:]" RECORDED);
}

static void
test_answers(void **state)
{
  (void)state;
  g_autoptr(Dialogue) dialogue = dialogue_new("mx");
  g_autoptr(GString) content = g_string_new(NULL), out = g_string_new(NULL);
  const char *bytes = BEGIN ".\r\n";
  size_t length = strlen(bytes);
  dialogue_answer(dialogue, 250, "2.0.0", "nothing to answer");
  assert_int_equal(dialogue_take(dialogue, &bytes, &length, content), DIALOGUE_MESSAGE);
  assert_true(dialogue_has_message(dialogue));
  g_string_truncate(dialogue_replies(dialogue), 0);
  dialogue_answer(dialogue, 451, "4.3.0", "a\r\n250 b\303\244");
  take_replies(dialogue, out);
  check_string("the text of a reply is harmless", out->str, "451 4.3.0 a??250 b??|");
  assert_false(dialogue_has_message(dialogue));
  dialogue_close(dialogue, "4.3.2", "Stopping");
  dialogue_close(dialogue, "4.3.2", "Stopping");
  take_replies(dialogue, out);
  check_string("closed once", out->str, "451 4.3.0 a??250 b??|421 4.3.2 Stopping|");
  bytes = "NOOP\r\n";
  length = strlen(bytes);
  assert_int_equal(dialogue_take(dialogue, &bytes, &length, content), DIALOGUE_CLOSED);
  assert_int_equal(length, 6);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_commands),       cmocka_unit_test(test_paths),
      cmocka_unit_test(test_end_of_content), cmocka_unit_test(test_nul),
      cmocka_unit_test(test_limits),         cmocka_unit_test(test_long),
      cmocka_unit_test(test_answers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
