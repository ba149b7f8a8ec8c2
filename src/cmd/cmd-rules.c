/* bouncedb rules: for people who read and write rules. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "base/json.h"
#include "judge/classify.h"
#include "judge/rules-sample.h"
#include "cmd/choice.h"
#include "cmd/cmd.h"

/* --- list --------------------------------------------------------------------------------------*/

typedef struct {
  char **providers, **reasons, *format;
  gboolean json;
} ListOptions;

static void
print_text(const RuleInfo *rule, const RuleAdvice *advice)
{
  printf("%-40s %-12s %-18s %s\n", rule->id, rule->provider != NULL ? rule->provider : "-",
         reason_name(rule->reason), advice->origin);
}

static void
print_json(const RuleInfo *rule, const RuleAdvice *advice)
{
  Json json = json_begin();
  json_text(&json, "id", rule->id);
  json_text(&json, "provider", rule->provider);
  json_text(&json, "reason", reason_name(rule->reason));
  json_text(&json, "cause", advice->cause);
  json_text(&json, "remedy", advice->remedy);
  json_text(&json, "source", advice->source);
  json_text(&json, "origin", advice->origin);
  json_print(&json);
}

typedef struct {
  GStrv providers, reasons; /* NULL = all */
  bool json;
} Wanted;

static void
wanted_clear(Wanted *wanted)
{
  g_strfreev(wanted->providers);
  g_strfreev(wanted->reasons);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Wanted, wanted_clear)

static bool
read_wanted(const Context *context, const ListOptions *options, Wanted *wanted, GError **error)
{
  static const char *const formats[] = {"text", "json", "jsonl", NULL};
  guint format = 0;
  g_autofree char *providers = NULL, *reasons = NULL;
  if ((options->format != NULL &&
       !choice_find("--format", options->format, formats, &format, error)) ||
      !choice_words("--reason", options->reasons, CHOICE_REASON, &reasons, error) ||
      !choice_providers(options->providers, context->settings, NULL, &providers, error))
    return false;
  wanted->json = options->json || format > 0;
  wanted->providers = providers != NULL ? g_strsplit(providers, ",", -1) : NULL;
  wanted->reasons = reasons != NULL ? g_strsplit(reasons, ",", -1) : NULL;
  return true;
}

static bool
among(GStrv words, const char *word)
{
  return words == NULL || (word != NULL && g_strv_contains((const char *const *)words, word));
}

static bool
list(Context *context, const Rules *rules, const ListOptions *options, GError **error)
{
  g_auto(Wanted) wanted = {0};
  if (!read_wanted(context, options, &wanted, error))
    return false;
  context->status = EXIT_NEGATIVE;
  cmd_page(context);
  for (guint i = 0; i < rules_count(rules); i++) {
    const RuleInfo *rule = rules_nth(rules, i);
    if (!among(wanted.providers, rule->provider) ||
        !among(wanted.reasons, reason_name(rule->reason)))
      continue;
    const RuleAdvice *advice = rules_advice(rules, rule);
    context->status = EXIT_OK;
    if (wanted.json)
      print_json(rule, advice);
    else
      print_text(rule, advice);
  }
  return true;
}

static bool
run_list(Context *context, int argc, char **argv, GError **error)
{
  g_auto(GStrv) providers = NULL, reasons = NULL;
  g_autofree char *format = NULL;
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
      {"provider", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &providers, "Only rules for these providers",
       "ID,..."},
      {"reason", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &reasons, "Only rules that give these reasons",
       "REASON,..."},
      {"format", 0, 0, G_OPTION_ARG_FILENAME, &format, "text (default), or jsonl", "FORMAT"},
      {"json", 0, 0, G_OPTION_ARG_NONE, &json, "The same as --format jsonl", NULL},
      G_OPTION_ENTRY_NULL};
  if (!cmd_options(context, "", "List the rules in the order in which they are tried.", entries,
                   &argc, &argv, error))
    return false;
  if (argc > 1)
    return throw(error, BOUNCEDB_ERROR_USAGE, "rules list takes no arguments: %s", argv[1]);
  g_autoptr(Rules) rules = rules_load(context->settings->rules, error);
  if (rules == NULL)
    return false;
  const ListOptions options = {providers, reasons, format, json};
  return list(context, rules, &options, error);
}

/* --- check -------------------------------------------------------------------------------------*/

static void
check_sample(const Rules *rules, RuleSample sample, GPtrArray *problems)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *reporting_mta = NULL;
  g_autoptr(Recipient) recipient = rule_sample_parse(sample.text, &reporting_mta, &error);
  if (recipient == NULL) {
    g_ptr_array_add(problems, g_strdup_printf("%s: %s", sample.origin, error->message));
    return;
  }
  classify(rules, reporting_mta, recipient, NULL);
  const Verdict *verdict = &recipient->verdict;
  if (g_strcmp0(verdict->rule, sample.rule) != 0)
    g_ptr_array_add(problems, g_strdup_printf("%s: sample of %s is decided by %s (%s)",
                                              sample.origin, sample.rule, verdict->rule,
                                              verdict->matched != NULL ? verdict->matched : "-"));
}

/* With a user's file, only its own samples: its rules may override shipped ones. */
static void
check_samples(const Rules *rules, bool user_only, GPtrArray *problems)
{
  g_autoptr(GArray) samples = rules_samples(rules);
  for (guint i = 0; i < samples->len; i++) {
    RuleSample sample = g_array_index(samples, RuleSample, i);
    if (sample.user || !user_only)
      check_sample(rules, sample, problems);
  }
}

static void
print_problems(const Rules *rules, const char *file, const GPtrArray *problems)
{
  Json json = json_begin();
  json_text(&json, "file", file);
  json_int(&json, "rules", rules_count(rules));
  json_bool(&json, "ok", problems->len == 0);
  json_open(&json, "findings", '[');
  for (guint i = 0; i < problems->len; i++)
    json_text(&json, NULL, g_ptr_array_index(problems, i));
  json_close(&json, ']');
  json_print(&json);
}

static void
tell_problems(const Context *context, const Rules *rules, const char *file,
              const GPtrArray *problems)
{
  if (context->json) {
    print_problems(rules, file, problems);
    return;
  }
  for (guint i = 0; i < problems->len; i++) {
    g_autofree char *line = escape_terminal(g_ptr_array_index(problems, i));
    puts(line);
  }
  if (problems->len > 0)
    return;
  const char *name = g_strcmp0(file, "-") == 0 ? "standard input" : file;
  cmd_say(context, "%u rules checked%s%s", rules_count(rules),
          file != NULL ? ", with those in " : "", file != NULL ? name : "");
}

static bool
run_check(Context *context, int argc, char **argv, GError **error)
{
  const GOptionEntry entries[] = {
      {"json", 0, 0, G_OPTION_ARG_NONE, &context->json, "Print a JSON object", NULL},
      G_OPTION_ENTRY_NULL};
  if (!cmd_options(
          context, "[FILE|-]",
          "Check the shipped rules, or those in FILE as if placed before them; a hyphen reads\n"
          "them from standard input. Problems are printed one per line. Exit status: 1 if\n"
          "there are any.",
          entries, &argc, &argv, error))
    return false;
  if (argc > 2)
    return throw(error, BOUNCEDB_ERROR_USAGE, "rules check takes one file");
  const char *file = argc > 1 ? argv[1] : NULL;
  g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(Rules) rules = rules_load_lenient(file, problems, error);
  if (rules == NULL)
    return false;
  rules_check(rules, problems);
  check_samples(rules, file != NULL, problems);
  tell_problems(context, rules, file, problems);
  context->status = problems->len == 0 ? EXIT_OK : EXIT_NEGATIVE;
  return true;
}

/* --- test --------------------------------------------------------------------------------------*/

typedef struct {
  const Rules *rules;
  bool json;
} Tester;

static void
print_verdict_json(const char *text, const Verdict *verdict)
{
  Json json = json_begin();
  json_text(&json, "text", text);
  json_text(&json, "class", class_name(verdict->klass));
  json_text(&json, "reason", reason_name(verdict->reason));
  json_text(&json, "party", party_name(reason_info(verdict->reason)->party));
  json_text(&json, "provider", verdict->provider);
  json_text(&json, "rule", verdict->rule);
  json_print(&json);
}

static bool
test_line(const Tester *tester, const char *text, GError **error)
{
  g_autofree char *reporting_mta = NULL;
  g_autoptr(Recipient) recipient = rule_sample_parse(text, &reporting_mta, error);
  if (recipient == NULL)
    return false;
  classify(tester->rules, reporting_mta, recipient, NULL);
  const Verdict *verdict = &recipient->verdict;
  if (tester->json)
    print_verdict_json(text, verdict);
  else
    printf("%s\t%s\t%s\n", class_name(verdict->klass), reason_name(verdict->reason),
           verdict->rule != NULL ? verdict->rule : "-");
  return true;
}

static bool
test_stdin_line(const char *line, gpointer data, GError **error)
{
  return *line == '\0' || *line == '#' || test_line(data, line, error);
}

static bool
run_test(Context *context, int argc, char **argv, GError **error)
{
  const GOptionEntry entries[] = {
      {"json", 0, 0, G_OPTION_ARG_NONE, &context->json, "Print one JSON object per reply", NULL},
      G_OPTION_ENTRY_NULL};
  if (!cmd_options(
          context, "TEXT...|-",
          "Print the class, reason and rule for each reply. A reply may be preceded by\n"
          "@mta=HOST, @reporting=HOST, @recipient=ADDRESS, @sender=ADDRESS, @stage=STAGE,\n"
          "@status=D.S.N or @action=delayed.",
          entries, &argc, &argv, error))
    return false;
  if (argc < 2)
    return throw(error, BOUNCEDB_ERROR_USAGE, "rules test needs a reply, or - for standard input");
  g_autoptr(Rules) rules = rules_load(context->settings->rules, error);
  if (rules == NULL)
    return false;
  Tester tester = {rules, context->json};
  for (int i = 1; i < argc; i++) {
    bool ok = strcmp(argv[i], "-") == 0 ? cmd_each_line(test_stdin_line, &tester, error)
                                        : test_line(&tester, argv[i], error);
    if (!ok)
      return false;
  }
  return true;
}

bool
cmd_rules(Context *context, int argc, char **argv, GError **error)
{
  static const Command verbs[] = {{"list", run_list, NULL},
                                  {"check", run_check, NULL},
                                  {"test", run_test, NULL},
                                  {"draft", cmd_rules_draft, NULL},
                                  {0}};
  return cmd_run_verb(context, verbs, "list|check|test|draft", "List, check, test and draft rules.",
                      argc, argv, error);
}
