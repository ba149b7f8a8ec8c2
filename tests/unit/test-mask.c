#include "config.h"

#include "lib/check.h"

#include "judge/mask.h"

static void
test_mask(void **state)
{
  (void)state;
  static const struct {
    const char *text, *user, *want;
  } cases[] = {
      {"", NULL, ""},
      {"user unknown", NULL, "user unknown"},
      {"<ada@school.example>: no", NULL, "<ADDRESS>: no"},
      {"no mailbox for @.", NULL, "no mailbox for ADDRESS."},
      {"bounce+id=dom.example@x.example gone", NULL, "ADDRESS gone"},
      {"mailbox ada.byron is shut", "Ada.Byron", "mailbox USER is shut"},
      {"no account 'ada' here", "ada", "no account 'USER' here"},
      {"me me", "me", "me me"},
      {"host mx1.school.example[192.0.2.7] said no", NULL, "host HOST[IP] said no"},
      {"[ipv6:2001:db8::1] and 2001:db8:0:1:2:3:4:5, ::1", NULL, "[IP] and IP, IP"},
      {"at 192.0.2.7:25", NULL, "at IP"},
      {"see https://help.example/a?b=1, or www.example.com/x", NULL, "see URL, or URL"},
      {"xn--e1afmkfd.xn--p1ai is down", NULL, "HOST is down"},
      {"e.g. this, i.e. that", NULL, "e.g. this, i.e. that"},
      {"error 5.7.1 (#5.1.1)", NULL, "error 5.7.1 (#5.1.1)"},
      {"5.7.1.1.1 and 6.7.1", NULL, "NUMBER and NUMBER"},
      {"after 30s, 5 days, 12.5mb, 100%", NULL, "after NUMBERs, NUMBER days, NUMBERmb, NUMBER%"},
      {"on fri, 20 nov 2026 10:11:12 +0100", NULL,
       "on NUMBER, NUMBER NUMBER NUMBER NUMBER +NUMBER"},
      {"you may not; jan is gone", NULL, "you may not; jan is gone"},
      {"2026-11-20t10:11:12z", NULL, "ID:NUMBER:NUMBERz"},
      {"queued as 4xyz12abc3 (1abc2d-0003ef-4g)", NULL, "queued as ID (ID)"},
      {"id=8f14e45fceea167a", NULL, "id=ID"},
      {"d9443c01a7336-1ffd8si1234plr.123 - gsmtp", NULL, "ID - gsmtp"},
      {"[tss04] rfc5321 ipv6 utf8 mx1", NULL, "[tss04] rfc5321 ipv6 utf8 mx1"},
      {"and/or http: x=y", NULL, "and/or http: x=y"},
      {"收件人ada@school.example不存在12345", NULL, "收件人ADDRESS不存在NUMBER"},
      {"...", NULL, "..."},
      {"a:b::c", NULL, "IP"},
      {"@", NULL, "ADDRESS"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *got = mask(cases[i].text, cases[i].user);
    check_string(cases[i].text, got, cases[i].want);
  }
}

/* Replies that differ only in particulars become equal. */
static void
test_same(void **state)
{
  (void)state;
  static const struct {
    const char *a, *user_a, *b, *user_b;
  } cases[] = {
      {"4bcd12fg34: ada is away until 1 dec", "ada", "5zyx98ab76: bob is away until 24 dec", "bob"},
      {"[198.51.100.4] by a.example", NULL, "[2001:db8::4] by b.c.example", NULL},
      {"ticket 12-345 at 10:00", NULL, "ticket 7 at 23:59:59", NULL},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *a = mask(cases[i].a, cases[i].user_a);
    g_autofree char *b = mask(cases[i].b, cases[i].user_b);
    check_string(cases[i].a, a, b);
  }
}

static void
test_bounds(void **state)
{
  (void)state;
  g_autoptr(GString) text = g_string_new(NULL);
  for (int i = 0; i < 500; i++)
    g_string_append(text, "é@ ");
  g_autofree char *got = mask(text->str, NULL);
  assert_in_range(strlen(got), MASK_MAX - 8, MASK_MAX);
  assert_true(g_utf8_validate(got, -1, NULL));
}

/* The example for a placeholder is masked as that placeholder. */
static void
test_placeholders(void **state)
{
  (void)state;
  static const char *const names[] = {"ADDRESS", "HOST", "ID", "IP", "NUMBER", "URL", "USER"};
  for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
    size_t length;
    const char *example = NULL;
    g_autofree char *text = g_strconcat(names[i], " and", NULL);
    assert_true(mask_is_placeholder(text, &length, &example));
    check_int(names[i], (gint64)length, (gint64)strlen(names[i]));
    g_autofree char *got = mask(example, "someone");
    check_string(example, got, names[i]);
  }
  static const char *const others[] = {"", "host", "HOSTS", "X", "IPS "};
  for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
    size_t length;
    assert_false(mask_is_placeholder(others[i], &length, NULL));
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_mask),
      cmocka_unit_test(test_same),
      cmocka_unit_test(test_bounds),
      cmocka_unit_test(test_placeholders),
  };
  return cmocka_run_group_tests_name("mask", tests, NULL, NULL);
}
