#include "config.h"

#include "cmd/choice.h"

#include <string.h>

#include "base/nearest.h"
#include "mail/address.h"
#include "mail/service-names.h"
#include "store/store-list.h"

static void
add_kinds(GPtrArray *names)
{
  for (int i = 0; i < N_KINDS; i++)
    g_ptr_array_add(names, (gpointer)kind_name((Kind)i));
}

static void
add_classes(GPtrArray *names)
{
  for (int i = CLASS_NONE + 1; i < N_CLASSES; i++)
    g_ptr_array_add(names, (gpointer)class_name((Class)i));
}

static void
add_reasons(GPtrArray *names)
{
  for (int i = REASON_NONE + 1; i < N_REASONS; i++)
    g_ptr_array_add(names, (gpointer)reason_name((Reason)i));
}

static void
add_formats(GPtrArray *names)
{
  for (const Format *format = format_table; format->name != NULL; format++)
    g_ptr_array_add(names, (gpointer)format->name);
}

static void
add_services(GPtrArray *names)
{
  for (const char *const *name = service_names; *name != NULL; name++)
    g_ptr_array_add(names, (gpointer)*name);
}

GPtrArray *
choice_names(Choice choice)
{
  static void (*const adders[])(GPtrArray * names) = {
      [CHOICE_CLASS] = add_classes,      [CHOICE_REASON] = add_reasons,
      [CHOICE_LIST_CLASS] = add_classes, [CHOICE_LIST_REASON] = add_reasons,
      [CHOICE_KIND] = add_kinds,         [CHOICE_ROWS] = add_kinds,
      [CHOICE_FORMAT] = add_formats,     [CHOICE_SERVICE] = add_services,
  };
  GPtrArray *names = g_ptr_array_new();
  if (choice == CHOICE_ROWS)
    g_ptr_array_add(names, (gpointer) "failure");
  adders[choice](names);
  if (choice == CHOICE_LIST_CLASS || choice == CHOICE_LIST_REASON) {
    g_ptr_array_add(names, (gpointer) "complaint");
    g_ptr_array_add(names, (gpointer) "manual");
  }
  g_ptr_array_add(names, NULL);
  return names;
}

/* "a, b or c" */
static char *
enumerate(const char *const *names)
{
  g_autoptr(GString) text = g_string_new(names[0]);
  for (guint i = 1; names[i] != NULL; i++)
    g_string_append_printf(text, "%s%s", names[i + 1] != NULL ? ", " : " or ", names[i]);
  return g_string_free(g_steal_pointer(&text), FALSE);
}

bool
choice_find(const char *option, const char *value, const char *const *names, guint *index,
            GError **error)
{
  for (*index = 0; names[*index] != NULL; (*index)++)
    if (g_ascii_strcasecmp(names[*index], value) == 0)
      return true;
  g_autofree char *hint = nearest_hint(value, names), *all = enumerate(names);
  return *hint != '\0'
             ? throw(error, BOUNCEDB_ERROR_USAGE, "%s: no such name: %s%s", option, value, hint)
             : throw(error, BOUNCEDB_ERROR_USAGE, "%s takes %s, not \"%s\"", option, all, value);
}

bool
choice_service(const char *value, const char **service, GError **error)
{
  guint index;
  *service = NULL;
  if (value == NULL)
    return true;
  if (!choice_find("--from", value, service_names, &index, error))
    return false;
  *service = service_names[index];
  return true;
}

/* Calls func with each word, and joins what it returns. */
typedef char *(*WordFunc)(const char *word, gconstpointer data, GError **error);

static bool
each_word(char **values, WordFunc func, gconstpointer data, char **out, GError **error)
{
  g_autoptr(GString) joined = g_string_new(NULL);
  *out = NULL;
  for (; values != NULL && *values != NULL; values++) {
    g_auto(GStrv) words = g_strsplit(**values != '\0' ? *values : ",", ",", -1);
    for (char **word = words; *word != NULL; word++) {
      g_autofree char *name = func(g_strstrip(*word), data, error);
      if (name == NULL)
        return false;
      g_string_append_printf(joined, "%s%s", joined->len > 0 ? "," : "", name);
    }
  }
  if (joined->len > 0)
    *out = g_string_free(g_steal_pointer(&joined), FALSE);
  return true;
}

typedef struct {
  const char *option;
  const char *const *names;
} Named;

static char *
read_name(const char *word, gconstpointer data, GError **error)
{
  const Named *named = data;
  guint index;
  return choice_find(named->option, word, named->names, &index, error)
             ? g_strdup(named->names[index])
             : NULL;
}

bool
choice_words(const char *option, char **values, Choice choice, char **out, GError **error)
{
  g_autoptr(GPtrArray) names = choice_names(choice);
  const Named named = {option, (const char *const *)names->pdata};
  return each_word(values, read_name, &named, out, error);
}

/* Anything that cannot be a domain would silently match nothing. */
static char *
read_domain(const char *word, gconstpointer data, GError **error)
{
  (void)data;
  const char *at = strrchr(word, '@');
  if (at != NULL && at[1] != '\0')
    throw(error, BOUNCEDB_ERROR_USAGE, "--domain takes a domain, not \"%s\"; did you mean %s?",
          word, at + 1);
  else if (*word == '\0' || at != NULL || strpbrk(word, " \t*<>") != NULL)
    throw(error, BOUNCEDB_ERROR_USAGE, "--domain takes a domain such as example.org, not \"%s\"",
          word);
  else
    return address_key(word);
  return NULL;
}

bool
choice_domains(char **values, char **out, GError **error)
{
  return each_word(values, read_domain, NULL, out, error);
}

/* --- providers ---------------------------------------------------------------------------------*/

/* The id of a provider whose name has the word in it, such as microsoft for Outlook. */
static const char *
provider_named(const GPtrArray *providers, const char *word)
{
  g_autofree char *lower = g_ascii_strdown(word, -1);
  for (guint i = 0; *word != '\0' && i < providers->len; i++) {
    const ProviderInfo *provider = g_ptr_array_index(providers, i);
    g_autofree char *name = g_ascii_strdown(provider->name, -1);
    if (strstr(name, lower) != NULL)
      return provider->id;
  }
  return NULL;
}

char *
choice_provider(const Rules *rules, const char *word, GError **error)
{
  g_autoptr(GPtrArray) providers = rules_providers(rules), ids = g_ptr_array_new();
  for (guint i = 0; i < providers->len; i++) {
    const ProviderInfo *provider = g_ptr_array_index(providers, i);
    if (g_ascii_strcasecmp(provider->id, word) == 0 ||
        g_ascii_strcasecmp(provider->name, word) == 0)
      return g_strdup(provider->id);
    g_ptr_array_add(ids, (gpointer)provider->id);
  }
  g_ptr_array_add(ids, NULL);
  g_autofree char *hint = nearest_hint(word, (const char *const *)ids->pdata);
  const char *also = provider_named(providers, word);
  if (*hint == '\0' && also != NULL)
    throw(error, BOUNCEDB_ERROR_USAGE, "unknown provider: %s; did you mean %s?", word, also);
  else
    throw(error, BOUNCEDB_ERROR_USAGE, "unknown provider: %s%s", word,
          *hint != '\0' ? hint : "; bouncedb rules list names them");
  return NULL;
}

static bool
note_row(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)cells, (void)n, (void)error;
  *(bool *)data = true;
  return true;
}

/* Only older rules know it, or another user's. */
static bool
is_recorded(Store *store, const char *word, bool *found, GError **error)
{
  const StoreFilter filter = {.providers = word, .limit = 1};
  *found = false;
  return store == NULL || store_list(store, &filter, note_row, found, error);
}

typedef struct {
  Store *store;
  const Rules *rules;
} Providers;

static char *
read_provider(const char *word, gconstpointer data, GError **error)
{
  const Providers *providers = data;
  g_autoptr(GError) unknown = NULL;
  bool recorded = false;
  char *id = choice_provider(providers->rules, word, &unknown);
  if (id != NULL || !is_recorded(providers->store, word, &recorded, error))
    return id;
  if (recorded)
    return g_strdup(word);
  g_propagate_error(error, g_steal_pointer(&unknown));
  return NULL;
}

bool
choice_providers(char **values, const Settings *settings, Store *store, char **out, GError **error)
{
  *out = NULL;
  if (values == NULL)
    return true;
  g_autoptr(Rules) rules = rules_load(settings->rules, error);
  const Providers providers = {store, rules};
  return rules != NULL && each_word(values, read_provider, &providers, out, error);
}
