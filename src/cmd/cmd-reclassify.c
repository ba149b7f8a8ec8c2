/* bouncedb reclassify: applies the current rules to what is recorded. All failures are judged
 * first, while others may record new ones; then only what changes is written, in one transaction.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "judge/classify.h"
#include "store/store-query.h"
#include "store/store-verdicts.h"
#include "export/list-files.h"
#include "cmd/choice.h"
#include "cmd/cmd.h"
#include "cmd/period.h"
#include "cmd/reclassify-changes.h"
#include "cmd/reread.h"

typedef struct {
  gint64 failure_id;
  char *address; /* lower case; NULL = unknown, or its entry cannot change */
  Verdict was, now;
} Judgement;

typedef struct {
  const Rules *rules;
  Store *store;
  Span span;
  gint64 now;
  GPtrArray *judgements; /* (element-type Judgement) */
  Changes *changes;
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

/* --- judging -----------------------------------------------------------------------------------*/

static bool
is_same(const Verdict *a, const Verdict *b)
{
  return a->reason == b->reason && a->klass == b->klass && g_strcmp0(a->rule, b->rule) == 0 &&
         g_strcmp0(a->provider, b->provider) == 0;
}

/* Notes the failure if its verdict changes. If only its mask does, that is written too, but is no
 * change that anyone is told of. */
static bool
judge(gint64 failure_id, StoreFailure *failure, gpointer data, GError **error)
{
  (void)error;
  Run *run = data;
  Recipient *recipient = failure->recipient;
  Verdict was = recipient->verdict;
  memset(&recipient->verdict, 0, sizeof recipient->verdict);
  classify(run->rules, failure->reporting_mta, recipient, NULL);
  run->changes->failures++;
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

/* --- writing -----------------------------------------------------------------------------------*/

static bool
note_entries_before(Run *run, GError **error)
{
  for (guint i = 0; i < run->judgements->len; i++) {
    const Judgement *judgement = g_ptr_array_index(run->judgements, i);
    EntryChange *entry =
        judgement->address != NULL ? changes_add_entry(run->changes, judgement->address) : NULL;
    if (entry != NULL &&
        !changes_find_entry(run->store, entry->address, run->now, &entry->before, error))
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
  g_hash_table_iter_init(&iter, run->changes->entries);
  while (g_hash_table_iter_next(&iter, NULL, &value)) {
    EntryChange *entry = value;
    if (!changes_find_entry(run->store, entry->address, run->now, &entry->after, error))
      return false;
    *altered += g_strcmp0(entry->before, entry->after) != 0;
  }
  return true;
}

static bool
write_judgements(Run *run, GError **error)
{
  for (guint i = 0; i < run->judgements->len; i++) {
    const Judgement *judgement = g_ptr_array_index(run->judgements, i);
    const Verdict *was = &judgement->was, *now = &judgement->now;
    bool changed;
    if (!store_judge(run->store, judgement->failure_id, was, now, &changed, error))
      return false;
    if (changed && !is_same(was, now))
      changes_add_verdict(run->changes, judgement->failure_id, was, now);
  }
  return true;
}

static bool
write_all(Run *run, const Decision *decision, GError **error)
{
  gint64 altered;
  return note_entries_before(run, error) && write_judgements(run, error) &&
         note_entries_after(run, &altered, error) &&
         (run->changes->changed == 0 ||
          store_judged(run->store, &run->span, decision, altered, error));
}

/* A dry run does everything too, because only the database knows the consequences, and then rolls
 * back. */
static bool
reclassify(Run *run, const Decision *decision, GError **error)
{
  if (!store_each_failure(run->store, &run->span, judge, run, error))
    return false;
  if (run->judgements->len == 0)
    return true;
  if (!store_begin(run->store, error))
    return false;
  bool ok = write_all(run, decision, error);
  if (!ok || run->changes->dry_run) {
    store_rollback(run->store);
    return ok;
  }
  return store_commit(run->store, error);
}

/* --- the command -------------------------------------------------------------------------------*/

static bool
run_reclassify(Context *context, const Span *span, bool dry_run, bool json, GError **error)
{
  const Settings *settings = context->settings;
  g_autoptr(Rules) rules = rules_load(settings->rules, error);
  g_autoptr(Store) store = rules != NULL ? cmd_open_store(context, error) : NULL;
  if (store == NULL)
    return false;
  g_autoptr(GPtrArray) judgements = g_ptr_array_new_with_free_func(judgement_free);
  g_auto(Changes) changes;
  changes_init(&changes, dry_run);
  Run run = {.rules = rules,
             .store = store,
             .span = *span,
             .now = context->now,
             .judgements = judgements,
             .changes = &changes};
  const Decision decision = cmd_decision(context, "reclassify", NULL);
  if (!reclassify(&run, &decision, error))
    return false;
  if (json || !context->quiet)
    changes_print(&changes, json);
  return dry_run || list_files_update(store, settings->lists, error);
}

bool
cmd_reclassify(Context *context, int argc, char **argv, GError **error)
{
  gboolean dry_run = FALSE, unreadable = FALSE;
  g_autofree char *since = NULL, *until = NULL, *format = NULL;
  static const char *const formats[] = {"text", "json", NULL};
  gboolean json = FALSE;
  guint index = 0;
  Period period;
  const GOptionEntry entries[] = {
      {"dry-run", 'n', 0, G_OPTION_ARG_NONE, &dry_run, "Only show what would change", NULL},
      {"unreadable", 0, 0, G_OPTION_ARG_NONE, &unreadable,
       "Read the kept messages again that could not be read", NULL},
      {"since", 0, 0, G_OPTION_ARG_FILENAME, &since,
       "Only since this time: yesterday, 7d, 2026-01-31T12:00", "TIME"},
      {"until", 0, 0, G_OPTION_ARG_FILENAME, &until, "Only until this time", "TIME"},
      {"format", 0, 0, G_OPTION_ARG_FILENAME, &format, "text (default) or json", "FORMAT"},
      {"json", 0, 0, G_OPTION_ARG_NONE, &json, "The same as --format json", NULL},
      G_OPTION_ENTRY_NULL};
  if (!cmd_options(
          context, NULL,
          "Judge recorded failures again, by the current rules, and show which verdicts\n"
          "change, and which addresses are added to the suppression list (+), leave it (-),\n"
          "or stay on it for another reason (=). Or read messages again that could not be read.",
          entries, &argc, &argv, error))
    return false;
  if (argc > 1)
    return throw(error, BOUNCEDB_ERROR_USAGE, "reclassify takes no arguments: %s", argv[1]);
  if (format != NULL && !choice_find("--format", format, formats, &index, error))
    return false;
  if (!period_parse(since, until, context->now, &period, error))
    return false;
  const Span span = {.since = period.since, .until = until != NULL ? period.until : 0};
  json = json || index > 0;
  return unreadable ? reread(context, &span, dry_run, json, error)
                    : run_reclassify(context, &span, dry_run, json, error);
}
