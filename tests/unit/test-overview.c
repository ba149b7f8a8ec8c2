/* What the page of the report allows. */
#include "config.h"

#include "lib/store-fixture.h"

#include "report/overview.h"
#include "report/page.h"

static Overview *
read_overview(const Fixture *f, const Rules *rules)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(Store) store = fixture_open(f, STORE_READ);
  Overview *overview = overview_read(store, rules, OVERVIEW_ADDRESSES, NOON, &error);
  if (overview == NULL)
    fail_msg("%s", error->message);
  return overview;
}

static char *
hash_of(const char *begin, const char *end)
{
  guint8 digest[32];
  gsize length = sizeof digest;
  g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
  g_checksum_update(checksum, (const guchar *)begin, end - begin);
  g_checksum_get_digest(checksum, digest, &length);
  g_autofree char *base64 = g_base64_encode(digest, length);
  return g_strdup_printf("'sha256-%s'", base64);
}

/* Every element that begins so is allowed by its hash. How many there are. */
static guint
check_allowed(const char *page, const char *policy, const char *open, const char *close)
{
  guint n = 0;
  for (const char *p = page; (p = strstr(p, open)) != NULL; n++) {
    const char *begin = p + strlen(open), *end = strstr(begin, close);
    assert_non_null(end);
    g_autofree char *hash = hash_of(begin, end);
    if (strstr(policy, hash) == NULL)
      fail_msg("%s %s is not in the policy", open, hash);
    p = end;
  }
  return n;
}

static guint
count_of(const char *text, const char *what)
{
  guint n = 0;
  for (const char *p = text; (p = strstr(p, what)) != NULL; p += strlen(what))
    n++;
  return n;
}

static void
test_policy(void **state)
{
  const Fixture *f = *state;
  g_autoptr(Rules) rules = rules_load(NULL, NULL);
  Overview *overview = read_overview(f, rules);
  g_autofree char *page = page_html(overview);
  const char *begin = strstr(page, "content=\"default-src 'none';");
  assert_non_null(begin);
  begin += strlen("content=\"");
  g_autofree char *policy = g_strndup(begin, strcspn(begin, "\""));
  guint styles = check_allowed(page, policy, "<style>", "</style>");
  guint scripts = check_allowed(page, policy, "<script>", "</script>");
  check_int("styles", styles, 1);
  check_int("nothing else is allowed", count_of(policy, "'sha256-"), styles + scripts);
  check_int("no exception", count_of(policy, "unsafe"), 0);
  overview_free(overview);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_policy, fixture_setup, fixture_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
