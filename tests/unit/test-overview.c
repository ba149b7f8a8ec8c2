/* What the report asks the database, and what its page allows. */
#include "config.h"

#include "lib/store-fixture.h"

#include "report/overview.h"
#include "report/page.h"

static GPtrArray *statements; /* (element-type utf8) */

static int
note_statement(unsigned type, void *context, void *statement, void *text)
{
  (void)type, (void)context, (void)text;
  g_ptr_array_add(statements, g_strdup(sqlite3_sql(statement)));
  return 0;
}

/* SQLite calls it for every connection. */
static int
watch(sqlite3 *db, char **error, const void *routines)
{
  (void)error, (void)routines;
  return sqlite3_trace_v2(db, SQLITE_TRACE_STMT, note_statement, NULL);
}

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

/* Tables that grow without an end may be scanned only by an index that is small. */
static bool
is_long(const char *plan)
{
  static const char *const tables[] = {"SCAN failure", "SCAN message",   "SCAN daily",
                                       "SCAN change",  "SCAN complaint", "SCAN delivery",
                                       "SCAN entry",   "SCAN list_sum"};
  for (gsize i = 0; i < G_N_ELEMENTS(tables); i++)
    if (g_str_has_prefix(plan, tables[i]) && !g_ascii_isalpha(plan[strlen(tables[i])]) &&
        plan[strlen(tables[i])] != '_')
      return strstr(plan, "USING COVERING INDEX failure_text") == NULL;
  return false;
}

static void
check_plan(sqlite3 *db, const char *sql)
{
  sqlite3_stmt *s = NULL;
  g_autofree char *explain = g_strconcat("EXPLAIN QUERY PLAN ", sql, NULL);
  check_int(sql, sqlite3_prepare_v2(db, explain, -1, &s, NULL), SQLITE_OK);
  while (sqlite3_step(s) == SQLITE_ROW)
    if (is_long((const char *)sqlite3_column_text(s, 3)))
      fail_msg("%s: %s", sqlite3_column_text(s, 3), sql);
  sqlite3_finalize(s);
}

static void
test_plans(void **state)
{
  const Fixture *f = *state;
  g_autoptr(Rules) rules = rules_load(NULL, NULL);
  statements = g_ptr_array_new_with_free_func(g_free);
  sqlite3_auto_extension((void (*)(void))watch);
  Overview *overview = read_overview(f, rules);
  sqlite3_reset_auto_extension();
  overview_free(overview);
  sqlite3 *db;
  check_int("open", sqlite3_open(f->path, &db), SQLITE_OK);
  guint asked = 0;
  for (guint i = 0; i < statements->len; i++) {
    const char *sql = g_ptr_array_index(statements, i);
    bool asks = g_str_has_prefix(sql, "SELECT") || g_str_has_prefix(sql, "WITH");
    if (!asks || g_str_has_suffix(sql, " DESC LIMIT 1")) /* which ends at the first row */
      continue;
    check_plan(db, sql);
    asked++;
  }
  assert_true(asked >= 10);
  sqlite3_close(db);
  g_ptr_array_unref(statements);
}

/* --- the policy of the page --- */

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
      cmocka_unit_test_setup_teardown(test_plans, fixture_setup, fixture_teardown),
      cmocka_unit_test_setup_teardown(test_policy, fixture_setup, fixture_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
