#include "config.h"

#include "lib/check.h"

#include <stdio.h>

#include "intake/events.h"

/* The events in text without what is before their bodies, each followed by a '|'. The first peeked
 * octets come as the head, the others from a file. */
static char *
split(const char *text, size_t peeked, const char *service)
{
  FILE *file = tmpfile();
  g_auto(Spool) spool = {0};
  GString *all = g_string_new(NULL);
  bool found = true;
  spool_init(&spool, 64 << 10);
  fputs(text + peeked, file);
  fflush(file);
  rewind(file);
  g_autoptr(Events) events = events_new(fileno(file), text, peeked, service);
  while (assert_true(events_next(events, &spool, &found, NULL)), found) {
    assert_true(g_str_has_prefix(spool.head->str, "Content-Type: "));
    g_string_append_printf(all, "%s|", strstr(spool.head->str, "\n\n") + 2);
  }
  fclose(file);
  return g_string_free(all, FALSE);
}

static void
test_split(void **state)
{
  (void)state;
  static const struct {
    const char *text, *service, *want;
  } cases[] = {
      {"{\"a\":1}", NULL, "{\"a\":1}|"},
      {"{\"a\":1}\n{\"b\":2}\n", NULL, "{\"a\":1}|{\"b\":2}|"},
      {" [ {\"a\":1} , {\"b\":{\"c\":[{}]}} ] ", NULL, "{\"a\":1}|{\"b\":{\"c\":[{}]}}|"},
      {"[]", NULL, ""},
      {"\xef\xbb\xbf{\"a\":1}", NULL, "{\"a\":1}|"},
      {"{\"a\":\"}{[\\\"}\\\\\"}{}", NULL, "{\"a\":\"}{[\\\"}\\\\\"}|{}|"},
      {"{\"items\":[{\"a\":1},{\"b\":2}],\"paging\":{\"next\":\"[{\"}}{\"c\":3}", NULL,
       "{\"a\":1}|{\"b\":2}|{\"c\":3}|"},
      {"{\"total\":2,\"Bounces\":[]}", NULL, ""},
      {"{\"tags\":[{\"a\":1}]}", NULL, "{\"tags\":[{\"a\":1}]}|"},
      {"{\"a\":{\"items\":[{}]}}", NULL, "{\"a\":{\"items\":[{}]}}|"},
      {"{\"a\":1", NULL, "{\"a\":1|"}, /* cut */
      {"]]}{\"a\":1}", "ses", ""},     /* not JSON: a file of CSV with one record */
      {"mandrill_events=%5B%7B%22a%22%3A%22x+y%22%7D%5D&b=%7B%7D", NULL, "{\"a\":\"x y\"}|"},
      {"mandrill_events=[{\"a\":\"%zz%4\"}]", NULL, "{\"a\":\"%zz%4\"}|"},
      {"a,b\n1,2\n\"3\n4\",5", "sendgrid", "a,b\n1,2\n|a,b\n\"3\n4\",5|"},
      {"a,b\r\n\r\n1,2\r\n", "sendgrid", "a,b\r\n1,2\r\n|"},
      {"a,b\n", "sendgrid", ""},
      {"", "sendgrid", ""},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
    for (size_t peeked = 16; peeked <= 24; peeked++) {
      size_t n = strlen(cases[i].text);
      g_autofree char *got = split(cases[i].text, MIN(peeked, n), cases[i].service);
      check_string(cases[i].text, got, cases[i].want);
    }
}

static void
test_are(void **state)
{
  (void)state;
  static const struct {
    const char *text;
    bool want;
  } cases[] = {
      {"{", true},
      {" \n[ {", true},
      {"[]", true},
      {"mandrill_events=", true},
      {"[1]", false},
      {"[", false},
      {"From: a@b\n", false},
      {"", false},
      {"email,x", false},
      {"mandrill_e", false},
      {"\xef\xbb\xbf{", true},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
    check_int(cases[i].text, events_are(cases[i].text, strlen(cases[i].text)), cases[i].want);
}

/* Whatever its length, only the head of an event is kept, and the next begins after it. */
static void
test_large(void **state)
{
  (void)state;
  g_autoptr(GString) text = g_string_new("[{\"a\":\"");
  for (int i = 0; i < 300000; i++)
    g_string_append_c(text, 'x');
  g_string_append(text, "\"},{\"b\":1}]");
  g_autofree char *got = split(text->str, 3, NULL);
  check_int("the large one is cut", (gint64)(strchr(got, '|') - got), (64 << 10) - 32);
  check_string("the next", strchr(got, '|') + 1, "{\"b\":1}|");
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_split),
      cmocka_unit_test(test_are),
      cmocka_unit_test(test_large),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
