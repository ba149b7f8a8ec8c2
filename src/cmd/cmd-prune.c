/* bouncedb prune: deletes what is old, and nothing that the suppression list needs. */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "base/dates.h"
#include "base/json.h"
#include "base/text.h"
#include "store/store-arrivals.h"
#include "store/store-prune.h"
#include "intake/keep-find.h"
#include "cmd/choice.h"
#include "cmd/cmd.h"

enum { FILES = 20 }; /* per transaction, for which deliveries may have to wait */

typedef struct {
  Store *store;
  Pruning what;       /* before = 0: only kept messages */
  gint64 kept_before; /* Unix seconds; 0 = kept messages stay */
  bool dry_run;
  Pruned pruned;
  guint removed, unread; /* kept messages; the unread ones stay */
} Run;

/* --- kept messages -----------------------------------------------------------------------------*/

typedef struct {
  gint64 message_id;
  char *path;
} Kept;

static void
kept_clear(gpointer data)
{
  g_free(((Kept *)data)->path);
}

static bool
collect(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  Kept kept = {store_cell_int(cells, n, "message_id"), g_strdup(store_cell(cells, n, "kept"))};
  g_array_append_val(data, kept);
  return true;
}

/* Nothing that nobody has read is removed. What somebody has moved elsewhere is no longer ours. */
static bool
remove_kept(Run *run, const Kept *kept, GError **error)
{
  g_autofree char *path = NULL;
  KeptState state = kept_find(kept->path, &path);
  run->removed += state == KEPT_READ;
  run->unread += state == KEPT_UNREAD;
  if (run->dry_run || state == KEPT_UNREAD || state == KEPT_UNKNOWN)
    return true;
  if (state == KEPT_READ && unlink(path) != 0 && errno != ENOENT)
    return throw_errno(error, "%s: cannot remove", path);
  return (state != KEPT_READ || atomic_file_sync_folder(path, error)) &&
         store_unkeep(run->store, kept->message_id, error);
}

static bool
remove_some(Run *run, const GArray *kept, guint from, GError **error)
{
  if (!store_begin(run->store, error))
    return false;
  for (guint i = from; i < MIN(from + FILES, kept->len); i++)
    if (!remove_kept(run, &g_array_index(kept, Kept, i), error)) {
      store_rollback(run->store);
      return false;
    }
  return store_commit(run->store, error);
}

static bool
prune_kept(Run *run, GError **error)
{
  g_autoptr(GArray) kept = g_array_new(FALSE, FALSE, sizeof(Kept));
  g_array_set_clear_func(kept, kept_clear);
  if (run->kept_before == 0)
    return true;
  if (!store_kept_before(run->store, run->kept_before, run->what.kinds, collect, kept, error))
    return false;
  for (guint i = 0; run->dry_run && i < kept->len; i++)
    if (!remove_kept(run, &g_array_index(kept, Kept, i), error))
      return false;
  for (guint i = 0; !run->dry_run && i < kept->len; i += FILES)
    if (!remove_some(run, kept, i, error))
      return false;
  return true;
}

/* --- the rest ----------------------------------------------------------------------------------*/

static const struct {
  const char *name, *one, *many;
  gsize offset;
} numbers[] = {
    {"messages", "message", "messages", offsetof(Pruned, messages)},
    {"failures", "failure", "failures", offsetof(Pruned, failures)},
    {"delays", "delay", "delays", offsetof(Pruned, delays)},
    {"deliveries", "delivery", "deliveries", offsetof(Pruned, deliveries)},
    {"complaints", "complaint", "complaints", offsetof(Pruned, complaints)},
};

static gint64
number_of(const Run *run, gsize i)
{
  return *(const gint64 *)(const void *)((const char *)&run->pruned + numbers[i].offset);
}

static void
print_json(const Run *run)
{
  char buffer[DATE_BUFFER];
  Json json = json_new();
  json_open(&json, NULL, '{');
  json_text(&json, "before", run->what.before > 0 ? date_rfc3339(run->what.before, buffer) : NULL);
  json_bool(&json, "dry_run", run->dry_run);
  for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
    json_int(&json, numbers[i].name, number_of(run, i));
  json_int(&json, "stay", run->pruned.stay);
  json_int(&json, "kept", run->removed);
  json_int(&json, "unread", run->unread);
  json_close(&json, '}');
  g_autofree char *line = json_finish(&json);
  puts(line);
}

static void
say(const Context *context, const Run *run)
{
  g_autoptr(GString) text = g_string_new(run->dry_run ? "would delete " : "deleted ");
  char buffer[DATE_BUFFER];
  for (gsize i = 0; run->what.before > 0 && i < G_N_ELEMENTS(numbers); i++) {
    gint64 n = number_of(run, i);
    if (n > 0 || i < 2)
      g_string_append_printf(text, "%" G_GINT64_FORMAT " %s, ", n,
                             n == 1 ? numbers[i].one : numbers[i].many);
  }
  g_autofree char *kept = text_count(run->removed, "kept message", "kept messages");
  g_string_append(text, kept);
  if (run->what.before > 0)
    g_string_append_printf(text, ", all before %s", date_day_utc(run->what.before, buffer));
  if (run->pruned.stay > 0)
    g_string_append_printf(text,
                           "; failures that are older, but may still suppress: %" G_GINT64_FORMAT,
                           run->pruned.stay);
  if (run->unread > 0)
    g_string_append_printf(text, "; kept messages that nobody has read yet: %u", run->unread);
  cmd_say(context, "%s", text->str);
}

static bool
prune(Run *run, const Decision *decision, GError **error)
{
  if (!prune_kept(run, error))
    return false;
  if (run->what.before == 0)
    return true;
  return run->dry_run ? store_count_prunable(run->store, &run->what, &run->pruned, error)
                      : store_prune(run->store, &run->what, decision, &run->pruned, error);
}

/* *at: 0 if text is NULL. Midnight, UTC: whole days go. */
static bool
read_period(const char *text, gint64 now, gint64 *at, GError **error)
{
  *at = 0;
  if (text == NULL)
    return true;
  if (!date_parse(text, now, at) || *at < SECONDS_PER_DAY) /* "2" are seconds of 1970 */
    return throw(error, BOUNCEDB_ERROR_USAGE, "--older-than takes " DATE_EXPECTS ", not \"%s\"",
                 text);
  *at -= *at % SECONDS_PER_DAY;
  return *at <= now ||
         throw(error, BOUNCEDB_ERROR_USAGE, "--older-than %s is not in the past", text);
}

/* An option on the command line is also meant for the kept messages. */
static bool
read_periods(const Context *context, const char *older_than, Run *run, GError **error)
{
  const Settings *settings = context->settings;
  if (!read_period(older_than != NULL ? older_than : settings->retention, context->now,
                   &run->what.before, error) ||
      !read_period(settings->keep_for, context->now, &run->kept_before, error))
    return false;
  run->kept_before = MAX(run->kept_before, run->what.before);
  return run->kept_before > 0 ||
         throw(error, BOUNCEDB_ERROR_USAGE,
               "prune needs --older-than, or [retention] keep-for in the configuration");
}

bool
cmd_prune(Context *context, int argc, char **argv, GError **error)
{
  g_autofree char *older_than = NULL, *words = NULL;
  g_auto(GStrv) kinds = NULL;
  gboolean dry_run = FALSE;
  const GOptionEntry entries[] = {
      {"older-than", 0, 0, G_OPTION_ARG_FILENAME, &older_than,
       "Delete what is older: 90d, 6m, 2y, 2024-01-31", "TIME"},
      {"kind", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &kinds, "Only messages of these kinds",
       "KIND,..."},
      {"dry-run", 0, 0, G_OPTION_ARG_NONE, &dry_run,
       "Change nothing; only say what would be deleted", NULL},
      {"json", 0, 0, G_OPTION_ARG_NONE, &context->json, "Print a JSON object", NULL},
      G_OPTION_ENTRY_NULL};
  if (!cmd_options(context, NULL,
                   "Delete old messages and what they report. The suppression list, what it rests\n"
                   "on, and the counts of stats stay.",
                   entries, &argc, &argv, error))
    return false;
  if (argc > 1)
    return throw(error, BOUNCEDB_ERROR_USAGE, "prune takes no arguments: %s", argv[1]);
  Run run = {.what.now = context->now, .dry_run = dry_run};
  if (!choice_words("--kind", kinds, CHOICE_KIND, &words, error) ||
      !read_periods(context, older_than, &run, error))
    return false;
  run.what.kinds = words;
  g_autoptr(Store) store = run.store = cmd_open_store(context, error);
  Decision decision = cmd_decision(context, "prune", NULL);
  if (store == NULL || !prune(&run, &decision, error))
    return false;
  if (context->json)
    print_json(&run);
  else
    say(context, &run);
  return true;
}
