#include "config.h"

#include "cmd/reclassify-changes.h"

#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "base/text.h"
#include "store/store-query.h"

enum { EXAMPLES = 3 };

/* How often one verdict became another. */
typedef struct {
  Class klass[2]; /* before, after */
  Reason reason[2];
  const char *rule[2]; /* borrowed; NULL = none */
  guint64 failures;
  gint64 examples[EXAMPLES];
} Transition;

static void
entry_free(gpointer data)
{
  EntryChange *entry = data;
  g_free(entry->address);
  g_free(entry->before);
  g_free(entry->after);
  g_free(entry);
}

static guint
transition_hash(gconstpointer data)
{
  const Transition *t = data;
  guint hash = (guint)(t->klass[0] + N_CLASSES * t->klass[1]);
  for (int i = 0; i < 2; i++)
    hash = 31 * hash + (t->rule[i] != NULL ? g_str_hash(t->rule[i]) : 0) + t->reason[i];
  return hash;
}

static gboolean
transition_equal(gconstpointer a, gconstpointer b)
{
  const Transition *s = a, *t = b;
  for (int i = 0; i < 2; i++)
    if (s->klass[i] != t->klass[i] || s->reason[i] != t->reason[i] ||
        g_strcmp0(s->rule[i], t->rule[i]) != 0)
      return FALSE;
  return TRUE;
}

void
changes_init(Changes *changes, bool dry_run)
{
  *changes = (Changes){.dry_run = dry_run,
                       .transitions =
                           g_hash_table_new_full(transition_hash, transition_equal, g_free, NULL),
                       .entries = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, entry_free)};
}

void
changes_clear(Changes *changes)
{
  g_clear_pointer(&changes->entries, g_hash_table_unref);
  g_clear_pointer(&changes->transitions, g_hash_table_unref);
}

void
changes_add_verdict(Changes *changes, gint64 failure_id, const Verdict *was, const Verdict *now)
{
  const Transition key = {.klass = {was->klass, now->klass},
                          .reason = {was->reason, now->reason},
                          .rule = {was->rule, now->rule}};
  Transition *transition = g_hash_table_lookup(changes->transitions, &key);
  if (transition == NULL) {
    transition = g_memdup2(&key, sizeof key);
    g_hash_table_add(changes->transitions, transition);
  }
  if (transition->failures < EXAMPLES)
    transition->examples[transition->failures] = failure_id;
  transition->failures++;
  changes->changed++;
}

EntryChange *
changes_add_entry(Changes *changes, const char *address)
{
  if (g_hash_table_contains(changes->entries, address))
    return NULL;
  EntryChange *entry = g_new0(EntryChange, 1);
  entry->address = g_strdup(address);
  g_hash_table_insert(changes->entries, entry->address, entry);
  return entry;
}

static bool
read_reason(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  char **reason = data;
  *reason = g_strdup(store_cell(cells, n, "reason"));
  return true;
}

static bool
read_held(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)cells, (void)n, (void)error;
  char **reason = data;
  *reason = g_strdup("held");
  return true;
}

bool
changes_find_entry(Store *store, const char *address, gint64 now, char **reason, GError **error)
{
  return store_suppression(store, address, now, read_reason, reason, error) &&
         (*reason != NULL || store_held_entry(store, address, read_held, reason, error));
}

/* --- printing ----------------------------------------------------------------------------------*/

static gint
compare_transitions(gconstpointer a, gconstpointer b)
{
  const Transition *s = *(const Transition *const *)a, *t = *(const Transition *const *)b;
  if (s->failures != t->failures)
    return s->failures < t->failures ? 1 : -1;
  return s->examples[0] < t->examples[0] ? -1 : 1;
}

static gint
compare_entries(gconstpointer a, gconstpointer b)
{
  const EntryChange *s = *(const EntryChange *const *)a, *t = *(const EntryChange *const *)b;
  return strcmp(s->address, t->address);
}

/* The values of the table, sorted. (transfer container) */
static GPtrArray *
sorted(GHashTable *table, GCompareFunc compare)
{
  GPtrArray *array = g_ptr_array_new();
  GHashTableIter iter;
  gpointer value;
  g_hash_table_iter_init(&iter, table);
  while (g_hash_table_iter_next(&iter, NULL, &value))
    g_ptr_array_add(array, value);
  g_ptr_array_sort(array, compare);
  return array;
}

static const char *
or_dash(const char *text)
{
  return text != NULL ? text : "-";
}

static void
print_transition(const Transition *t)
{
  printf("%8" G_GUINT64_FORMAT "  %s %s (%s) -> %s %s (%s)\n          for example failure",
         t->failures, class_name(t->klass[0]), reason_name(t->reason[0]), or_dash(t->rule[0]),
         class_name(t->klass[1]), reason_name(t->reason[1]), or_dash(t->rule[1]));
  for (guint64 i = 0; i < MIN(t->failures, (guint64)EXAMPLES); i++)
    printf("%s f%" G_GINT64_FORMAT, i > 0 ? "," : "", t->examples[i]);
  putchar('\n');
}

static void
print_entry(const EntryChange *entry)
{
  if (g_strcmp0(entry->before, entry->after) == 0)
    return;
  g_autofree char *address = escape_terminal(entry->address);
  if (entry->before == NULL)
    printf("  + %s  %s\n", address, entry->after);
  else if (entry->after == NULL)
    printf("  - %s  was %s\n", address, entry->before);
  else
    printf("  = %s  %s -> %s\n", address, entry->before, entry->after);
}

void
changes_print_entries(const Changes *changes, const char *done)
{
  guint64 added = 0, lifted = 0;
  g_autoptr(GPtrArray) entries = sorted(changes->entries, compare_entries);
  for (guint i = 0; i < entries->len; i++) {
    const EntryChange *entry = g_ptr_array_index(entries, i);
    added += entry->before == NULL && entry->after != NULL;
    lifted += entry->before != NULL && entry->after == NULL;
    print_entry(entry);
  }
  g_autofree char *addresses = text_count(added, "address", "addresses");
  const char *would = changes->dry_run ? "would be " : "";
  printf("%s%s; %s %ssuppressed, %" G_GUINT64_FORMAT " %slifted\n",
         changes->dry_run ? "dry run: " : "", done, addresses, would, lifted, would);
}

static void
print_text(const Changes *changes, const GPtrArray *transitions)
{
  for (guint i = 0; i < transitions->len; i++)
    print_transition(g_ptr_array_index(transitions, i));
  g_autofree char *failures = text_count(changes->failures, "failure", "failures");
  g_autofree char *done =
      g_strdup_printf("%" G_GUINT64_FORMAT " of %s judged differently", changes->changed, failures);
  changes_print_entries(changes, done);
}

static void
add_verdict(Json *json, const Transition *t, int side)
{
  json_open(json, side == 0 ? "from" : "to", '{');
  json_text(json, "class", class_name(t->klass[side]));
  json_text(json, "reason", reason_name(t->reason[side]));
  json_text(json, "rule", t->rule[side]);
  json_close(json, '}');
}

static void
add_transition(Json *json, const Transition *t)
{
  json_open(json, NULL, '{');
  json_int(json, "failures", (gint64)t->failures);
  add_verdict(json, t, 0);
  add_verdict(json, t, 1);
  json_open(json, "examples", '[');
  for (guint64 i = 0; i < MIN(t->failures, (guint64)EXAMPLES); i++)
    json_int(json, NULL, t->examples[i]);
  json_close(json, ']');
  json_close(json, '}');
}

static void
add_entry(Json *json, const EntryChange *entry)
{
  if (g_strcmp0(entry->before, entry->after) == 0)
    return;
  json_open(json, NULL, '{');
  json_text(json, "address", entry->address);
  json_text(json, "before", entry->before);
  json_text(json, "after", entry->after);
  json_close(json, '}');
}

void
changes_add_entries(const Changes *changes, Json *json)
{
  g_autoptr(GPtrArray) entries = sorted(changes->entries, compare_entries);
  json_open(json, "suppressions", '[');
  for (guint i = 0; i < entries->len; i++)
    add_entry(json, g_ptr_array_index(entries, i));
  json_close(json, ']');
}

static void
print_json(const Changes *changes, const GPtrArray *transitions)
{
  Json json = json_begin();
  json_bool(&json, "dry_run", changes->dry_run);
  json_int(&json, "failures", (gint64)changes->failures);
  json_int(&json, "changed", (gint64)changes->changed);
  json_open(&json, "changes", '[');
  for (guint i = 0; i < transitions->len; i++)
    add_transition(&json, g_ptr_array_index(transitions, i));
  json_close(&json, ']');
  changes_add_entries(changes, &json);
  json_print(&json);
}

void
changes_print(const Changes *changes, bool json)
{
  g_autoptr(GPtrArray) transitions = sorted(changes->transitions, compare_transitions);
  if (json)
    print_json(changes, transitions);
  else
    print_text(changes, transitions);
}
