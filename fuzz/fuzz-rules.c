/* A user's rule file: each problem is reported with its line, and whatever could be read can be
 * used. */
#include "config.h"

#include "fuzz.h"

#include "base/fold.h"
#include "judge/rules-private.h"

static void
check_problems(const GPtrArray *problems)
{
  g_assert_cmpuint(problems->len, <=, 200);
  for (guint i = 0; i < problems->len; i++) {
    const char *problem = g_ptr_array_index(problems, i);
    fuzz_check_utf8(problem);
    g_assert_true(g_str_has_prefix(problem, "own.rules:"));
  }
}

/* The book alone: the shipped rules are the business of fuzz-reply. */
static void
match(const Book *book)
{
  g_autoptr(GHashTable) infos = g_hash_table_new_full(NULL, NULL, NULL, g_free);
  g_autofree char *text = fold("550 5.1.1 user unknown in local recipient table");
  Rules rules = {.n_books = 1, .books = {book}, .infos = infos};
  const RuleInput input = {.text = text, .remote_mta = "mx.example.org", .reply_code = 550};
  for (int phase = RULES_TEXT; phase <= RULES_REPLY; phase++) {
    g_autofree char *matched = NULL;
    const RuleInfo *rule = rules_match(&rules, (RulesPhase)phase, &input, &matched);
    g_assert_true(rule == NULL || (rule->id != NULL && rule->reason < N_REASONS));
  }
}

FUZZ_TARGET(rules)
{
  g_autofree char *text = fuzz_text(data, size);
  g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(BookBuilder) builder = book_builder_new();
  book_builder_read(builder, "own.rules", text, true, problems);
  book_builder_end(builder, &rules_shipped, problems);
  check_problems(problems);
  match(&builder->book);
  return 0;
}
