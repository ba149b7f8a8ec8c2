#include "config.h"

#include "lib/check.h"

#include "cmd/progress.h"

static void
test_bar(void **state)
{
  (void)state;
  static const struct {
    const char *name;
    int percent, width;
    const char *want;
  } cases[] = {
      {"nothing yet", 0, 42, "[..........]    0 %  1234 messages, 300/s"},
      {"half", 50, 42, "[#####.....]   50 %  1234 messages, 300/s"},
      {"all", 100, 42, "[##########]  100 %  1234 messages, 300/s"},
      {"a part that is not shown", 59, 42, "[#####.....]   59 %  1234 messages, 300/s"},
      {"the least bar", 60, 37, "[###..]   60 %  1234 messages, 300/s"},
      {"no room for a bar", 60, 36, " 60 %  1234 messages, 300/s"},
      {"no room at all", 60, 0, " 60 %  1234 messages, 300/s"},
      {"a wide terminal", 25, 500,
       "[##########..............................]   25 %  1234 messages, 300/s"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *bar = progress_bar(cases[i].percent, 1234, 300, cases[i].width);
    check_string(cases[i].name, bar, cases[i].want);
  }
}

/* A terminal is updated every tenth of a second, a log every minute, and neither at once. */
static void
test_due(void **state)
{
  (void)state;
  Progress progress;
  progress_start(&progress, 1000);
  gint64 shown = progress.shown;
  progress.terminal = false;
  progress_show(&progress, 10, 1);
  check_int("not yet", progress.shown - shown, 0);
  progress.shown = shown - G_TIME_SPAN_SECOND;
  progress_show(&progress, 10, 1);
  check_int("a second is nothing to a log", progress.shown - shown, -G_TIME_SPAN_SECOND);
  progress.shown = shown - G_TIME_SPAN_MINUTE;
  progress_show(&progress, 10, 1);
  assert_true(progress.shown >= shown);
  progress.terminal = true;
  progress.shown = shown - G_TIME_SPAN_SECOND;
  progress_show(&progress, 2000, 1);
  assert_true(progress.shown >= shown);
  progress_end(&progress);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_bar), cmocka_unit_test(test_due)};
  return cmocka_run_group_tests_name("progress", tests, NULL, NULL);
}
