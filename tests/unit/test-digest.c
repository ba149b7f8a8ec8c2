#include "config.h"

#include "lib/check.h"

#include <stdbool.h>

#include "base/hex.h"
#include "mail/digest.h"

#define LETTER "Subject: x\n\nfirst\n\nlast\n"

static char *
digest_of(const char *bytes, size_t length, size_t piece)
{
  g_autoptr(Digest) digest = digest_new();
  for (size_t at = 0; at < length; at += piece)
    digest_update(digest, bytes + at, MIN(piece, length - at));
  guint8 out[DIGEST_SIZE];
  char text[HEX_SIZE(DIGEST_SIZE)];
  digest_finish(digest, out);
  hex_write(out, DIGEST_SIZE, text);
  return g_strdup(text);
}

/* The digest equals a plain SHA-256 of the text without its last line end. */
static void
test_known(void **state)
{
  (void)state;
  g_autofree char *got = digest_of("abc\n", 4, 4);
  check_string("abc", got, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  g_autofree char *nothing = digest_of("", 0, 1);
  check_string("", nothing, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void
test_equal(void **state)
{
  (void)state;
  static const char *const cases[] = {
      LETTER,
      "From a@example.org Sat Nov 21 10:00:00 2026\n" LETTER,
      "From b@example.org  Sun Nov 22 10:00:01 2026\n" LETTER,
      "From b@example.org  Sun Nov 22 10:00:01 2026\r\nSubject: x\r\n\r\nfirst\r\n\r\nlast\r\n",
      LETTER "\n",
      LETTER "\r\n\n\r\n",
      "Subject: x\n\nfirst\n\nlast",
      "Subject: x\r\n\r\nfirst\r\n\r\nlast\r\n",
      "Subject: x\r\rfirst\r\rlast\r",
      "Subject: x\n\r\nfirst\r\rlast\n",
  };
  g_autofree char *want = digest_of(LETTER, strlen(LETTER), strlen(LETTER));
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
    for (size_t piece = 1; piece < 100; piece++) {
      g_autofree char *got = digest_of(cases[i], strlen(cases[i]), piece);
      check_string(cases[i], got, want);
    }
}

static void
test_different(void **state)
{
  (void)state;
  static const char *const cases[] = {
      "",
      "From: x\n",
      "From",
      "From x",
      "Fro\n",
      "\nFrom x\n",
      "From x\nFrom y\n",
      "Subject: y\n\nfirst\n\nlast\n",
      "Subject: x\nfirst\n\nlast\n",
      "Subject: x\n\nfirst\n\n\nlast\n",
      "Subject: x\n\nfirst\n\nlast \n",
      "\nSubject: x\n\nfirst\n\nlast\n",
      (">From x\n" LETTER),
      (LETTER "From x\n"),
  };
  g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    char *got = digest_of(cases[i], strlen(cases[i]), 3);
    g_autofree char *whole = digest_of(cases[i], strlen(cases[i]), 1000);
    check_string(cases[i], got, whole);
    bool known = !g_hash_table_add(seen, got);
    /* Nothing is left of a message that consists of a From_ line. */
    check_int(cases[i], known, strcmp(cases[i], "From x") == 0);
  }
}

static void
test_many_blank_lines(void **state)
{
  (void)state;
  GString *text = g_string_new("a");
  for (size_t i = 0; i < 100; i++)
    g_string_append_c(text, '\n');
  g_string_append_c(text, 'b');
  g_autofree char *want = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text->str, -1);
  g_autofree char *got = digest_of(text->str, text->len, 7);
  check_string("blank lines inside", got, want);
  g_string_free(text, TRUE);
}

/* As the other tests again, by Nettle if it is installed. A digest that was begun before is not
 * disturbed. */
static void
test_prepared(void **state)
{
  g_autoptr(Digest) digest = digest_new();
  digest_update(digest, "ab", 2);
  digest_prepare_many();
  test_known(state);
  test_equal(state);
  test_different(state);
  test_many_blank_lines(state);
  digest_update(digest, "c\n", 2);
  guint8 out[DIGEST_SIZE];
  char text[HEX_SIZE(DIGEST_SIZE)];
  digest_finish(digest, out);
  hex_write(out, DIGEST_SIZE, text);
  g_autofree char *want = digest_of("abc", 3, 3);
  check_string("begun before", text, want);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_known),     cmocka_unit_test(test_equal),
      cmocka_unit_test(test_different), cmocka_unit_test(test_many_blank_lines),
      cmocka_unit_test(test_prepared), /* last: there is no way back */
  };
  return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}
