/* A user's rule file of a test, tried before the shipped rules. */
#pragma once

#include "lib/check.h"

#include <glib/gstdio.h>

#include "judge/rules-private.h"

static char *path; /* of the user's rule file */

static Rules *load(GPtrArray *problems, const char *format, ...) G_GNUC_PRINTF(2, 3);

static Rules *
load(GPtrArray *problems, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_autofree char *text = g_strdup_vprintf(format, args);
  va_end(args);
  g_autoptr(GError) error = NULL;
  assert_true(g_file_set_contents(path, text, -1, NULL));
  Rules *rules =
      problems != NULL ? rules_load_lenient(path, problems, &error) : rules_load(path, &error);
  if (rules == NULL)
    fail_msg("%s: %s", text, error->message);
  return rules;
}

static bool
decides(const Rules *rules, RulesPhase phase, const RuleInput *input, const char *id)
{
  const RuleInfo *rule = rules_match(rules, phase, input, NULL);
  return rule != NULL && strcmp(rule->id, id) == 0;
}

static int
set_up_rules(void **state)
{
  (void)state;
  g_autofree char *folder = g_dir_make_tmp("bouncedb-rules-XXXXXX", NULL);
  path = g_build_filename(folder, "user.rules", NULL);
  return folder == NULL;
}

static int
tear_down_rules(void **state)
{
  (void)state;
  g_autofree char *folder = g_path_get_dirname(path);
  g_unlink(path);
  g_rmdir(folder);
  g_clear_pointer(&path, g_free);
  return 0;
}
