/* From rule files to Rules: the user's own file first, then the shipped ones. */
#include "rules-private.h"

#include "embedded.h"
#include "error.h"

enum { FILE_MAX = 8 << 20 }; /* octets of a user's rule file */

void
rules_problem(const Rules *rules, int file, const char *at, GPtrArray *problems, const char *format,
              ...)
{
  va_list args;
  va_start(args, format);
  g_autofree char *message = g_strdup_vprintf(format, args);
  va_end(args);
  const char *name = g_array_index(rules->files, RuleFile, file).name;
  g_ptr_array_add(problems,
                  g_strdup_printf("%s:%d: %s", name, rules_line(rules, file, at), message));
}

static bool
read_user_file(const char *path, RuleFile *out, GError **error)
{
  g_autofree char *text = NULL;
  gsize length;
  g_autofree char *name = g_filename_display_name(path);
  g_autoptr(GError) cause = NULL;
  if (!g_file_get_contents(path, &text, &length, &cause))
    return throw(error, BOUNCEDB_ERROR_CONFIG, "cannot read the rules: %s", cause->message);
  if (length > FILE_MAX)
    return throw(error, BOUNCEDB_ERROR_CONFIG, "%s: longer than 8 MiB", name);
  if (!g_utf8_validate(text, (gssize)length, NULL))
    return throw(error, BOUNCEDB_ERROR_CONFIG, "%s: not UTF-8", name);
  *out = (RuleFile){g_steal_pointer(&text), g_steal_pointer(&name), true};
  return true;
}

/* A rule may name a provider that a later file describes, so this waits for the end. Rules of one
 * provider stand together: the last one found is tried first. */
static void
resolve_providers(Rules *rules)
{
  int last = -1;
  for (guint i = 0; i < rules->rules->len; i++) {
    Rule *rule = &g_array_index(rules->rules, Rule, i);
    if (rule->provider_id.at == NULL)
      continue;
    if (last < 0 || !span_is(rule->provider_id, rules_provider_at(rules, last)->info.id))
      last = rules_provider_index(rules, rule->provider_id);
    rule->provider = last;
  }
}

static void
check_providers(const Rules *rules, guint first, GPtrArray *problems)
{
  for (guint i = first; i < rules->rules->len; i++) {
    const Rule *rule = rules_at(rules, i);
    g_autofree char *id = rule->provider_id.at != NULL
                              ? g_strndup(rule->provider_id.at, rule->provider_id.length)
                              : NULL;
    if (id != NULL && !rules_knows_provider(rules, id))
      rules_problem(rules, rule->file, rule->section, problems, "unknown provider \"%s\"", id);
  }
}

/* Which phase asks a rule. One that a provider's code decides alone is asked among the texts: for
 * that provider the code outranks what general rules read into its words. */
static void
sort_into_phases(Rules *rules, guint first, GPtrArray *problems)
{
  for (guint i = first; i < rules->rules->len; i++) {
    const Rule *rule = &g_array_index(rules->rules, Rule, i);
    bool conditions = rule->provider_id.at != NULL || rule->fragments.n > 0 ||
                      rule->statuses.n > 0 || rule->replies.n > 0 || rule->stages != 0 ||
                      rule->actions != 0 || rule->mta.at != NULL;
    if (rule->reason == REASON_NONE)
      rules_problem(rules, rule->file, rule->section, problems, "a rule without a reason");
    if (conditions)
      g_array_append_val(rules->phases[rule_phase(rule)], i);
    else if (!span_is(rule->id, RULE_UNDEFINED))
      rules_problem(rules, rule->file, rule->section, problems, "a rule without a condition");
  }
}

static Rules *
rules_new(void)
{
  Rules *rules = g_new0(Rules, 1);
  rules->files = g_array_new(FALSE, FALSE, sizeof(RuleFile));
  rules->rules = g_array_sized_new(FALSE, FALSE, sizeof(Rule), 2048);
  rules->providers = g_array_new(FALSE, FALSE, sizeof(Provider));
  rules->fragments_size = 4096;
  rules->fragments = g_new(Fragment, rules->fragments_size);
  rules->statuses = g_array_new(FALSE, FALSE, sizeof(Status));
  rules->replies = g_array_new(FALSE, FALSE, sizeof(ReplyRange));
  for (guint i = 0; i < G_N_ELEMENTS(rules->phases); i++)
    rules->phases[i] = g_array_sized_new(FALSE, FALSE, sizeof(guint), 1024);
  rules->infos = g_ptr_array_new_with_free_func(g_free);
  rules->strings = g_string_chunk_new(4096);
  return rules;
}

void
rules_free(Rules *rules)
{
  if (rules == NULL)
    return;
  for (guint i = 0; i < rules->files->len; i++) {
    RuleFile *file = &g_array_index(rules->files, RuleFile, i);
    if (file->owned) {
      g_free((char *)file->text);
      g_free((char *)file->name);
    }
  }
  g_array_unref(rules->files);
  g_array_unref(rules->rules);
  g_array_unref(rules->providers);
  g_free(rules->fragments);
  g_array_unref(rules->statuses);
  g_array_unref(rules->replies);
  g_ptr_array_unref(rules->infos);
  for (guint i = 0; i < G_N_ELEMENTS(rules->phases); i++)
    g_array_unref(rules->phases[i]);
  g_string_chunk_free(rules->strings);
  g_free(rules);
}

static bool
parse_user_file(Rules *rules, const char *path, GPtrArray *problems, GError **error)
{
  RuleFile file;
  if (!read_user_file(path, &file, error))
    return false;
  rules_parse_file(rules, file, true, problems);
  check_providers(rules, 0, problems);
  sort_into_phases(rules, 0, problems);
  return true;
}

static void
parse_shipped(Rules *rules, bool strict, GPtrArray *problems)
{
  guint first = rules->rules->len;
  for (const EmbeddedFile *shipped = embedded_rules; shipped->name != NULL; shipped++)
    rules_parse_file(rules, (RuleFile){shipped->text, shipped->name, false}, strict, problems);
  rules->complete = true;
  if (strict)
    check_providers(rules, first, problems);
  resolve_providers(rules);
  sort_into_phases(rules, first, problems);
  g_ptr_array_set_size(rules->infos, (int)rules->rules->len);
}

static bool
no_problem(GPtrArray *problems, GError **error)
{
  return problems->len == 0 ||
         throw(error, BOUNCEDB_ERROR_CONFIG, "%s", (const char *)g_ptr_array_index(problems, 0));
}

Rules *
rules_open(const char *user_file, GError **error)
{
  g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(Rules) rules = rules_new();
  if (user_file != NULL && !parse_user_file(rules, user_file, problems, error))
    return NULL;
  return no_problem(problems, error) ? g_steal_pointer(&rules) : NULL;
}

void
rules_complete(Rules *rules)
{
  if (rules->complete)
    return;
  g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
  parse_shipped(rules, false, problems);
}

Rules *
rules_load(const char *user_file, GError **error)
{
  Rules *rules = rules_open(user_file, error);
  if (rules != NULL)
    rules_complete(rules);
  return rules;
}

Rules *
rules_load_lenient(const char *user_file, GPtrArray *problems, GError **error)
{
  g_autoptr(Rules) rules = rules_new();
  if (user_file != NULL && !parse_user_file(rules, user_file, problems, error))
    return NULL;
  parse_shipped(rules, true, problems);
  return g_steal_pointer(&rules);
}
