#include "config.h"

#include "cmd/complete.h"

#include <stdio.h>
#include <string.h>

#include "cmd/choice.h"

void
complete_word(const Completion *completion, const char *word, const char *description)
{
  if (g_str_has_prefix(word, completion->current))
    printf("%s%s\t%s\n", completion->before != NULL ? completion->before : "", word,
           description != NULL ? description : "");
}

static void
complete_words(const Completion *completion, const char *const *words)
{
  for (; *words != NULL; words++)
    complete_word(completion, *words, NULL);
}

/* --- values ------------------------------------------------------------------------------------*/

/* One of several words between commas: what is before the last comma stays. */
static void
complete_listed(const Completion *completion, const GPtrArray *names)
{
  const char *comma = strrchr(completion->current, ',');
  g_autofree char *before =
      g_strndup(completion->current, comma != NULL ? (gsize)(comma + 1 - completion->current) : 0);
  for (guint i = 0; g_ptr_array_index(names, i) != NULL; i++) {
    g_autofree char *word = g_strconcat(before, g_ptr_array_index(names, i), NULL);
    complete_word(completion, word, NULL);
  }
}

static void
complete_choice(const Completion *completion, Choice choice)
{
  g_autoptr(GPtrArray) names = choice_names(choice);
  complete_listed(completion, names);
}

/* Of the shipped rules: a user's file may be broken, and completion must not depend on it. */
static void
complete_providers(const Completion *completion)
{
  g_autoptr(Rules) rules = rules_load(NULL, NULL);
  g_autoptr(GPtrArray) providers = rules != NULL ? rules_providers(rules) : g_ptr_array_new();
  g_autoptr(GPtrArray) ids = g_ptr_array_new();
  for (guint i = 0; i < providers->len; i++)
    g_ptr_array_add(ids, (gpointer)((const ProviderInfo *)g_ptr_array_index(providers, i))->id);
  g_ptr_array_add(ids, NULL);
  complete_listed(completion, ids);
}

/* By the name of the option, and of what it takes. */
static void
complete_value(const Completion *completion, const char *command, const GOptionEntry *option)
{
  static const char *const formats[] = {"text", "csv", "json", "jsonl", NULL},
                           *const shorter[] = {"text", "json", NULL},
                           *const reports[] = {"html", "json", "prometheus", NULL},
                           *const times[] = {"now", "today", "yesterday", "7d", "1m", NULL},
                           *const colors[] = {"auto", "always", "never", NULL};
  bool export = strcmp(command, "export") == 0, list = strcmp(command, "list") == 0,
       report = strcmp(command, "report") == 0;
  const char *name = option->long_name;
  if (strcmp(name, "class") == 0)
    complete_choice(completion, export ? CHOICE_LIST_CLASS : CHOICE_CLASS);
  else if (strcmp(name, "reason") == 0)
    complete_choice(completion, export ? CHOICE_LIST_REASON : CHOICE_REASON);
  else if (strcmp(name, "kind") == 0)
    complete_choice(completion, list ? CHOICE_ROWS : CHOICE_KIND);
  else if (strcmp(name, "from") == 0 && g_strcmp0(option->arg_description, "SERVICE") == 0)
    complete_choice(completion, CHOICE_SERVICE);
  else if (strcmp(name, "provider") == 0)
    complete_providers(completion);
  else if (strcmp(name, "format") == 0 && export)
    complete_choice(completion, CHOICE_FORMAT);
  else if (strcmp(name, "format") == 0)
    complete_words(completion, list ? formats : report ? reports : shorter);
  else if (strcmp(name, "color") == 0)
    complete_words(completion, colors);
  else if (g_strcmp0(option->arg_description, "TIME") == 0)
    complete_words(completion, times);
  else if (g_strcmp0(option->arg_description, "FILE") == 0 ||
           g_strcmp0(option->arg_description, "DIR") == 0)
    puts(":files");
}

/* --- options and operands ----------------------------------------------------------------------*/

/* The option that text is, if it takes a value; NULL = no. */
static const GOptionEntry *
find_option(const char *text, const GOptionEntry *entries)
{
  for (; entries != NULL && entries->long_name != NULL; entries++) {
    bool longer = g_str_has_prefix(text, "--") && strcmp(text + 2, entries->long_name) == 0;
    bool shorter = text[0] == '-' && entries->short_name != 0 && text[1] == entries->short_name &&
                   text[2] == '\0';
    if (longer || shorter)
      return entries->arg != G_OPTION_ARG_NONE ? entries : NULL;
  }
  return NULL;
}

static void
complete_options(const Completion *completion, const GOptionEntry *entries)
{
  for (; entries != NULL && entries->long_name != NULL; entries++) {
    g_autofree char *option = g_strconcat("--", entries->long_name, NULL);
    complete_word(completion, option, entries->description);
  }
}

/* "init|check|snapshot FILE" has verbs, "FILE|DIR..." file names. */
static void
complete_operands(const Completion *completion, const char *operands)
{
  g_auto(GStrv) words = g_strsplit_set(operands, "| .[]", -1);
  bool files = false;
  for (char **word = words; *word != NULL; word++) {
    files = files || strcmp(*word, "FILE") == 0 || strcmp(*word, "DIR") == 0;
    if (g_ascii_islower(**word))
      complete_word(completion, *word, NULL);
  }
  if (files)
    puts(":files");
}

/* "--class=p" is the value p of the option --class. */
static void
complete_joined(const Completion *completion, const char *command, const GOptionEntry *entries,
                const GOptionEntry *globals)
{
  const char *equals = strchr(completion->current, '=');
  gsize length = (gsize)(equals - completion->current);
  g_autofree char *name = g_strndup(completion->current, length);
  g_autofree char *before = g_strndup(completion->current, length + 1);
  const GOptionEntry *option = find_option(name, entries);
  if (option == NULL)
    option = find_option(name, globals);
  const Completion value = {.current = equals + 1, .previous = name, .before = before};
  if (option != NULL)
    complete_value(&value, command, option);
}

void
complete_command(const Completion *completion, const char *command, const char *operands,
                 const GOptionEntry *entries, const GOptionEntry *globals)
{
  const GOptionEntry *option = find_option(completion->previous, entries);
  if (option == NULL)
    option = find_option(completion->previous, globals);
  if (option != NULL) {
    complete_value(completion, command, option);
  } else if (g_str_has_prefix(completion->current, "--") &&
             strchr(completion->current, '=') != NULL) {
    complete_joined(completion, command, entries, globals);
  } else if (*completion->current == '-') {
    complete_options(completion, entries);
    complete_options(completion, globals);
  } else if (operands != NULL) {
    complete_operands(completion, operands);
  }
}
