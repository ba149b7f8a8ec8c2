/* The rules that are compiled in. */
#include "config.h"

#include "lib/check.h"

#include "judge/rules-private.h"

static void
check_table(const char *name, const void *got, guint n_got, const void *want, guint n_want,
            size_t size)
{
  check_int(name, n_got, n_want);
  for (guint i = 0; i < n_want; i++)
    if (memcmp((const char *)got + i * size, (const char *)want + i * size, size) != 0)
      fail_msg("%s: element %u differs", name, i);
}

#define CHECK_TABLE(got, want, table, n)                                                           \
  check_table(#table, (got)->table, (got)->n, (want)->table, (want)->n, sizeof *(want)->table)

static guint
count_rule_files(const char *folder)
{
  g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
  assert_non_null(dir);
  guint n = 0;
  for (const char *name; (name = g_dir_read_name(dir)) != NULL;)
    n += g_str_has_suffix(name, ".rules");
  return n;
}

/* The shipped tables equal what reading the rule files gives. */
static void
test_shipped_tables(void **state)
{
  (void)state;
  const Book *got = &rules_shipped;
  const char *top = g_getenv("top_srcdir");
  g_autofree char *folder = g_build_filename(top != NULL ? top : "..", "rules", NULL);
  check_int("files", got->n_files, count_rule_files(folder));
  g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(BookBuilder) builder = book_builder_new();
  for (guint i = 0; i < got->n_files; i++) {
    const char *name = got->names + got->files[i].name;
    g_autofree char *file = g_build_filename(folder, name, NULL), *text = NULL;
    assert_true(g_file_get_contents(file, &text, NULL, NULL));
    book_builder_read(builder, name, text, false, problems);
  }
  const Book *want = book_builder_end(builder, NULL, problems);
  check_int("problems", problems->len, 0);
  assert_in_range(want->n_rules, 100, 100000);
  CHECK_TABLE(got, want, text, text_size);
  CHECK_TABLE(got, want, names, names_size);
  CHECK_TABLE(got, want, words, words_size);
  CHECK_TABLE(got, want, files, n_files);
  CHECK_TABLE(got, want, rules, n_rules);
  CHECK_TABLE(got, want, id_sums, n_rules);
  CHECK_TABLE(got, want, providers, n_providers);
  CHECK_TABLE(got, want, wanted, n_wanted);
  CHECK_TABLE(got, want, fragments, n_fragments);
  CHECK_TABLE(got, want, statuses, n_statuses);
  CHECK_TABLE(got, want, replies, n_replies);
  CHECK_TABLE(got, want, contradictions, n_contradictions);
  for (guint i = 0; i < N_SUBJECT_LISTS; i++) {
    assert_in_range(want->n_subjects[i], 10, 1000);
    CHECK_TABLE(got, want, subjects[i], n_subjects[i]);
  }
  for (guint i = 0; i < N_PHASES; i++)
    CHECK_TABLE(got, want, phases[i], n_phases[i]);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_shipped_tables)};
  return cmocka_run_group_tests_name("rules-shipped", tests, NULL, NULL);
}
