#include "config.h"

#include "lib/check.h"

#include "base/hex.h"
#include "verp/verp.h"

enum { DAY = 86400, NOW = 1795219200 }; /* 2026-11-21 00:00 UTC */

#define BASE "bounces@lists.example.org"
#define ANN "ann@example.net"

static VerpKeys keys;

/* --- contrib/verp/vectors.tsv, made by another implementation --- */

static char *
read_source(const char *name)
{
  const char *top = g_getenv("top_srcdir");
  g_autofree char *path = g_build_filename(top != NULL ? top : ".", "contrib/verp", name, NULL);
  char *text = NULL;
  if (!g_file_get_contents(path, &text, NULL, NULL))
    fail_msg("cannot read %s", path);
  return text;
}

static int
read_vector_key(void **state)
{
  (void)state;
  g_autofree char *text = read_source("vectors.key");
  assert_true(hex_read(text, keys.keys[0], VERP_KEY_SIZE));
  keys.n = 1;
  return 0;
}

static void
check_vector(const char *base, const char *who, gint64 now, const char *want)
{
  bool opaque = strchr(who, '@') == NULL;
  gint64 id = opaque ? g_ascii_strtoll(who, NULL, 10) : 0;
  g_autofree char *got =
      opaque ? verp_make_opaque(&keys, base, id, now) : verp_make(&keys, base, who, now);
  check_string(who, got, strcmp(want, "-") == 0 ? NULL : want);
  if (got == NULL)
    return;
  assert_true(strchr(got, '@') - got <= 64);
  g_auto(VerpToken) token = {0};
  check_int(got, verp_check(&keys, got, now, &token), VERP_GOOD);
  check_string(got, token.recipient, opaque ? NULL : who);
  check_int(got, token.id, id);
}

static void
test_vectors(void **state)
{
  (void)state;
  g_autofree char *text = read_source("vectors.tsv");
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  int n = 0;
  for (char **line = lines; *line != NULL; line++) {
    g_auto(GStrv) f = g_strsplit(*line, "\t", -1);
    if (**line == '\0' || **line == '#')
      continue;
    check_int(*line, g_strv_length(f), 4);
    check_vector(f[1], f[2], g_ascii_strtoll(f[0], NULL, 10), f[3]);
    n++;
  }
  assert_true(n >= 20);
}

/* --- tampering --- */

static VerpResult
result_of(const char *address, gint64 now)
{
  g_auto(VerpToken) token = {0};
  VerpResult result = verp_check(&keys, address, now, &token);
  /* a forged token fills in nothing */
  if (result != VERP_GOOD && result != VERP_EXPIRED) {
    assert_null(token.recipient);
    check_int(address, token.id, 0);
    check_string(address, token.text, "");
  }
  return result;
}

/* Changing any octet of the token, the base or the recipient is detected. Case does not matter. */
static void
check_every_octet(const char *path)
{
  size_t length = strlen(path);
  for (size_t i = 0; i < length; i++)
    for (int c = 0x21; c < 0x7f; c++) {
      g_autofree char *forged = g_strdup(path);
      forged[i] = (char)c;
      bool same = g_ascii_tolower(c) == g_ascii_tolower(path[i]);
      VerpResult got = result_of(forged, NOW);
      if (same != (got == VERP_GOOD) || got == VERP_EXPIRED)
        fail_msg("%s: %d", forged, got);
    }
}

/* So is removing or inserting an octet. */
static void
check_every_length(const char *path)
{
  size_t length = strlen(path);
  for (size_t i = 0; i < length; i++) {
    g_autofree char *shorter = g_strndup(path, length - 1);
    memmove(shorter + i, path + i + 1, length - i);
    if (strcmp(shorter, path) != 0 && result_of(shorter, NOW) == VERP_GOOD)
      fail_msg("%s", shorter);
    g_autofree char *longer = g_strdup_printf("%.*sa%s", (int)i, path, path + i);
    if (result_of(longer, NOW) == VERP_GOOD)
      fail_msg("%s", longer);
    g_autofree char *cut = g_strndup(path, i);
    assert_int_not_equal(result_of(cut, NOW), VERP_GOOD);
  }
}

static void
test_tampering(void **state)
{
  (void)state;
  g_autofree char *direct = verp_make(&keys, BASE, ANN, NOW);
  g_autofree char *opaque = verp_make_opaque(&keys, BASE, 12345, NOW);
  check_every_octet(direct);
  check_every_octet(opaque);
  check_every_length(direct);
  check_every_length(opaque);
}

/* Tags cannot be exchanged between tokens or forms. */
static void
test_another_recipient(void **state)
{
  (void)state;
  g_autofree char *path = verp_make(&keys, BASE, ANN, NOW);
  size_t tagged = strlen("bounces+") + VERP_TOKEN_SIZE;
  static const char *const others[] = {
      "bob=example.net@lists.example.org",   "ann=example.com@lists.example.org",
      "ann=example.net@lists.example.com",   "ann.=example.net@lists.example.org",
      "an=nexample.net@lists.example.org",   "ann=x=example.net@lists.example.org",
      "-ann=example.net@lists.example.org",  "annexample.net@lists.example.org",
      "=example.net@lists.example.org",      "ann=@lists.example.org",
      "ann=example.net+x@lists.example.org", "@lists.example.org",
  };
  for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
    g_autofree char *forged = g_strdup_printf("%.*s%s", (int)tagged, path, others[i]);
    if (result_of(forged, NOW) == VERP_GOOD)
      fail_msg("%s", forged);
  }
  g_autofree char *rebased = g_strconcat("b", path, NULL);
  check_int(rebased, result_of(rebased, NOW), VERP_BAD_TAG);
}

static void
test_case(void **state)
{
  (void)state;
  g_autofree char *path = verp_make(&keys, "Bounces@Lists.Example.org", "Ann@Example.net", NOW);
  g_autofree char *upper = g_ascii_strup(path, -1), *lower = g_ascii_strdown(path, -1);
  g_auto(VerpToken) a = {0}, b = {0}, c = {0};
  check_int("as made", verp_check(&keys, path, NOW, &a), VERP_GOOD);
  check_int("upper", verp_check(&keys, upper, NOW, &b), VERP_GOOD);
  check_int("lower", verp_check(&keys, lower, NOW, &c), VERP_GOOD);
  check_string("as made", a.recipient, "Ann@example.net");
  check_string("lower", c.recipient, "ann@example.net");
  check_string("one token", b.text, a.text);
  check_string("one token", c.text, a.text);
}

/* --- time --- */

static void
test_days(void **state)
{
  (void)state;
  static const struct {
    int day;
    VerpResult want;
  } cases[] = {{-31, VERP_EXPIRED}, {-30, VERP_GOOD},  {-1, VERP_GOOD},     {0, VERP_GOOD},
               {1, VERP_GOOD},      {2, VERP_EXPIRED}, {400, VERP_EXPIRED}, {-400, VERP_EXPIRED}};
  static const gint64 around[] = {NOW, (gint64)32768 * DAY, (gint64)65536 * DAY + 40 * DAY};
  for (size_t n = 0; n < G_N_ELEMENTS(around); n++)
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
      gint64 now = around[n] + 450 * DAY;
      g_autofree char *path = verp_make(&keys, BASE, ANN, now + cases[i].day * DAY);
      check_int("first second", result_of(path, now), cases[i].want);
      check_int("last second", result_of(path, now + DAY - 1), cases[i].want);
    }
}

/* An expired token is still genuine, and names its recipient. */
static void
test_expired(void **state)
{
  (void)state;
  g_autofree char *path = verp_make(&keys, BASE, ANN, NOW);
  g_auto(VerpToken) token = {0};
  check_int("a year later", verp_check(&keys, path, NOW + 365 * (gint64)DAY, &token), VERP_EXPIRED);
  check_string("whose", token.recipient, ANN);
}

/* --- keys --- */

static void
test_two_keys(void **state)
{
  (void)state;
  g_autofree char *old = verp_make(&keys, BASE, ANN, NOW);
  VerpKeys both = {.n = 2}, other = {.n = 1}, none = {0};
  memset(both.keys[0], 0x5a, VERP_KEY_SIZE);
  memset(other.keys[0], 0x5a, VERP_KEY_SIZE);
  memcpy(both.keys[1], keys.keys[0], VERP_KEY_SIZE);
  g_autofree char *new = verp_make(&both, BASE, ANN, NOW);
  g_auto(VerpToken) a = {0}, b = {0}, c = {0}, d = {0}, e = {0};
  assert_string_not_equal(old, new);
  check_int("old, both keys", verp_check(&both, old, NOW, &a), VERP_GOOD);
  check_int("new, both keys", verp_check(&both, new, NOW, &b), VERP_GOOD);
  check_int("old, new key", verp_check(&other, old, NOW, &c), VERP_BAD_TAG);
  check_int("new, new key", verp_check(&other, new, NOW, &d), VERP_GOOD);
  check_int("no key", verp_check(&none, new, NOW, &e), VERP_BAD_TAG);
  assert_null(verp_make(&none, BASE, ANN, NOW));
}

/* --- shapes --- */

static void
test_bad_bases(void **state)
{
  (void)state;
  static const char *const bases[] = {"",        "bounces",      "@example.org", "b@",
                                      "b b@x.y", "\"b\"@x.y",    ".b@x.y",       "b..c@x.y",
                                      "b=c@x.y", "b@[192.0.2.1]"};
  for (size_t i = 0; i < G_N_ELEMENTS(bases); i++) {
    g_autofree char *path = verp_make(&keys, bases[i], ANN, NOW);
    check_string(bases[i], path, NULL);
  }
  g_autofree char *zero = verp_make_opaque(&keys, BASE, 0, NOW);
  g_autofree char *negative = verp_make_opaque(&keys, BASE, -1, NOW);
  assert_null(zero);
  assert_null(negative);
}

/* The base and the recipient may look like tokens. */
static void
test_nested(void **state)
{
  (void)state;
  g_autofree char *path = verp_make(&keys, "b@x.y", "a@b.c", NOW);
  g_autofree char *outer = g_strndup(path, (gsize)(strchr(path, '@') - path));
  g_autofree char *fake = g_strdup_printf("%.*s@z.y", (int)strcspn(outer, "="), outer);
  g_autofree char *twice = verp_make(&keys, "q@x.y", fake, NOW);
  g_auto(VerpToken) token = {0};
  check_int(twice, verp_check(&keys, twice, NOW, &token), VERP_GOOD);
  check_string(twice, token.recipient, fake);
}

static void
test_no_token(void **state)
{
  (void)state;
  static const char *const addresses[] = {
      "",
      "@",
      "+",
      "+@x",
      "bounces@example.org",
      "bounces+ann=example.net@example.org",
      "bounces+1@example.org",
      "bounces+1ujlwqfkuc3h3mx2ctw5@example.org",
      "bounces+1ujlwqfkuc3h3mx2ctw5-@example.org",
      "bounces+3ujlwqfkuc3h3mx2ctw5-ann=example.net@example.org",
      "bounces+2ujlwqfkuc3h3mx2ctw5-ab=c@example.org",
      "bounces+2ujlwqfkuc3h3mx2ctw5-abcdefghijklmn@example.org",
      "1ujlwqfkuc3h3mx2ctw5-ann=example.net@example.org",
  };
  for (size_t i = 0; i < G_N_ELEMENTS(addresses); i++)

    check_int(addresses[i], result_of(addresses[i], NOW), VERP_NONE);
  check_int("looks like one",
            result_of("bounces+1ujlwqfkuc3h3mx2ctw5-ann=example.net@example.org", NOW),
            VERP_BAD_TAG);
}

static void
test_long_input(void **state)
{
  (void)state;
  for (size_t n = 1; n < 100000; n = 3 * n + 1) {
    g_autofree char *plus = g_strnfill(n, '+');
    g_autofree char *address = g_strconcat(plus, "1ujlwqfkuc3h3mx2ctw5-a=b@x.y", NULL);
    VerpResult got = result_of(address, NOW);
    check_int("many +", got, strlen(address) <= 320 ? VERP_BAD_TAG : VERP_NONE);
    g_autofree char *path = verp_make(&keys, BASE, address, NOW);
    assert_null(path);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_vectors),
      cmocka_unit_test(test_tampering),
      cmocka_unit_test(test_another_recipient),
      cmocka_unit_test(test_case),
      cmocka_unit_test(test_days),
      cmocka_unit_test(test_expired),
      cmocka_unit_test(test_two_keys),
      cmocka_unit_test(test_bad_bases),
      cmocka_unit_test(test_nested),
      cmocka_unit_test(test_no_token),
      cmocka_unit_test(test_long_input),
  };
  return cmocka_run_group_tests_name("verp", tests, read_vector_key, NULL);
}
