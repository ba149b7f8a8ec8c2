#include "config.h"

#include "lib/hostile.h"

#include <stdbool.h>
#include <string.h>

#define TEXT "Content-Type: text/plain\n\n"
#define HTML "Content-Type: text/html\n\n"
#define MULTIPART "Content-Type: multipart/mixed; boundary=b\n\n"
#define DIGEST "Content-Type: multipart/digest; boundary=b\n\n"
#define RFC822 "Content-Type: message/rfc822\n\n"
#define REPORT                                                                                     \
  "Content-Type: multipart/report; report-type=delivery-status; "                                  \
  "boundary=b\n\n--b\n\nfailed\n--b\n"                                                             \
  "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
#define GROUP "Final-Recipient: rfc822; someone@example.org\nAction: failed\nStatus: 5.1.1\n\n"
#define RETURNED "\n--b\nContent-Type: message/rfc822\n\nSubject: x\n\n"

/* Words in more charsets than anything keeps converters for. */
#define WORDS                                                                                      \
  "=?big5?q?=e1?= "                                                                                \
  "=?euc-jp?q?=e1?= "                                                                              \
  "=?euc-kr?q?=e1?= "                                                                              \
  "=?gb18030?q?=e1?= "                                                                             \
  "=?koi8-r?q?=e1?= "                                                                              \
  "=?cp437?q?=e1?= "                                                                               \
  "=?cp850?q?=e1?= "                                                                               \
  "=?cp1250?q?=e1?= "                                                                              \
  "=?cp1251?q?=e1?= "                                                                              \
  "=?cp1253?q?=e1?= "                                                                              \
  "=?cp1254?q?=e1?= "                                                                              \
  "=?cp1255?q?=e1?= "                                                                              \
  "=?cp1256?q?=e1?= "                                                                              \
  "=?cp1257?q?=e1?= "                                                                              \
  "=?iso-2022-jp?q?=e1?= "                                                                         \
  "=?iso-8859-3?q?=e1?= "                                                                          \
  "=?iso-8859-4?q?=e1?= "                                                                          \
  "=?iso-8859-6?q?=e1?= "                                                                          \
  "=?tis-620?q?=e1?= "                                                                             \
  "=?uhc?q?=e1?= "                                                                                 \
  "=?utf-7?q?=e1?= "                                                                               \
  "=?cp932?q?=e1?= "                                                                               \
  "=?cp949?q?=e1?= "                                                                               \
  "=?cp866?q?=e1?= "

#define VALUES                                                                                     \
  ";a*=big5''%e1"                                                                                  \
  ";b*=euc-jp''%e1"                                                                                \
  ";c*=euc-kr''%e1"                                                                                \
  ";d*=gb18030''%e1"                                                                               \
  ";e*=koi8-r''%e1"                                                                                \
  ";f*=cp437''%e1"                                                                                 \
  ";g*=cp850''%e1"                                                                                 \
  ";h*=cp1250''%e1"                                                                                \
  ";i*=cp1251''%e1"                                                                                \
  ";j*=cp1253''%e1"                                                                                \
  ";k*=cp1254''%e1"                                                                                \
  ";l*=cp1255''%e1"                                                                                \
  ";m*=cp1256''%e1"                                                                                \
  ";n*=cp1257''%e1"                                                                                \
  ";o*=iso-2022-jp''%e1"                                                                           \
  ";p*=iso-8859-3''%e1"                                                                            \
  ";q*=iso-8859-4''%e1"                                                                            \
  ";r*=iso-8859-6''%e1"                                                                            \
  ";s*=tis-620''%e1"                                                                               \
  ";t*=uhc''%e1"                                                                                   \
  ";u*=utf-7''%e1"                                                                                 \
  ";v*=cp932''%e1"                                                                                 \
  ";w*=cp949''%e1"                                                                                 \
  ";x*=cp866''%e1"

typedef struct Shape Shape;
struct Shape {
  const char *name;
  const char *head, *unit, *tail; /* head, then as many units as fit, then tail */
  void (*fill)(const Shape *shape, GString *out, size_t size); /* used instead of repeating unit */
};

static void
repeat(const Shape *shape, GString *out, size_t size)
{
  while (out->len < size)
    g_string_append(out, shape->unit);
}

static void
nest_boundaries(const Shape *shape, GString *out, size_t size)
{
  (void)shape;
  for (guint i = 0; out->len < size; i++)
    g_string_append_printf(out, "Content-Type: multipart/mixed; boundary=b%u\n\n--b%u\n", i, i);
}

static void
nest_500_then_repeat(const Shape *shape, GString *out, size_t size)
{
  for (guint i = 0; i < 500; i++)
    g_string_append_printf(out, "Content-Type: multipart/mixed; boundary=b%u\n\n--b%u\n", i, i);
  repeat(shape, out, size);
}

static void
count_up(const Shape *shape, GString *out, size_t size)
{
  for (guint i = 0; out->len < size; i++)
    g_string_append_printf(out, "%s%u=x", shape->unit, i);
}

static void
parameter_parts(const Shape *shape, GString *out, size_t size)
{
  (void)shape;
  while (out->len < size) {
    g_string_append(out, "--b\nContent-Disposition: x");
    size_t end = MIN(out->len + 8000, size);
    for (guint i = 0; out->len < end; i++)
      g_string_append_printf(out, ";a%u=x", i);
    g_string_append(out, "\n\n");
  }
}

static void
sections(const Shape *shape, GString *out, size_t size)
{
  for (guint i = 0; out->len < size; i++)
    g_string_append_printf(out, "%s*%u*=%%41", shape->unit, i);
}

static void
random_octets(const Shape *shape, GString *out, size_t size)
{
  guint32 state = (guint32)strlen(shape->name);
  while (out->len < size) {
    state = state * 1664525 + 1013904223;
    g_string_append_c(out, (char)(state >> 24));
  }
}

static void
nul_octets(const Shape *shape, GString *out, size_t size)
{
  (void)shape;
  static const char fields[] =
      "Sub\0ject: a\0b\nContent-Type: multipart/mixed; boundary=\"b\0\"\n\n"
      "--b\0\n\nx\0y\n";
  g_string_append_len(out, fields, sizeof fields - 1);
  while (out->len < size)
    g_string_append_c(out, '\0');
}

/* The encoding hides the nested message from the scan. */
static void
encode_nested(const Shape *shape, GString *out, size_t size)
{
  g_autoptr(GString) inner = g_string_new(NULL);
  while (inner->len < size * 3 / 4)
    g_string_append(inner, shape->unit);
  g_autofree char *base64 = g_base64_encode((const guchar *)inner->str, inner->len);
  for (size_t i = 0, n = strlen(base64); i < n; i += 76) {
    g_string_append_len(out, base64 + i, (gssize)MIN(76, n - i));
    g_string_append_c(out, '\n');
  }
}

static void
header_blocks(const Shape *shape, GString *out, size_t size)
{
  for (bool first = true; out->len < size; first = false) {
    size_t end = MIN(out->len + (250 << 10), size);
    while (out->len < end) {
      size_t field = MIN(out->len + (60 << 10), end);
      g_string_append(out, first ? "From: " : "To: ");
      while (out->len < field)
        g_string_append(out, shape->unit);
      g_string_append_c(out, '\n');
    }
    g_string_append(out, RFC822);
  }
}

static const Shape shapes[] = {
    {"empty", "", "", "", NULL},
    {"from-line-only", "From someone@example.org Sat Nov 21 10:00:00 2026\n", "", "", NULL},
    {"blank-lines", "", "\n", "", repeat},
    {"random", "", "", "", random_octets},
    {"nul", "", "", "", nul_octets},
    {"no-colon-first", "Hi. This is the program.\nSubject: x\n\n", "text\n", "", repeat},
    {"cut-in-name", "Subject: x\nTo: y\nConten", "", "", NULL},
    {"cut-in-value", "Subject: x\nTo:", "", "", NULL},
    {"cr-only", "Subject: x\r\r", "text\r", "", repeat},
    {"cr-cr-lf", "Subject: x\r\r\n\r\r\n", "text\r\r\n", "", repeat},
    {"one-line", "Subject: x\n\n", "x", "", repeat},
    {"dsn-big-return", REPORT GROUP RETURNED, "a line of a long letter\n", "--b--\n", repeat},
    {"status-groups", REPORT, GROUP, RETURNED "--b--\n", repeat},
    {"status-one-group", REPORT, "X-Field: value\n", RETURNED "--b--\n", repeat},
    {"status-one-field", REPORT "Diagnostic-Code: smtp; ", "550 no ", RETURNED "--b--\n", repeat},
    {"nested-multipart", "", "", "", nest_boundaries},
    {"nested-same-boundary", "", MULTIPART "--b\n", "", repeat},
    {"nested-rfc822", "", RFC822, "", repeat},
    {"depth-500-lines", "", "--x\n", "", nest_500_then_repeat},
    {"boundary-lines", MULTIPART, "--x\n", "", repeat},
    {"empty-parts", MULTIPART, "--b\n\n", "", repeat},
    {"small-parts", MULTIPART, "--b\n" TEXT "x\n", "", repeat},
    {"rfc822-parts", MULTIPART, "--b\n" RFC822 "To: x@y\n\n", "", repeat},
    {"long-field", "X-Field: ", "x", "\n\ntext\n", repeat},
    {"long-subject", "Subject: ", "a b ", "\n\ntext\n", repeat},
    {"encoded-subject", "Subject: ", "=?utf-8?q?=41?= ", "\n\ntext\n", repeat},
    {"bad-encoded-subject", "Subject: ", "=?utf-8?q?=", "\n\ntext\n", repeat},
    {"long-from", "From: ", "a@b.c, ", "\n\ntext\n", repeat},
    {"from-blocks", "", "a@b.c, ", "", header_blocks},
    {"subject-blocks", "", "=?utf-8?q?=41?= ", "", header_blocks},
    {"word-blocks", "", WORDS, "", header_blocks},
    {"group-blocks", "", ":", "", header_blocks},
    {"comment-blocks", "", "(", "", header_blocks},
    {"quote-blocks", "", "\\\"", "", header_blocks},
    {"group-from", "From: ", ":", "\n\ntext\n", repeat},
    {"comment-from", "From: ", "(", "\n\ntext\n", repeat},
    {"comment-date", "Date: ", "(", "\n\ntext\n", repeat},
    {"comment-type", "Content-Type: text/plain", "(", "\n\ntext\n", repeat},
    {"quoted-from", "From: \"", "\\\"", "\n\ntext\n", repeat},
    {"folded-field", "Subject: x\n", " x\n", "\n\ntext\n", repeat},
    {"fields", "", "X: y\n", "\n\ntext\n", repeat},
    {"8-bit-fields", "", "X: \xff\xe9\n", "\n\ntext\n", repeat},
    {"8-bit-parts", MULTIPART, "--b\nX: \xff\nY: \xe9\n\n\xfe\n", "", repeat},
    {"escape-parts", MULTIPART, "--b\nX: \x1b$B\n\n\x1b$)A\n", "", repeat},
    {"label-parts", MULTIPART,
     "--b\n"
     "Content-Type: text/plain; charset=euc-jp\n\n\xfe\n",
     "", repeat},
    {"to-fields", "", "To: a@b.c\n", "\n\ntext\n", repeat},
    {"inner-fields", MULTIPART "--b\n", "X: y\n", "\n\ntext\n", repeat},
    {"returned-fields", RFC822, "To: a@b.c\n", "\n\ntext\n", repeat},
    {"digest-fields", DIGEST "--b\n\n", "To: a@b.c\n", "\n\ntext\n", repeat},
    {"junk-then-fields", MULTIPART "--b\njunk\n", "X: y\n", "\n\ntext\n", repeat},
    {"long-parameter", "Content-Type: text/plain; a=", "x", "\n\ntext\n", repeat},
    {"parameters", "Content-Type: text/plain", "; a", "\n\ntext\n", count_up},
    {"parameter-parts", MULTIPART, "", "", parameter_parts},
    {"parameter-charsets", MULTIPART, "--b\nContent-Disposition: x" VALUES "\n\n", "", repeat},
    {"parameter-sections", "Content-Type: text/plain", "; a", "\n\ntext\n", sections},
    {"long-boundary", "Content-Type: multipart/mixed; boundary=", "b", "\n\n--b\n\nx\n", repeat},
    {"no-boundary", "Content-Type: multipart/mixed\n\n", "--b\n" TEXT "x\n", "", repeat},
    {"boundary-missing", MULTIPART, "the status is 5.1.1\n", "", repeat},
    {"charset-format", "Content-Type: text/plain; charset=%s%n\n\n", "\xe4\xf6\n", "", repeat},
    {"charset-lines", TEXT, "\xe4\n\n", "", repeat},
    {"charset-utf-16", "Content-Type: text/plain; charset=utf-16\n\n", "\xd8\xd8\n", "", repeat},
    {"charset-escapes", TEXT, "\x1b$B", "", repeat},
    {"charset-lead-octets", TEXT, "\xff\xfe", "", repeat},
    {"encoded-rfc822", "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n",
     RFC822, "", encode_nested},
    {"encoded-parts", "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n",
     MULTIPART "--b\n\n", "", encode_nested},
    {"quoted-printable", "Content-Transfer-Encoding: quoted-printable\n\n", "=", "", repeat},
    {"uuencoded", "Content-Transfer-Encoding: x-uuencode\n\nbegin 644 x\n", "M```\n", "", repeat},
    {"html-less-than", HTML, "<", "", repeat},
    {"html-blank-tags", HTML, "< ", "", repeat},
    {"html-open-tags", HTML, "<a ", "", repeat},
    {"html-quotes", HTML, "<a b=\"", "", repeat},
    {"html-quotes-closed", HTML, "<a b=\">", "", repeat},
    {"html-comments", HTML, "<!--", "", repeat},
    {"html-scripts", HTML, "<script>", "", repeat},
    {"html-styles-scripts", HTML, "<style><script>", "", repeat},
    {"html-references", HTML, "&#", "", repeat},
    {"html-digits", HTML "&#", "9", "", repeat},
    {"html-nested", HTML, "<div><pre>", "", repeat},
};

const char *const *
hostile_names(void)
{
  static const char *names[G_N_ELEMENTS(shapes) + 1];
  for (size_t i = 0; i < G_N_ELEMENTS(shapes); i++)
    names[i] = shapes[i].name;
  return names;
}

GString *
hostile_letter(const char *name, size_t size)
{
  for (size_t i = 0; i < G_N_ELEMENTS(shapes); i++) {
    if (strcmp(shapes[i].name, name) != 0)
      continue;
    GString *out = g_string_new(shapes[i].head);
    if (shapes[i].fill != NULL)
      shapes[i].fill(&shapes[i], out, size);
    return g_string_append(out, shapes[i].tail);
  }
  return NULL;
}
