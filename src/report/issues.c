#include "config.h"

#include "report/issues.h"

#include <string.h>

struct Issues {
  GHashTable *table; /* set of Issue */
};

static guint
hash(gconstpointer key)
{
  const Issue *issue = key;
  return g_str_hash(issue->provider) * 31 + issue->reason;
}

static gboolean
equal(gconstpointer a, gconstpointer b)
{
  const Issue *one = a, *other = b;
  return one->reason == other->reason && strcmp(one->provider, other->provider) == 0;
}

static void
free_issue(gpointer data)
{
  Issue *issue = data;
  g_free(issue->provider);
  g_free(issue->rule);
  g_free(issue->reply);
  g_free(issue->recipient);
  g_free(issue->return_path);
  g_free(issue->list);
  g_free(issue);
}

Issues *
issues_new(void)
{
  Issues *issues = g_new0(Issues, 1);
  issues->table = g_hash_table_new_full(hash, equal, free_issue, NULL);
  return issues;
}

void
issues_free(Issues *issues)
{
  g_hash_table_unref(issues->table);
  g_free(issues);
}

void
issues_add(Issues *issues, gint64 age, Reason reason, const char *provider, gint64 failures,
           gint64 last_id)
{
  if (age < 0 || age >= ISSUES_MONTH)
    return;
  const Issue key = {.reason = reason, .provider = (char *)provider};
  Issue *issue = g_hash_table_lookup(issues->table, &key);
  if (issue == NULL) {
    issue = g_new0(Issue, 1);
    issue->reason = reason;
    issue->provider = g_strdup(provider);
    g_hash_table_add(issues->table, issue); /* cppcheck-suppress memleak */
  }
  issue->days[age] += failures;
  issue->month += failures;
  issue->failure_id = MAX(issue->failure_id, last_id);
}

static gint
by_count(gconstpointer a, gconstpointer b)
{
  const Issue *one = *(Issue *const *)a, *other = *(Issue *const *)b;
  if (one->month != other->month)
    return one->month < other->month ? 1 : -1;
  if (one->reason != other->reason)
    return one->reason < other->reason ? -1 : 1;
  return g_strcmp0(one->provider, other->provider);
}

GPtrArray *
issues_take(Issues *issues)
{
  GPtrArray *all = g_ptr_array_new_with_free_func(free_issue);
  GHashTableIter iter;
  gpointer key;
  g_hash_table_iter_init(&iter, issues->table);
  while (g_hash_table_iter_next(&iter, &key, NULL)) {
    Issue *issue = key;
    if (*issue->provider == '\0')
      g_clear_pointer(&issue->provider, g_free);
    g_ptr_array_add(all, issue);
  }
  g_hash_table_steal_all(issues->table);
  g_ptr_array_sort(all, by_count);
  return all;
}
