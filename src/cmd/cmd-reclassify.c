/* bouncedb reclassify: the present rules on what is recorded. First all failures are judged, beside
 * whoever records new ones; only what changes is then written, in one transaction. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/dates.h"
#include "base/escape.h"
#include "base/json.h"
#include "judge/classify.h"
#include "store/store-query.h"
#include "store/store-verdicts.h"
#include "cmd/cmd.h"

enum { EXAMPLES = 3 };

typedef struct {
  gint64 failure_id;
  char *address; /* lower case; NULL: not known, or its place on the list cannot change */
  Verdict was, now;
} Judgement;

/* From one verdict to another one, how often. */
typedef struct {
  Class klass[2]; /* before, after */
  Reason reason[2];
  const char *rule[2]; /* of a Judgement; NULL = none */
  guint64 failures;
  gint64 examples[EXAMPLES];
} Transition;

/* An address and why it is on the list, before and after; NULL = it is not. */
typedef struct {
  const char *address;
  char *before, *after;
} EntryChange;

typedef struct {
  const Rules *rules;
  Store *store;
  gint64 since;
  bool dry_run;
  guint64 failures, changed;
  GPtrArray *judgements;   /* of Judgement */
  GHashTable *transitions; /* of Transition, a set */
  GHashTable *entries;     /* address to EntryChange; keys borrowed of the judgements */
} Run;

static void
judgement_free(gpointer data)
{
  Judgement *judgement = data;
  g_free(judgement->address);
  verdict_clear(&judgement->was);
  verdict_clear(&judgement->now);
  g_free(judgement);
}

static void
entry_free(gpointer data)
{
  EntryChange *entry = data;
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

static void
run_clear(Run *run)
{
  g_hash_table_unref(run->entries);
  g_hash_table_unref(run->transitions);
  g_ptr_array_unref(run->judgements);
}

/* --- judging ----------------------------------------------------------------------------------*/

static bool
is_same(const Verdict *a, const Verdict *b)
{
  return a->reason == b->reason && a->klass == b->klass && g_strcmp0(a->rule, b->rule) == 0 &&
         g_strcmp0(a->provider, b->provider) == 0;
}

static bool
judge(gint64 failure_id, StoreFailure *failure, gpointer data, GError **error)
{
  (void)error;
  Run *run = data;
  Recipient *recipient = failure->recipient;
  Verdict was = recipient->verdict;
  memset(&recipient->verdict, 0, sizeof recipient->verdict);
  classify(run->rules, failure->reporting_mta, recipient, NULL);
  run->failures++;
  if (is_same(&was, &recipient->verdict) && g_strcmp0(was.masked, recipient->verdict.masked) == 0) {
    verdict_clear(&was);
    return true;
  }
  Judgement *judgement = g_new0(Judgement, 1);
  *judgement = (Judgement){.failure_id = failure_id, .was = was, .now = recipient->verdict};
  memset(&recipient->verdict, 0, sizeof recipient->verdict);
  if (judgement->was.reason != judgement->now.reason && recipient->recipient != NULL)
    judgement->address = g_ascii_strdown(recipient->recipient, -1);
  g_ptr_array_add(run->judgements, judgement);
  return true;
}

/* --- writing ----------------------------------------------------------------------------------*/

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

/* Why the address is on the list; "held" where the guard keeps it from it. */
static bool
find_entry(Store *store, const char *address, char **reason, GError **error)
{
  return store_suppression(store, address, read_reason, reason, error) &&
         (*reason != NULL || store_held_entry(store, address, read_held, reason, error));
}

static bool
note_entries_before(Run *run, GError **error)
{
  for (guint i = 0; i < run->judgements->len; i++) {
    const Judgement *judgement = g_ptr_array_index(run->judgements, i);
    const char *address = judgement->address;
    if (address == NULL || g_hash_table_contains(run->entries, address))
      continue;
    EntryChange *entry = g_new0(EntryChange, 1);
    entry->address = address;
    g_hash_table_insert(run->entries, (gpointer)address, entry);
    if (!find_entry(run->store, address, &entry->before, error))
      return false;
  }
  return true;
}

static bool
note_entries_after(Run *run, gint64 *altered, GError **error)
{
  GHashTableIter iter;
  gpointer value;
  *altered = 0;
  g_hash_table_iter_init(&iter, run->entries);
  while (g_hash_table_iter_next(&iter, NULL, &value)) {
    EntryChange *entry = value;
    if (!find_entry(run->store, entry->address, &entry->after, error))
      return false;
    *altered += g_strcmp0(entry->before, entry->after) != 0;
  }
  return true;
}

static void
count_transition(Run *run, const Judgement *judgement)
{
  const Verdict *was = &judgement->was, *now = &judgement->now;
  const Transition key = {.klass = {was->klass, now->klass},
                          .reason = {was->reason, now->reason},
                          .rule = {was->rule, now->rule}};
  Transition *transition = g_hash_table_lookup(run->transitions, &key);
  if (transition == NULL) {
    transition = g_memdup2(&key, sizeof key);
    g_hash_table_add(run->transitions, transition);
  }
  if (transition->failures < EXAMPLES)
    transition->examples[transition->failures] = judgement->failure_id;
  transition->failures++;
  run->changed++;
}

static bool
write_judgements(Run *run, GError **error)
{
  for (guint i = 0; i < run->judgements->len; i++) {
    const Judgement *judgement = g_ptr_array_index(run->judgements, i);
    bool changed;
    if (!store_judge(run->store, judgement->failure_id, &judgement->was, &judgement->now, &changed,
                     error))
      return false;
    if (changed && !is_same(&judgement->was, &judgement->now))
      count_transition(run, judgement);
  }
  return true;
}

static bool
write_all(Run *run, const Decision *decision, GError **error)
{
  gint64 altered;
  return note_entries_before(run, error) && write_judgements(run, error) &&
         note_entries_after(run, &altered, error) &&
         (run->changed == 0 || store_judged(run->store, run->since, decision, altered, error));
}

/* A dry run does all of it, for only the database knows what follows, and takes it back. */
static bool
reclassify(Run *run, const Decision *decision, GError **error)
{
  if (!store_each_failure(run->store, run->since, judge, run, error))
    return false;
  if (run->judgements->len == 0)
    return true;
  if (!store_begin(run->store, error))
    return false;
  bool ok = write_all(run, decision, error);
  if (!ok || run->dry_run) {
    store_rollback(run->store);
    return ok;
  }
  return store_commit(run->store, error);
}

/* --- telling ----------------------------------------------------------------------------------*/

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

/* The values of the table in order. (transfer container) */
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
  printf("%8" G_GUINT64_FORMAT "  %s %s (%s) -> %s %s (%s)\n          such as failure", t->failures,
         class_name(t->klass[0]), reason_name(t->reason[0]), or_dash(t->rule[0]),
         class_name(t->klass[1]), reason_name(t->reason[1]), or_dash(t->rule[1]));
  for (guint64 i = 0; i < MIN(t->failures, (guint64)EXAMPLES); i++)
    printf("%s %" G_GINT64_FORMAT, i > 0 ? "," : "", t->examples[i]);
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

static void
print_text(const Run *run, const GPtrArray *transitions, const GPtrArray *entries)
{
  guint64 added = 0, lifted = 0;
  for (guint i = 0; i < transitions->len; i++)
    print_transition(g_ptr_array_index(transitions, i));
  for (guint i = 0; i < entries->len; i++) {
    const EntryChange *entry = g_ptr_array_index(entries, i);
    added += entry->before == NULL && entry->after != NULL;
    lifted += entry->before != NULL && entry->after == NULL;
    print_entry(entry);
  }
  printf("%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
         " failures judged otherwise; %" G_GUINT64_FORMAT
         " addresses suppressed, %" G_GUINT64_FORMAT " lifted%s\n",
         run->changed, run->failures, added, lifted,
         run->dry_run ? " (a dry run: nothing is changed)" : "");
}

static void
add_verdict(Json *json, const Transition *t, int side)
{
  json_open(json, side == 0 ? "from" : "to", '{');
  json_string(json, "class", class_name(t->klass[side]));
  json_string(json, "reason", reason_name(t->reason[side]));
  json_string(json, "rule", t->rule[side]);
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
  json_string(json, "address", entry->address);
  json_string(json, "before", entry->before);
  json_string(json, "after", entry->after);
  json_close(json, '}');
}

static void
print_json(const Run *run, const GPtrArray *transitions, const GPtrArray *entries)
{
  Json json = json_new();
  json_open(&json, NULL, '{');
  json_int(&json, "dry_run", run->dry_run);
  json_int(&json, "failures", (gint64)run->failures);
  json_int(&json, "changed", (gint64)run->changed);
  json_open(&json, "changes", '[');
  for (guint i = 0; i < transitions->len; i++)
    add_transition(&json, g_ptr_array_index(transitions, i));
  json_close(&json, ']');
  json_open(&json, "suppressions", '[');
  for (guint i = 0; i < entries->len; i++)
    add_entry(&json, g_ptr_array_index(entries, i));
  json_close(&json, ']');
  json_close(&json, '}');
  g_autofree char *line = json_finish(&json);
  puts(line);
}

static void
print(const Run *run, bool json)
{
  g_autoptr(GPtrArray) transitions = sorted(run->transitions, compare_transitions);
  g_autoptr(GPtrArray) entries = sorted(run->entries, compare_entries);
  if (json)
    print_json(run, transitions, entries);
  else
    print_text(run, transitions, entries);
}

/* --- the command ------------------------------------------------------------------------------*/

static bool
run_reclassify(Context *context, gint64 since, bool dry_run, bool json, GError **error)
{
  const Settings *settings = context->settings;
  g_autoptr(Rules) rules = rules_load(settings->rules, error);
  g_autoptr(Store) store = rules != NULL ? cmd_open_store(settings, error) : NULL;
  if (store == NULL)
    return false;
  Run run = {.rules = rules,
             .store = store,
             .since = since,
             .dry_run = dry_run,
             .judgements = g_ptr_array_new_with_free_func(judgement_free),
             .transitions = g_hash_table_new_full(transition_hash, transition_equal, g_free, NULL),
             .entries = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, entry_free)};
  const Decision decision = cmd_decision(context, "reclassify", NULL);
  bool ok = reclassify(&run, &decision, error);
  if (ok)
    print(&run, json);
  run_clear(&run);
  return ok && (dry_run || cmd_update_lists(store, settings, error));
}

bool
cmd_reclassify(Context *context, int argc, char **argv, GError **error)
{
  gboolean dry_run = FALSE;
  g_autofree char *since = NULL, *format = NULL;
  gint64 at = 0;
  const GOptionEntry entries[] = {
      {"dry-run", 'n', 0, G_OPTION_ARG_NONE, &dry_run, "Only show what would change", NULL},
      {"since", 0, 0, G_OPTION_ARG_FILENAME, &since, "Not before: 2026-01-31, 7d, Unix seconds",
       "TIME"},
      {"format", 0, 0, G_OPTION_ARG_FILENAME, &format, "text (default) or json", "FORMAT"},
      G_OPTION_ENTRY_NULL};
  if (!cmd_options(context, NULL,
                   "Judges recorded failures anew, by the present rules, and shows which verdicts\n"
                   "change, and which addresses come on the suppression list (+) or leave it (-).",
                   entries, &argc, &argv, error))
    return false;
  if (argc > 1)
    return throw(error, BOUNCEDB_ERROR_USAGE, "reclassify takes no operand: %s", argv[1]);
  if (format != NULL && strcmp(format, "text") != 0 && strcmp(format, "json") != 0)
    return throw(error, BOUNCEDB_ERROR_USAGE, "--format is text or json");
  if (since != NULL && !date_parse(since, context->now, &at))
    return throw(error, BOUNCEDB_ERROR_USAGE,
                 "--since is a date (2026-01-31), a span (12h, 7d, 2w) or Unix seconds");
  return run_reclassify(context, at, dry_run, g_strcmp0(format, "json") == 0, error);
}
