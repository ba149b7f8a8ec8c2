#include "config.h"

#include "lib/check.h"

#include <stdio.h>
#include <unistd.h>

#include "base/hex.h"
#include "intake/spool.h"

static char *
hex_digest(Spool *spool)
{
  guint8 digest[DIGEST_SIZE];
  char text[HEX_SIZE(DIGEST_SIZE)];
  digest_finish(spool->digest, digest);
  hex_write(digest, DIGEST_SIZE, text);
  return g_strdup(text);
}

/* A descriptor that gives length octets. */
static int
source(size_t length)
{
  FILE *file = tmpfile();
  assert_non_null(file);
  for (size_t i = 0; i < length; i++)
    putc('a' + (int)(i % 23), file);
  fflush(file);
  int fd = dup(fileno(file));
  fclose(file);
  lseek(fd, 0, SEEK_SET);
  return fd;
}

static bool
collect(gpointer data, const char *bytes, size_t length, GError **error)
{
  (void)error;
  g_string_append_len(data, bytes, (gssize)length);
  return true;
}

/* Head and rest make up the message, wherever it is cut; the digest is the same. */
static void
test_cut(void **state)
{
  (void)state;
  enum { MAX = 1000 };
  static const size_t lengths[] = {0, 1, MAX - 1, MAX, MAX + 1, 200000};
  for (size_t i = 0; i < G_N_ELEMENTS(lengths); i++) {
    g_autofree char *what = g_strdup_printf("%zu octets", lengths[i]);
    int fd = source(lengths[i]);
    g_auto(Spool) spool = {0};
    spool_init(&spool, MAX);
    bool more;
    assert_true(spool_fill(&spool, fd, &more, NULL));
    check_int(what, (gint64)spool.head->len, (gint64)MIN(lengths[i], MAX));
    check_int(what, more, lengths[i] >= MAX);
    g_autoptr(GString) rest = g_string_new(NULL);
    assert_true(spool_drain(&spool, fd, collect, rest, NULL));
    check_int(what, (gint64)(spool.head->len + rest->len), (gint64)lengths[i]);
    check_int(what, spool.size, (gint64)lengths[i]);

    g_auto(Spool) whole = {0};
    spool_init(&whole, 1 << 20);
    lseek(fd, 0, SEEK_SET);
    assert_true(spool_fill(&whole, fd, &more, NULL));
    g_autofree char *cut_digest = hex_digest(&spool);
    g_autofree char *whole_digest = hex_digest(&whole);
    check_string(what, cut_digest, whole_digest);
    close(fd);
  }
}

static bool
refuse(gpointer data, const char *bytes, size_t length, GError **error)
{
  (void)data, (void)bytes, (void)length;
  return throw(error, BOUNCEDB_ERROR_TEMPFAIL, "disk full");
}

static void
test_errors(void **state)
{
  (void)state;
  g_auto(Spool) spool = {0};
  spool_init(&spool, 10);
  bool more;
  g_autoptr(GError) error = NULL;
  assert_false(spool_fill(&spool, -1, &more, &error));
  check_int("bad descriptor", error->code, BOUNCEDB_ERROR_TEMPFAIL);
  g_clear_error(&error);
  int fd = source(100);
  assert_false(spool_drain(&spool, fd, refuse, NULL, &error));
  check_string("sink", error->message, "disk full");
  close(fd);
}

static void
test_reset(void **state)
{
  (void)state;
  g_auto(Spool) unused = {0};
  spool_init(&unused, 10);
  g_autofree char *empty = hex_digest(&unused);
  g_auto(Spool) spool = {0};
  spool_init(&spool, 10);
  spool_update(&spool, "hello world, this is long", 25);
  check_string("head", spool.head->str, "hello worl");
  spool_reset(&spool);
  check_int("size", spool.size, 0);
  check_string("head", spool.head->str, "");
  g_autofree char *again = hex_digest(&spool);
  check_string("digest", again, empty);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_cut),
      cmocka_unit_test(test_errors),
      cmocka_unit_test(test_reset),
  };
  return cmocka_run_group_tests_name("spool", tests, NULL, NULL);
}
