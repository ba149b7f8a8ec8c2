#include "config.h"

#include "lib/check.h"

#include <stdbool.h>

#include "lib/hostile.h"

#include "mail/bounce.h"
#include "mail/scan.h"

enum { WINDOW = 1 << 20 }; /* octets; the default of max-parse */

static void
check_window(const char *raw, size_t length, size_t max, const char *want, unsigned want_notes)
{
  unsigned notes = 0;
  g_autoptr(GString) window = scan_window(raw, length, max, &notes);
  check_string(raw, window->str, want);
  check_int(raw, (gint64)window->len, (gint64)strlen(want));
  check_int(raw, notes, want_notes);
}

static void
test_lead_and_line_ends(void **state)
{
  (void)state;
  static const struct {
    const char *raw, *want;
  } cases[] = {
      {"", ""},
      {"\n\r\n\n", ""},
      {"From a Sat Nov 21 10:00:00 2026\n", ""},
      {"From a Sat Nov 21 10:00:00 2026\nTo: b\n", "To: b\n"},
      {">From a Sat Nov 21 10:00:00 2026\r\nTo: b\r\n", "To: b\n"},
      {"\n\nFrom a Sat Nov 21 10:00:00 2026\n\nTo: b\n", "To: b\n"},
      {"\xef\xbb\xbfTo: b\n", "To: b\n"},
      {"  \nTo: b\n", "To: b\n"},
      {"\t\r\n \r\nTo: b\r\n", "To: b\n"},
      {" \n\xef\xbb\xbf"
       "From a Sat Nov 21 10:00:00 2026\n\t\nTo: b\n",
       "To: b\n"},
      {"\tTo: b\nFrom: a\n", "To: b\nFrom: a\n"},
      {"  note: this is text\nwithout a header\n", "  note: this is text\nwithout a header\n"},
      {" \n \n", ""},
      {"To: b\n\n  \nx: y\n", "To: b\n\n  \nx: y\n"},
      {"From: a\nTo: b\n", "From: a\nTo: b\n"},
      {"To: b\r\n\r\nx\r\n", "To: b\n\nx\n"},
      {"To: b\r\r\n\r\r\nx\r\r\n", "To: b\n\nx\n"},
      {"To: b\r\rx\ry", "To: b\n\nx\ny\n"},
      {"To: b\n\nx\ry\n", "To: b\n\nx\ry\n"},
      {"To: b\n\nx", "To: b\n\nx\n"},
      {"To: b\n\nx\n\n\n", "To: b\n\nx\n\n\n"},
      {"Subject: x\nTo: y\nConten", "Subject: x\nTo: y\n"},
      {"Subject: x\nTo:", "Subject: x\nTo:\n"},
      {"Subject: x\n fold", "Subject: x\n fold\n"},
      {"Hi. This is text\nSubject: x", "Hi. This is text\nSubject: x\n"},
      {"only text", "only text\n"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
    check_window(cases[i].raw, strlen(cases[i].raw), 1000, cases[i].want, 0);
}

/* A lone CR ends a line only if no LF does. */
static void
test_late_lf(void **state)
{
  (void)state;
  g_autoptr(GString) raw = g_string_new("To: b\r\r");
  while (raw->len < 70000)
    g_string_append(raw, "text\r");
  g_string_append(raw, "x\ny\r\nz");
  unsigned notes = 0;
  g_autoptr(GString) window = scan_window(raw->str, raw->len, 1 << 20, &notes);
  assert_true(g_str_has_prefix(window->str, "To: b\n\ntext\ntext\n"));
  assert_true(g_str_has_suffix(window->str, "text\nx\ny\nz\n"));
}

static void
test_nul(void **state)
{
  (void)state;
  static const char raw[] = "Sub\0ject: x\n\na\0\0\n";
  check_window(raw, sizeof raw - 1, 1000, "Sub ject: x\n\na  \n", NOTE_NUL);
}

static void
test_window(void **state)
{
  (void)state;
  static const struct {
    size_t max;
    const char *want;
  } cases[] = {
      {100, "To: b\n\nfirst\nlast\n"},
      {18, "To: b\n\nfirst\nlast\n"},
      {17, "To: b\n\nfirst\nlas\n"},
      {14, "To: b\n\nfirst\n"},
      {13, "To: b\n\nfirst\n"},
      {12, "To: b\n\nfirs\n"},
      {7, "To: b\n\n"},
      {6, "To: b\n"},
      {5, ""},
      {1, ""},
      {0, ""},
  };
  static const char raw[] = "To: b\r\n\r\nfirst\r\nlast";
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
    check_window(raw, strlen(raw), cases[i].max, cases[i].want,
                 cases[i].max < 18 ? NOTE_WINDOW_CUT : 0);
}

static size_t
count_lines(const char *text, const char *line)
{
  size_t n = 0;
  for (const char *p = text; (p = strstr(p, line)) != NULL; p++)
    n++;
  return n;
}

/* Every header block is limited: at the beginning, after a boundary, in a returned message. */
static void
test_header_blocks(void **state)
{
  (void)state;
  static const char *const heads[] = {
      "",
      "Content-Type: multipart/mixed;\n boundary=b\n\n--b\n",
      "Content-Type: message/rfc822\n\n",
      "Content-Type:\n\tMessage/RFC822\n\n",
      "--b\nContent-Type: message/global; x=y\n\n",
      "To: a\n\n--b\njunk\n",
  };
  for (size_t i = 0; i < G_N_ELEMENTS(heads); i++) {
    g_autoptr(GString) raw = g_string_new(heads[i]);
    for (size_t n = 0; n < 3000; n++)
      g_string_append(raw, "X-Y: z\n");
    g_string_append(raw, "\nbody\n");
    unsigned notes = 0;
    g_autoptr(GString) window = scan_window(raw->str, raw->len, 1 << 20, &notes);
    size_t fields = count_lines(window->str, "\nX-Y: z\n");
    if (fields > SCAN_HEADER_LINES_MAX || fields < SCAN_HEADER_LINES_MAX - 3)
      fail_msg("%s: %zu fields", heads[i], fields);
    assert_true(g_str_has_suffix(window->str, "X-Y: z\n\nbody\n"));
    check_int(heads[i], notes, NOTE_HEADER_CUT);
  }
}

static void
test_text_is_not_limited(void **state)
{
  (void)state;
  g_autoptr(GString) raw = g_string_new("To: a\n\n");
  for (size_t n = 0; n < 3000; n++)
    g_string_append(raw, "X-Y: z\n");
  unsigned notes = 0;
  g_autoptr(GString) window = scan_window(raw->str, raw->len, 1 << 20, &notes);
  check_string("text", window->str, raw->str);
  check_int("notes", notes, 0);
}

static void
test_long_field(void **state)
{
  (void)state;
  static const struct {
    const char *name;
    size_t max;
  } cases[] = {{"Subject", SCAN_HEADER_FIELD_MAX}, {"Content-Type", SCAN_CONTENT_FIELD_MAX}};
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GString) raw = g_string_new(cases[i].name);
    g_string_append(raw, ": ");
    while (raw->len < 100000)
      g_string_append_printf(raw, "%099d\n ", 0);
    g_string_append(raw, "\nTo: b\n\nbody\n");
    unsigned notes = 0;
    g_autoptr(GString) window = scan_window(raw->str, raw->len, 1 << 20, &notes);
    assert_true(g_str_has_suffix(window->str, "\nTo: b\n\nbody\n"));
    assert_true(window->len < cases[i].max + cases[i].max / 8 &&
                window->len > cases[i].max - cases[i].max / 8);
    check_int(cases[i].name, notes, NOTE_HEADER_CUT);
  }
}

/* Each encoded word may cost a converter; plain text may be as long as it likes. */
static void
test_encoded(void **state)
{
  (void)state;
  static const struct {
    const char *head, *unit;
    size_t want;
  } cases[] = {
      {"Subject: ", "=?x?q?a?= ", SCAN_ENCODED_MAX},
      {"To: a\nContent-Disposition: x", ";a*=x''%61", 4096 / strlen(";a*=x''%61")},
      {"--b\nX: y\n ", "=?x?q?a?= ", SCAN_ENCODED_MAX},
      {"Subject: ", "*= =* = ?", 1500},
      {"To: a\n\n", "=?x?q?a?= ", 1500},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GString) raw = g_string_new("X-First: y\n");
    g_string_append(raw, cases[i].head);
    for (size_t n = 0; n < 1500; n++)
      g_string_append(raw, cases[i].unit);
    g_string_append(raw, "\nTo: b\n\nbody\n");
    unsigned notes = 0;
    g_autoptr(GString) window = scan_window(raw->str, raw->len, 1 << 20, &notes);
    assert_true(g_str_has_suffix(window->str, "\nTo: b\n\nbody\n"));
    size_t got = count_lines(window->str, cases[i].unit);
    if (got > cases[i].want || got + 5 < cases[i].want)
      fail_msg("%s: %zu, want %zu", cases[i].unit, got, cases[i].want);
    check_int(cases[i].head, notes, got < 1500 ? NOTE_HEADER_CUT : 0);
  }
}

static void
test_hostile(void **state)
{
  (void)state;
  for (const char *const *name = hostile_names(); *name != NULL; name++) {
    g_autoptr(GString) raw = hostile_letter(*name, 2 << 20);
    unsigned notes = 0;
    g_autoptr(GString) window = scan_window(raw->str, raw->len, WINDOW, &notes);
    assert_true(window->len <= WINDOW);
    assert_true(memchr(window->str, '\0', window->len) == NULL);
    assert_true(window->len == 0 || window->str[window->len - 1] == '\n');
    if (count_lines(window->str, "\n--") > SCAN_BOUNDARY_LINES_MAX ||
        count_lines(window->str, "\nContent-Type:") > SCAN_CONTENT_TYPES_MAX)
      fail_msg("%s: too many parts", *name);
    unsigned again_notes = 0;
    g_autoptr(GString) again = scan_window(window->str, window->len, WINDOW, &again_notes);
    check_string(*name, again->str, window->str);
  }
}

static void
test_is_field(void **state)
{
  (void)state;
  static const struct {
    const char *line;
    bool want;
  } cases[] = {
      {"Subject: x", true}, {"Subject:", true},  {"X-1_y : z", true},     {"Subject\t:", true},
      {"", false},          {":", false},        {" Subject: x", false},  {"Hi there: x", false},
      {"Subject", false},   {"S\x01: x", false}, {"S\xc3\xa4: x", false}, {"-----", false},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
    check_int(cases[i].line, scan_is_field(cases[i].line, strlen(cases[i].line)), cases[i].want);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_lead_and_line_ends),
      cmocka_unit_test(test_late_lf),
      cmocka_unit_test(test_nul),
      cmocka_unit_test(test_window),
      cmocka_unit_test(test_header_blocks),
      cmocka_unit_test(test_text_is_not_limited),
      cmocka_unit_test(test_long_field),
      cmocka_unit_test(test_encoded),
      cmocka_unit_test(test_hostile),
      cmocka_unit_test(test_is_field),
  };
  return cmocka_run_group_tests_name("scan", tests, NULL, NULL);
}
