#include "config.h"

#include "export/selection.h"

#include <stdlib.h>
#include <string.h>

#include "base/dates.h"
#include "mail/address.h"
#include "mail/taxonomy.h"

/* Reasons that are not those of a failure. */
static const char *const other_reasons[] = {"complaint", "manual", NULL};

static bool
is_class(const char *word)
{
  Class klass;
  return class_from_name(word, &klass) || g_strv_contains(other_reasons, word);
}

static bool
is_reason(const char *word)
{
  Reason reason;
  return reason_from_name(word, &reason) || g_strv_contains(other_reasons, word);
}

static bool
is_word(const char *word)
{
  return *word != '\0';
}

static const struct {
  const char *key;
  size_t offset;
  bool (*check)(const char *word);
  const char *expects;
} conditions[] = {
    {"class", offsetof(Selection, classes), is_class,
     "permanent, transient, policy, spf, quota, auth, complaint or manual"},
    {"reason", offsetof(Selection, reasons), is_reason, "a reason, complaint or manual"},
    {"domain", offsetof(Selection, domains), is_word, "a domain"},
    {"list", offsetof(Selection, lists), is_word, "a List-Id"},
};

static int
compare(const void *a, const void *b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool
set_words(GStrv *field, const char *text, bool lower, bool (*check)(const char *word))
{
  g_auto(GStrv) words = g_strsplit(text, ",", -1);
  if (*words == NULL)
    return false;
  for (char **word = words; *word != NULL; word++) {
    char *folded = lower ? address_key(g_strstrip(*word)) : g_strdup(g_strstrip(*word));
    g_free(*word);
    *word = folded;
    if (!check(folded))
      return false;
  }
  qsort(words, g_strv_length(words), sizeof *words, compare);
  g_strfreev(*field);
  *field = g_steal_pointer(&words);
  return true;
}

static bool
set_since(Selection *selection, const char *text, gint64 now)
{
  if (!date_parse(text, now, &selection->since))
    return false;
  g_free(selection->since_text);
  selection->since_text = g_strdup(text);
  return true;
}

static bool
set_until(Selection *selection, const char *text, gint64 now)
{
  if (!date_parse_end(text, now, &selection->until))
    return false;
  g_free(selection->until_text);
  selection->until_text = g_strdup(text);
  return true;
}

bool
selection_set(Selection *selection, const char *key, const char *text, gint64 now)
{
  if (strcmp(key, "since") == 0)
    return set_since(selection, text, now);
  if (strcmp(key, "until") == 0)
    return set_until(selection, text, now);
  for (gsize i = 0; i < G_N_ELEMENTS(conditions); i++)
    if (strcmp(conditions[i].key, key) == 0)
      return set_words((GStrv *)(void *)((char *)selection + conditions[i].offset), text,
                       strcmp(key, "list") != 0, conditions[i].check);
  return false;
}

const char *
selection_expects(const char *key)
{
  for (gsize i = 0; i < G_N_ELEMENTS(conditions); i++)
    if (strcmp(conditions[i].key, key) == 0)
      return conditions[i].expects;
  return DATE_EXPECTS;
}

void
selection_clear(Selection *selection)
{
  g_strfreev(selection->classes);
  g_strfreev(selection->reasons);
  g_strfreev(selection->domains);
  g_strfreev(selection->lists);
  g_free(selection->since_text);
  g_free(selection->until_text);
  *selection = (Selection){0};
}

static bool
among(GStrv words, const char *word)
{
  return words == NULL || (word != NULL && g_strv_contains((const char *const *)words, word));
}

bool
selection_takes_domain(const Selection *selection, const char *domain)
{
  return among(selection->domains, domain);
}

bool
selection_takes(const Selection *selection, const char *klass, const char *reason,
                const char *domain, const char *list, gint64 since)
{
  return since >= selection->since && (selection->until == 0 || since <= selection->until) &&
         among(selection->classes, klass != NULL ? klass : reason) &&
         among(selection->reasons, reason) && selection_takes_domain(selection, domain) &&
         among(selection->lists, list);
}

char *
selection_describe(const Selection *selection)
{
  g_autoptr(GString) text = g_string_new(NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(conditions); i++) {
    const char *place = (const char *)selection + conditions[i].offset;
    char **words = *(char **const *)(const void *)place;
    g_autofree char *joined = words != NULL ? g_strjoinv(",", words) : NULL;
    if (joined != NULL)
      g_string_append_printf(text, "%s=%s ", conditions[i].key, joined);
  }
  if (selection->since_text != NULL)
    g_string_append_printf(text, "since=%s ", selection->since_text);
  if (selection->until_text != NULL)
    g_string_append_printf(text, "until=%s ", selection->until_text);
  return g_strchomp(g_string_free(g_steal_pointer(&text), FALSE));
}
