#include "config.h"

#include "lib/check.h"

#include "lib/hostile.h"

#include "mail/bounce.h"
#include "mail/message.h"
#include "mail/scan.h"

enum { WINDOW = 1 << 20 }; /* octets; the default of max-parse */

static Message *
read_letter(const char *raw, size_t length, unsigned *notes)
{
  *notes = 0;
  g_autoptr(GString) window = scan_window(raw, length, WINDOW, notes);
  Message *message = message_new(window->str, window->len);
  *notes |= message_notes(message);
  return message;
}

/* The tree on one line: each part's type, with its children in brackets, "*" before the parts of a
 * returned message. */
static char *
outline(const Message *message)
{
  GString *out = g_string_new(NULL);
  guint depth = 0;
  for (guint i = 0; i < message_n_parts(message); i++) {
    const Part *part = message_part(message, i);
    for (; depth > part->depth; depth--)
      g_string_append_c(out, ')');
    if (depth < part->depth)
      g_string_append_c(out, '(');
    else if (i > 0)
      g_string_append_c(out, ' ');
    depth = part->depth;
    g_string_append_printf(out, "%s%s", part->returned ? "*" : "", part->type);
  }
  for (; depth > 0; depth--)
    g_string_append_c(out, ')');
  return g_string_free(out, FALSE);
}

#define HEAD "From: a@example.org\nSubject: x\n"
#define MULTIPART "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
#define FAILED "--b\n\nfailed\n"

static void
test_tree(void **state)
{
  (void)state;
  static const struct {
    const char *raw, *want;
    unsigned notes;
  } cases[] = {
      {"", "text/plain", NOTE_NO_HEADER},
      {"\n\n", "text/plain", NOTE_NO_HEADER},
      {"From a Sat Nov 21 10:00:00 2026\n", "text/plain", NOTE_NO_HEADER},
      {"just text", "text/plain", NOTE_NO_HEADER},
      {"Hi. This is the program\nSubject: x\n\ntext\n", "text/plain", NOTE_NO_HEADER},
      {HEAD, "text/plain", 0},
      {HEAD "Conten", "text/plain", 0},
      {HEAD "\ntext\n", "text/plain", 0},
      {HEAD "Content-Type: TEXT/Html\n\ntext\n", "text/html", 0},
      {HEAD "Content-Type: text\n\ntext\n", "text/plain", 0},
      {HEAD "Content-Type: ; charset=x\n\ntext\n", "text/plain", 0},
      {HEAD "Content-Type:\n\ntext\n", "text/plain", 0},
      {HEAD MULTIPART FAILED
       "--b\nContent-Type: message/delivery-status\n\nAction: failed\n"
       "--b\nContent-Type: message/rfc822\n\nTo: c\nContent-Type: text/html\n\nx\n"
       "--b--\n",
       "multipart/report(text/plain message/delivery-status message/rfc822(*text/html))", 0},
      {HEAD MULTIPART FAILED "--b\nContent-Type: text/rfc822-headers\n\nTo: c\nSubject: y\n",
       "multipart/report(text/plain text/rfc822-headers(*text/plain))", 0},
      {HEAD MULTIPART FAILED "--b\nContent-Type: message/global-headers\n\nTo: c\n--b--\n",
       "multipart/report(text/plain message/global-headers(*text/plain))", 0},
      {HEAD MULTIPART "--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
                      "VG86IGMKQ29udGVudC1UeXBlOiB0ZXh0L2h0bWwKCng=\n--b--\n",
       "multipart/report(message/rfc822(*text/html))", 0},
      {HEAD MULTIPART "--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: "
                      "quoted-printable\n\nTo: c\nContent-Type: text=2Fhtml\n\nx=3D\n--b--\n",
       "multipart/report(message/rfc822(*text/html))", 0},
      {HEAD "Content-Type: message/rfc822\n\n" HEAD MULTIPART FAILED
            "--b\nContent-Type: message/rfc822\n\nTo: c\n\nx\n--b--\n",
       "message/rfc822(*multipart/report(*text/plain *message/rfc822(*text/plain)))", 0},
      {HEAD "Content-Type: multipart/digest; boundary=b\n\n--b\n\nTo: c\n\nx\n--b--\n",
       "multipart/digest(message/rfc822(*text/plain))", 0},
      {HEAD MULTIPART "no boundary comes\n", "multipart/report", 0},
      {HEAD "Content-Type: multipart/mixed\n\n--b\n\nx\n", "multipart/mixed", 0},
      {HEAD MULTIPART "--b\n\ncut", "multipart/report(text/plain)", 0},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    unsigned notes;
    g_autoptr(Message) message = read_letter(cases[i].raw, strlen(cases[i].raw), &notes);
    g_autofree char *got = outline(message);
    check_string(cases[i].raw, got, cases[i].want);
    check_int(cases[i].raw, notes, cases[i].notes);
  }
}

static void
test_text(void **state)
{
  (void)state;
  static const struct {
    const char *raw;
    guint part;
    const char *want;
  } cases[] = {
      {"", 0, ""},
      {"Hi. This is the program\nTo: x\n\ntext\n", 0, "Hi. This is the program\nTo: x\n\ntext\n"},
      {HEAD "\none\ntwo\n", 0, "one\ntwo\n"},
      {HEAD MULTIPART FAILED "--b--\n", 0, ""},
      {HEAD MULTIPART FAILED "--b--\n", 1, "failed"},
      {HEAD MULTIPART "the status is 5.1.1\n", 0, "the status is 5.1.1\n"},
      {HEAD "Content-Type: multipart/mixed\n\n--b\n\nx\n", 0, "--b\n\nx\n"},
      {HEAD "Content-Type: text/html\n\n<p>a&amp;b</p>", 0, "a&b\n"},
      {HEAD "\n<HTML><p>a</p>", 0, "a\n"},
      {HEAD "\n<!DOCTYPE html><p>a</p>", 0, "a\n"},
      {HEAD "\na <html> b", 0, "a <html> b\n"},
      {HEAD "Content-Transfer-Encoding: base64\n\nb25lDQp0d28NdGhyZWUAZm91cg==\n", 0,
       "one\ntwo\nthree four"},
      {HEAD "Content-Transfer-Encoding: quoted-printable\n\none=0D=0Atwo=\n!", 0, "one\ntwo!\n"},
      {HEAD "Content-Type: text/plain; charset=gb2312\nContent-Transfer-Encoding: base64\n\n"
            "1cq6xbK71No=\n",
       0, "帐号不在"},
      {HEAD "Content-Type: text/plain; charset=us-ascii\n\n\x1b$B08@h\x1b(B\n", 0, "宛先\n"},
      {HEAD "\n\xca\xd5\xbc\xfe\xc8\xcb\xb2\xbb\xb4\xe6\xd4\xda\n", 0, "收件人不存在\n"},
      {HEAD "Content-Type: text/plain; charset=%s%n\n\n\xe9t\xe9\n", 0, "été\n"},
      {HEAD MULTIPART "--b\nContent-Type: message/delivery-status\n"
                      "Content-Transfer-Encoding: base64\n\nQWN0aW9uOiBmYWlsZWQK\n--b--\n",
       1, "Action: failed\n"},
      {HEAD "Content-Type: message/rfc822\n\nTo: c\n\nx\n", 0, ""},
      {HEAD "Content-Type: message/rfc822\n\nTo: c\n\nx\n", 1, "x\n"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    unsigned notes;
    g_autoptr(Message) message = read_letter(cases[i].raw, strlen(cases[i].raw), &notes);
    const Part *part = message_part(message, cases[i].part);
    check_string(cases[i].raw, part_text(part), cases[i].want);
    assert_ptr_equal(part_text(part), part_text(part));
  }
}

static void
test_bytes(void **state)
{
  (void)state;
  static const char raw[] = HEAD "Content-Transfer-Encoding: base64\n\nYQBiDQo=\n";
  unsigned notes;
  g_autoptr(Message) message = read_letter(raw, strlen(raw), &notes);
  size_t length;
  const char *bytes = part_bytes(message_part(message, 0), &length);
  check_int("length", (gint64)length, 5);
  assert_memory_equal(bytes, "a\0b\r\n", 6);
}

static void
test_headers(void **state)
{
  (void)state;
  static const char raw[] = "Received: one\nRECEIVED: two\n"
                            "Subject: =?utf-8?q?gr=C3=B6=C3=9Fe?=\n =?utf-8?q?_x?= y \n"
                            "X-Folded:  a\n\tb\n  c  \nX-Empty:\nX-Space : d\n"
                            "X-8bit: \xca\xd5\xbc\xfe\xc8\xcb\xb2\xbb\xb4\xe6\xd4\xda\n"
                            "X-UTF8: \u00e9\nTo: =?x-none?q?=FF?=\n"
                            "Date: Sat, 21 Nov 2026 10:00:00 +0100\n"
                            "Content-Type: Multipart/Report; REPORT-TYPE=\"Delivery-Status\"\n"
                            "Content-Language: en\n\ntext\n";
  static const struct {
    const char *name, *value, *decoded;
  } cases[] = {
      {"received", "one", "one"},
      {"Subject", "=?utf-8?q?gr=C3=B6=C3=9Fe?= =?utf-8?q?_x?= y", "gr\u00f6\u00dfe x y"},
      {"X-FOLDED", "a\tb  c", "a\tb  c"},
      {"X-Empty", "", ""},
      {"X-Space", "d", "d"},
      {"X-8bit", "收件人不存在", "收件人不存在"},
      {"X-UTF8", "\u00e9", "\u00e9"},
      {"Content-Language", "en", "en"},
      {"X-None", NULL, NULL},
  };
  unsigned notes;
  g_autoptr(Message) message = read_letter(raw, strlen(raw), &notes);
  const Part *part = message_part(message, 0);
  check_int("fields", part->headers->len, 12);
  check_string("order", ((Header *)g_ptr_array_index(part->headers, 1))->name, "RECEIVED");
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    check_string(cases[i].name, part_header(part, cases[i].name), cases[i].value);
    g_autofree char *decoded = part_header_decoded(part, cases[i].name);
    check_string(cases[i].name, decoded, cases[i].decoded);
  }
  g_autofree char *odd = part_header_decoded(part, "To");
  assert_true(g_utf8_validate(odd, -1, NULL));
  g_autofree char *type = part_parameter(part, "report-type");
  check_string("report-type", type, "delivery-status");
  g_autofree char *none = part_parameter(part, "boundary");
  check_string("boundary", none, NULL);
  check_int("date", part_date(part), 1795251600);
}

static void
test_date(void **state)
{
  (void)state;
  static const struct {
    const char *date;
    gint64 want;
  } cases[] = {
      {"Sat, 21 Nov 2026 10:00:00 +0000", 1795255200},
      {"21 Nov 2026 10:00:00 -0100 (CET)", 1795258800},
      {"Sat, 21 Nov 2026 10:00:00 GMT", 1795255200},
      {"", 0},
      {"yesterday", 0},
      {"Thu, 01 Jan 1970 00:00:00 +0000", 0},
      {"Fri, 01 Jan 1904 00:00:00 +0000", 0},
      {"Fri, 01 Jan 2999 00:00:00 +0000", 0},
      {"Sat, 99 Nov 2026 99:99:99 +9999", 0},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *raw = g_strdup_printf("Date: %s\n\nx\n", cases[i].date);
    unsigned notes;
    g_autoptr(Message) message = read_letter(raw, strlen(raw), &notes);
    check_int(cases[i].date, part_date(message_part(message, 0)), cases[i].want);
  }
}

/* A returned message's words are never taken for the reporting system's. */
static void
test_find(void **state)
{
  (void)state;
  static const char raw[] =
      HEAD MULTIPART "--b\nContent-Type: text/rfc822-headers\n\nTo: c\nSubject: inner\n"
                     "--b\nContent-Type: message/rfc822\n\nTo: d\nContent-Type: text/html\n\nx\n"
                     "--b\nContent-Type: text/plain\n\nwords\n--b--\n";
  unsigned notes;
  g_autoptr(Message) message = read_letter(raw, strlen(raw), &notes);
  check_string("text/", part_text(message_find(message, "text/")), "words");
  check_string("text/plain", part_text(message_find(message, "text/plain")), "words");
  assert_null(message_find(message, "text/html"));
  assert_null(message_find(message, "text"));
  assert_null(message_find(message, "image/"));
  assert_non_null(message_find(message, "message/rfc822"));
  const Part *returned = message_returned(message);
  check_string("To", part_header(returned, "To"), "c");
  check_string("Subject", part_header(returned, "subject"), "inner");
  check_string("parent", returned->parent->type, "text/rfc822-headers");
  g_autoptr(Message) plain = read_letter(HEAD, strlen(HEAD), &notes);
  assert_null(message_returned(plain));
}

static void
check_part(const char *name, const Message *message, guint index)
{
  const Part *part = message_part(message, index);
  size_t length;
  check_int(name, part->index, index);
  if (part->depth > MESSAGE_DEPTH_MAX || (index == 0) != (part->parent == NULL))
    fail_msg("%s: depth %u", name, part->depth);
  assert_int_equal(part_bytes(part, &length)[length], 0);
  assert_true(g_utf8_validate(part_text(part), -1, NULL));
  for (guint i = 0; i < part->headers->len; i++) {
    const Header *header = g_ptr_array_index(part->headers, i);
    g_autofree char *decoded = part_header_decoded(part, header->name);
    assert_true(g_utf8_validate(header->name, -1, NULL));
    assert_true(g_utf8_validate(header->value, -1, NULL));
    assert_true(decoded == NULL || g_utf8_validate(decoded, -1, NULL));
  }
  g_autofree char *parameter = part_parameter(part, "boundary");
  assert_true(parameter == NULL || g_utf8_validate(parameter, -1, NULL));
  assert_true(part_date(part) >= 0);
}

static void
test_hostile(void **state)
{
  (void)state;
  for (const char *const *name = hostile_names(); *name != NULL; name++) {
    g_autoptr(GString) raw = hostile_letter(*name, 300 << 10);
    unsigned notes;
    g_autoptr(Message) message = read_letter(raw->str, raw->len, &notes);
    guint n = message_n_parts(message);
    if (n < 1 || n > 2 * SCAN_BOUNDARY_LINES_MAX)
      fail_msg("%s: %u parts", *name, n);
    for (guint i = 0; i < n; i++)
      check_part(*name, message, i);
  }
}

/* A message may end anywhere. */
static void
test_cut_anywhere(void **state)
{
  (void)state;
  static const char raw[] =
      "From a Sat Nov 21 10:00:00 2026\r\n" HEAD MULTIPART FAILED
      "--b\r\nContent-Type: message/delivery-status\r\nContent-Transfer-Encoding: base64\r\n\r\n"
      "QWN0aW9uOiBmYWlsZWQK\r\n--b\nContent-Type: message/rfc822\n"
      "Content-Transfer-Encoding: quoted-printable\n\nTo: =?utf-8?b?w6k=?=\n\n=C3=A9\n--b--\n";
  for (size_t length = 0; length <= strlen(raw); length++) {
    g_autofree char *cut = g_memdup2(raw, length);
    unsigned notes;
    g_autoptr(Message) message = read_letter(cut != NULL ? cut : "", length, &notes);
    for (guint i = 0; i < message_n_parts(message); i++)
      check_part("cut", message, i);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_tree),    cmocka_unit_test(test_text),
      cmocka_unit_test(test_bytes),   cmocka_unit_test(test_headers),
      cmocka_unit_test(test_date),    cmocka_unit_test(test_find),
      cmocka_unit_test(test_hostile), cmocka_unit_test(test_cut_anywhere),
  };
  return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
