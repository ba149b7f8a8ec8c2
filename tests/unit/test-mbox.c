#include "config.h"

#include "lib/check.h"

#include <stdio.h>
#include <unistd.h>

#include "intake/mbox.h"

static void
test_from_line(void **state)
{
  (void)state;
  static const struct {
    const char *line;
    bool want;
  } cases[] = {
      {"From a@example.org Sat Nov 21 10:00:00 2026", true},
      {"From a@example.org  Sat Nov  1 10:00:00 2026", true},
      {"From MAILER-DAEMON Sat Nov 21 10:00 2026", true},
      {"From  Sat Nov 21 10:00:00 2026", true},
      {"From a@example.org Sat Nov 21 10:00:00 CET 2026", true},
      {"From a@example.org Sat Nov 21 10:00:00 2026 +0100", true},
      {"From a@example.org Sat Nov 21 10:00:00 2026 remote from mx", true},
      {"From \"a b\"@example.org sat nov 21 10:00:00 2026", true},
      {"From Sat to Sun Sat Nov 21 10:00:00 2026", true},
      {"From ", false},
      {"From: a@example.org", false},
      {"From here on it is Sat", false},
      {"From a@example.org", false},
      {"From a@example.org Sat Nov 21", false},
      {"From a@example.org Sat Nov 21 10:00:00", false},
      {"From a@example.org Sat Nov xx 10:00:00 2026", false},
      {"From a@example.org Sat Nox 21 10:00:00 2026", false},
      {"From a@example.org Saturday Nov 21 10:00:00 2026", false},
      {">From a@example.org Sat Nov 21 10:00:00 2026", false},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
    check_int(cases[i].line, mbox_is_from_line(cases[i].line, strlen(cases[i].line)),
              cases[i].want);
}

/* The messages in text, each followed by a '|'. */
static char *
split_file(FILE *file, bool split)
{
  fseek(file, 0, SEEK_SET);
  lseek(fileno(file), 0, SEEK_SET);
  g_autoptr(Mbox) mbox = mbox_new(fileno(file), split);
  g_auto(Spool) spool = {0};
  spool_init(&spool, 64 << 20);
  GString *all = g_string_new(NULL);
  bool found;
  while (assert_true(mbox_next(mbox, &spool, &found, NULL)), found) {
    g_string_append_len(all, spool.head->str, (gssize)spool.head->len);
    g_string_append_c(all, '|');
    spool_reset(&spool);
  }
  return g_string_free(all, FALSE);
}

static char *
split_text(const char *text, bool split)
{
  FILE *file = tmpfile();
  assert_non_null(file);
  fputs(text, file);
  fflush(file);
  char *all = split_file(file, split);
  fclose(file);
  return all;
}

#define FROM "From a@example.org Sat Nov 21 10:00:00 2026"

static void
test_split(void **state)
{
  (void)state;
  static const struct {
    const char *what, *text, *want;
  } cases[] = {
      {"empty", "", ""},
      {"one", FROM "\nA: b\n\nbody\n", FROM "\nA: b\n\nbody\n|"},
      {"two", FROM "\nA: b\n\n1\n\n" FROM "\nA: b\n\n2\n",
       FROM "\nA: b\n\n1\n\n|" FROM "\nA: b\n\n2\n|"},
      {"CRLF", FROM "\r\nA: b\r\n\r\n1\r\n\r\n" FROM "\r\nA: b\r\n",
       FROM "\r\nA: b\r\n\r\n1\r\n\r\n|" FROM "\r\nA: b\r\n|"},
      {"no blank line before", FROM "\nA: b\n\n1\n" FROM "\n", FROM "\nA: b\n\n1\n" FROM "\n|"},
      {"a sentence", FROM "\n\nFrom here on\n\nFrom us\n", FROM "\n\nFrom here on\n\nFrom us\n|"},
      {"quoted", FROM "\n\n>" FROM "\n", FROM "\n\n>" FROM "\n|"},
      {"not an mbox", "A: b\n\n" FROM "\n", "A: b\n\n" FROM "\n|"},
      {"ends in a From_ line", FROM "\n\n" FROM, FROM "\n\n|" FROM "|"},
      {"ends in half a line", FROM "\n\nFrom", FROM "\n\nFrom|"},
      {"header only", FROM, FROM "|"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *got = split_text(cases[i].text, true);
    check_string(cases[i].what, got, cases[i].want);
  }
}

static void
test_whole(void **state)
{
  (void)state;
  const char *text = FROM "\nA: b\n\n1\n\n" FROM "\nA: b\n\n2\n";
  g_autofree char *got = split_text(text, false);
  g_autofree char *want = g_strconcat(text, "|", NULL);
  check_string("a file of a Maildir", got, want);
}

/* The messages do not depend on where the buffer ends: lengths around its size, one octet apart. */
static void
test_buffer_ends(void **state)
{
  (void)state;
  for (int length = (256 << 10) - 60; length < (256 << 10) + 60; length++) {
    g_autoptr(GString) text = g_string_new(FROM "\n\n");
    while ((int)text->len < length)
      g_string_append_c(text, text->len % 71 == 70 ? '\n' : 'x');
    g_autofree char *first = g_strdup_printf("%s\n\n", text->str);
    g_autofree char *all = g_strconcat(first, FROM, "\n\nsecond\n", NULL);
    g_autofree char *want = g_strconcat(first, "|", FROM, "\n\nsecond\n|", NULL);
    g_autofree char *got = split_text(all, true);
    if (strcmp(got, want) != 0)
      fail_msg("length %d", length);
  }
}

/* A long file with messages of random lengths, some with lines that look like a From_ line. */
static void
test_many(void **state)
{
  (void)state;
  g_autoptr(GRand) random = g_rand_new_with_seed(4155);
  g_autoptr(GString) text = g_string_new(NULL);
  g_autoptr(GString) want = g_string_new(NULL);
  for (int i = 0; i < 300; i++) {
    g_autoptr(GString) one = g_string_new(FROM "\n\n");
    int lines = g_rand_int_range(random, 0, 200);
    for (int j = 0; j < lines; j++)
      g_string_append(one, g_rand_int_range(random, 0, 9) == 0 ? "\nFrom nowhere\n"
                                                               : "a line of some length\n");
    if (i % 50 == 0)
      g_string_append_printf(one, "%0*d", 300000, i); /* longer than the buffer */
    g_string_append(one, "\n\n");
    g_string_append(text, one->str);
    g_string_append_printf(want, "%s|", one->str);
  }
  g_autofree char *got = split_text(text->str, true);
  if (strcmp(got, want->str) != 0)
    fail_msg("split otherwise");
}

static void
test_error(void **state)
{
  (void)state;
  g_autoptr(Mbox) mbox = mbox_new(-1, true);
  g_auto(Spool) spool = {0};
  spool_init(&spool, 100);
  bool found;
  g_autoptr(GError) error = NULL;
  assert_false(mbox_next(mbox, &spool, &found, &error));
  check_int("code", error->code, BOUNCEDB_ERROR_TEMPFAIL);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_from_line), cmocka_unit_test(test_split),
      cmocka_unit_test(test_whole),     cmocka_unit_test(test_buffer_ends),
      cmocka_unit_test(test_many),      cmocka_unit_test(test_error),
  };
  return cmocka_run_group_tests_name("mbox", tests, NULL, NULL);
}
