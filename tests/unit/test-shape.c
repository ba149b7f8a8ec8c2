#include "config.h"

#include "lib/check.h"

#include <string.h>

#include "intake/shape.h"

#define FROM "From ann@b.example  Sat Nov 21 10:00:00 2026\n"
#define HEADER "Subject: one\nTo: x@y.example\n\n"
#define PARTS "Content-Type: multipart/report;\n\tboundary=\"b/1\"\n\n--b/1\n\ntext\n\n"

static void
test_not_mail(void **state)
{
  (void)state;
  static const struct {
    const char *head;
    size_t length; /* 0 = that of the string */
    const char *why;
  } rows[] = {
      {HEADER "text", 0, NULL},
      {FROM HEADER, 0, NULL},
      {"\xef\xbb\xbf\r\nSubject: x\r\n\r\n", 0, NULL},
      {"X-First: 1\nreceived: from x\n\n", 0, NULL},
      {"{\"notificationType\": \"Bounce\"}", 0, NULL},
      {"", 0, NULL},
      {"root:x:0:0:root:/root:/bin/bash\nto:x:1:1::/:/bin/sh\n\nTo: x", 0, NULL},
      {"root:x:0:0:root:/root:/bin/bash\nbin:x:2:2::/:/bin/sh\n", 0, "no header"},
      {"some words\n\nSubject: in the body\n", 0, "no header"},
      {"Subject : a blank\n\n", 0, "no header"},
      {"%PDF-1.4\nSubject: x\n", 0, "a PDF"},
      {"\x1f\x8b\x08\x00rest", 8, "gzip -dc"},
      {"\xfd"
       "7zXZ\0\0",
       7, "xz -dc"},
      {"\x28\xb5\x2f\xfd\x04", 5, "zstd -dc"},
      {"PK\003\004", 0, "ZIP"},
      {"\x1f", 0, "no header"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    size_t length = rows[i].length != 0 ? rows[i].length : strlen(rows[i].head);
    const char *why = shape_is_not_mail(rows[i].head, length);
    if ((why == NULL) != (rows[i].why == NULL) || (why != NULL && !strstr(why, rows[i].why)))
      fail_msg("row %d: %s", (int)i, why != NULL ? why : "(null)");
  }
}

static void
test_mailbox(void **state)
{
  (void)state;
  static const struct {
    const char *head;
    bool several;
  } rows[] = {
      {"", false},
      {FROM, false},
      {FROM HEADER "text\n", false},
      {FROM HEADER "text\n\n" FROM HEADER "text\n", true},
      {HEADER "text\n\n" FROM HEADER "text\n", false},
      {FROM HEADER "text\n" FROM HEADER "text\n", false},
      {FROM HEADER "text\n\n" FROM "not a header\n\n", false},
      {FROM HEADER "text\n\n>" FROM HEADER "text\n", false},
      {FROM HEADER "text\n\nFrom now on it is Sat Nov 21\n" HEADER, false},
      /* a From_ line in the returned message is not the next message */
      {FROM PARTS FROM HEADER "text\n\n--b/1--\n", false},
      {FROM PARTS FROM HEADER "text\n", false},
      {FROM PARTS "--b/1--\n\n" FROM HEADER "text\n", true},
      {FROM "Content-Type: multipart/mixed; BOUNDARY=b; x=y\n\n--b\n\n--b--\n\n" FROM HEADER, true},
      {FROM "Subject: boundary=\"\n\n\n" FROM HEADER, true},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    if (shape_is_mailbox(rows[i].head, strlen(rows[i].head)) != rows[i].several)
      fail_msg("row %d", (int)i);
}

/* Every prefix is read without going beyond its end. */
static void
test_cut(void **state)
{
  (void)state;
  static const char text[] = FROM PARTS "--b/1--\n\n" FROM HEADER;
  for (size_t n = 0; n < sizeof text; n++) {
    g_autofree char *copy = g_memdup2(text, n + 1);
    char *exact = g_malloc(MAX(n, 1));
    memcpy(exact, copy, n);
    shape_is_mailbox(exact, n);
    shape_is_not_mail(exact, n);
    shape_compression(exact, n);
    g_free(exact);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_not_mail),
      cmocka_unit_test(test_mailbox),
      cmocka_unit_test(test_cut),
  };
  return cmocka_run_group_tests_name("shape", tests, NULL, NULL);
}
