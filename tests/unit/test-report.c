/* What the report is made of: the cube, what is unusual, markup. */
#include "config.h"

#include "lib/check.h"

#include "report/cube.h"
#include "report/issues.h"
#include "report/markup.h"

enum { TODAY = 20000 };

static const CubeFilter any = {CUBE_ANY, CUBE_ANY, CUBE_ANY, CUBE_ANY};

/* Whatever day of the week it is, periods follow one another, and weeks begin on Monday. */
static void
test_periods(void **state)
{
  (void)state;
  for (gint64 today = TODAY; today < TODAY + 7; today++) {
    g_autoptr(Cube) cube = cube_new(today);
    gint64 day = today;
    guint periods = cube_periods(cube);
    assert_true(periods <= CUBE_PERIODS);
    for (guint i = 0; i < periods; i++) {
      guint days = cube_period_days(cube, i);
      check_int("end", cube_period_end(cube, i), day);
      day -= days;
      if (days > 1 && i + 1 < periods)
        check_int("Monday", (day + 1 + 3) % 7, 0);
    }
    check_int("a day each", cube_period_days(cube, CUBE_DAILY - 1), 1);
    check_int("days", today - day, CUBE_DAYS);
  }
}

/* A week is counted where its days are. */
static void
test_weeks(void **state)
{
  (void)state;
  g_autoptr(Cube) cube = cube_new(TODAY);
  gint64 monday = cube->daily - 14;
  for (gint64 day = monday; day < monday + 7; day++)
    cube_add(cube, day, REASON_SPF, CLASS_SPF, "", "", 1);
  cube_add(cube, monday, REASON_SPF, CLASS_SPF, "", "", 7);
  cube_fold(cube, 1000);
  guint period = (guint)(TODAY - cube->daily) + 2;
  check_int("its end", cube_period_end(cube, period), monday + 6);
  check_int("failures", cube_sum(cube, &any, period, period), 14);
}

/* A cube of so many providers and lists, each with a failure on every day. */
static Cube *
make_cube(guint providers, guint lists)
{
  Cube *cube = cube_new(TODAY);
  for (gint64 day = TODAY - 400; day <= TODAY + 1; day++)
    for (guint i = 0; i < providers; i++)
      for (guint j = 0; j < lists; j++) {
        g_autofree char *provider = g_strdup_printf("p%u", i), *list = g_strdup_printf("l%u", j);
        cube_add(cube, day, i % 2 ? REASON_SPF : REASON_USER_UNKNOWN,
                 i % 2 ? CLASS_SPF : CLASS_PERMANENT, provider, list, 1 + (i == 3));
      }
  return cube;
}

/* Whatever is folded, nothing is lost, and what is told apart has its own numbers. */
static void
test_fold(void **state)
{
  (void)state;
  static const struct {
    gsize octets;
    guint providers, lists;
  } rows[] = {{1000000, 16, 12}, {30000, 10, 8}, {3000, 2, 1}, {0, 0, 0}};
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(Cube) cube = make_cube(20, 14);
    cube_fold(cube, rows[i].octets);
    assert_true(cube->providers->len <= 16 && cube->lists->len <= 12);
    if (i == 0 || i == G_N_ELEMENTS(rows) - 1) {
      check_int("providers", cube->providers->len, rows[i].providers);
      check_int("lists", cube->lists->len, rows[i].lists);
    }
    check_int("a year", cube_sum(cube, &any, 0, CUBE_PERIODS), (gint64)CUBE_DAYS * 14 * 21);
    check_int("30 days", cube_sum(cube, &any, 0, 29), 30 * 14 * 21);
    CubeFilter filter = any;
    filter.klass = CLASS_SPF;
    check_int("a class", cube_sum(cube, &filter, 0, 0), 14 * 11);
    filter.klass = CUBE_ANY;
    filter.provider = 0; /* the one with most failures */
    if (cube->providers->len > 0) {
      check_string("the first", g_ptr_array_index(cube->providers, 0), "p3");
      check_int("its failures", cube_sum(cube, &filter, 0, 0), 14 * 2);
    }
  }
}

static void
test_fold_nothing(void **state)
{
  (void)state;
  g_autoptr(Cube) cube = cube_new(TODAY);
  cube_fold(cube, 100);
  check_int("series", cube->series->len, 0);
  check_int("failures", cube_sum(cube, &any, 0, CUBE_PERIODS), 0);
}

static void
test_issues(void **state)
{
  (void)state;
  g_autoptr(Issues) issues = issues_new();
  issues_add(issues, 0, REASON_SPF, "gmail", 3, 9);
  issues_add(issues, 1, REASON_SPF, "gmail", 4, 7);
  issues_add(issues, 29, REASON_SPF, "", 8, 1);
  issues_add(issues, 30, REASON_SPF, "gmail", 100, 99);
  issues_add(issues, -1, REASON_SPF, "gmail", 100, 99);
  g_autoptr(GPtrArray) all = issues_take(issues);
  check_int("issues", all->len, 2);
  const Issue *first = g_ptr_array_index(all, 0), *second = g_ptr_array_index(all, 1);
  check_string("provider", first->provider, NULL);
  check_int("month", first->month, 8);
  check_string("provider", second->provider, "gmail");
  check_int("month", second->month, 7);
  check_int("failure_id", second->failure_id, 9);
}

static void
test_markup_text(void **state)
{
  (void)state;
  static const struct {
    const char *in, *want;
  } rows[] = {
      {NULL, ""},
      {"", ""},
      {"plain", "plain"},
      {"</script><script>", "&lt;/script&gt;&lt;script&gt;"},
      {"a & \"b\" 'c'", "a &amp; &quot;b&quot; &#39;c&#39;"},
      {"&lt;", "&amp;lt;"},
      {"a\nb", "a\\x0ab"},
      {"\xff<", "\\xff&lt;"},
      {"\xe2\x80\xae", "\\xe2\\x80\\xae"}, /* U+202E */
      {"ニュース", "ニュース"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GString) out = g_string_new(NULL);
    markup_text(out, rows[i].in);
    check_string(rows[i].in, out->str, rows[i].want);
  }
}

static void
test_markup_json(void **state)
{
  (void)state;
  g_autofree char *json = markup_json("{\"a\":\"</script>&<!--\"}");
  check_string("JSON", json, "{\"a\":\"\\u003c/script\\u003e\\u0026\\u003c!--\"}");
}

static void
test_markup_table(void **state)
{
  (void)state;
  static const char *const columns[] = {"A", "#n", NULL};
  g_autoptr(GString) out = g_string_new(NULL);
  markup_table(out, "t", "a \"b\"", columns);
  markup_row(out);
  markup_cell_name(out, "<i>");
  markup_cell_count(out, 1234567);
  markup_row(out);
  markup_cell(out, "x");
  markup_cell_share(out, 1, 3);
  markup_table_end(out);
  assert_non_null(strstr(out->str, "aria-label=\"a &quot;b&quot;\""));
  assert_non_null(strstr(out->str, "<th scope=\"col\" class=\"n\">n</th>"));
  assert_non_null(strstr(out->str, "<tr><th scope=\"row\"><bdi>&lt;i&gt;</bdi>"
                                   "<td class=\"n\">1,234,567<tr><th scope=\"row\">x"
                                   "<td class=\"n\">33 %</tbody>"));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_periods),     cmocka_unit_test(test_weeks),
      cmocka_unit_test(test_fold),        cmocka_unit_test(test_fold_nothing),
      cmocka_unit_test(test_issues),      cmocka_unit_test(test_markup_text),
      cmocka_unit_test(test_markup_json), cmocka_unit_test(test_markup_table),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
