/* bouncedb export: the suppression list in the form that a tool imports, whole or what changed. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/atomic-file.h"
#include "base/dates.h"
#include "store/store-cursor.h"
#include "store/store-export.h"
#include "export/export.h"
#include "cmd/cmd.h"

typedef struct {
  char *format, *output, *hash;
  char *klass, *reason, *since, *domain, *list;
  char *cursor, *rewind;
  int chunk;
  gboolean strict, csv_safe, csv_raw, full, changes, dry_run, list_formats;
} Options;

static void
options_clear(Options *options)
{
  char *texts[] = {options->format, options->output, options->hash,   options->klass,
                   options->reason, options->since,  options->domain, options->list,
                   options->cursor, options->rewind};
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
    g_free(texts[i]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

/* What the options come to. */
typedef struct {
  Export what;
  Selection selection;
  ExportHash hash;
  char *removed; /* path */
  char *filter;  /* what a cursor has to agree with */
} Task;

static void
task_clear(Task *task)
{
  selection_clear(&task->selection);
  export_hash_clear(&task->hash);
  g_free(task->removed);
  g_free(task->filter);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Task, task_clear)

static void
list_formats(void)
{
  for (const Format *format = format_table; format->name != NULL; format++)
    printf("%s\n    %s\n    %s\n", format->name, format->what, format->import);
}

static bool
read_format(const Options *options, Task *task, GError **error)
{
  const char *name = options->format != NULL ? options->format : format_table[0].name;
  WriterOptions *writer = &task->what.options;
  writer->format = format_find(name);
  if (writer->format == NULL)
    return throw(error, BOUNCEDB_ERROR_USAGE, "there is no format %s (see --list-formats)", name);
  writer->guard = options->csv_raw ? GUARD_RAW : options->csv_safe ? GUARD_SAFE : GUARD_NORMAL;
  writer->changes = options->changes;
  writer->sum = options->cursor != NULL;
  writer->chunk = (guint)options->chunk;
  if (options->changes && writer->format->changes == NULL)
    return throw(error, BOUNCEDB_ERROR_USAGE, "%s has no room to tell what happened (--changes)",
                 name);
  if ((options->csv_raw || options->csv_safe) && (writer->format->flags & FORMAT_PEOPLE) == 0)
    return throw(error, BOUNCEDB_ERROR_USAGE, "--csv-safe and --csv-raw are for the format csv");
  if (options->csv_raw && options->csv_safe)
    return throw(error, BOUNCEDB_ERROR_USAGE, "--csv-safe and --csv-raw exclude each other");
  if (options->chunk < 0 ||
      (options->chunk > 0 && options->output == NULL && writer->format->batch == 0))
    return throw(error, BOUNCEDB_ERROR_USAGE,
                 "--chunk splits files: it needs a number and --output");
  if (options->chunk > 0 && writer->format->syntax == SYNTAX_SQLITE)
    return throw(error, BOUNCEDB_ERROR_USAGE, "a database is not split (--chunk)");
  if (options->output == NULL && writer->format->syntax == SYNTAX_SQLITE)
    return throw(error, BOUNCEDB_ERROR_USAGE, "%s needs --output", name);
  return true;
}

static bool
read_selection(const Context *context, const Options *options, Task *task, GError **error)
{
  const struct {
    const char *key, *text;
  } conditions[] = {{"class", options->klass},
                    {"reason", options->reason},
                    {"domain", options->domain},
                    {"list", options->list},
                    {"since", options->since}};
  for (gsize i = 0; i < G_N_ELEMENTS(conditions); i++)
    if (conditions[i].text != NULL &&
        !selection_set(&task->selection, conditions[i].key, conditions[i].text, context->now))
      return throw(error, BOUNCEDB_ERROR_USAGE, "--%s takes %s, not \"%s\"", conditions[i].key,
                   selection_expects(conditions[i].key), conditions[i].text);
  return true;
}

static bool
read_hash(const Options *options, Task *task, GError **error)
{
  if (options->hash == NULL)
    return true;
  if ((task->what.options.format->flags & FORMAT_HASHES) == 0)
    return throw(error, BOUNCEDB_ERROR_USAGE, "--hash is for the format plain");
  task->what.hash = &task->hash;
  return export_hash_parse(options->hash, &task->hash, error);
}

static bool
check_cursor_options(const Options *options, const Task *task, GError **error)
{
  const Format *format = task->what.options.format;
  if (options->cursor == NULL && (options->full || options->rewind != NULL || options->changes))
    return throw(error, BOUNCEDB_ERROR_USAGE, "--full, --rewind and --changes need --cursor");
  if (options->cursor == NULL)
    return true;
  if ((format->flags & FORMAT_WHOLE) != 0)
    return throw(error, BOUNCEDB_ERROR_USAGE, "%s is read as a whole: it has no use for a cursor",
                 format->name);
  if (options->full && options->rewind != NULL)
    return throw(error, BOUNCEDB_ERROR_USAGE, "--full and --rewind exclude each other");
  if (options->output == NULL && !options->changes && !options->dry_run)
    return throw(error, BOUNCEDB_ERROR_USAGE,
                 "--cursor needs --output, beside which the removed addresses are written, or "
                 "--changes");
  return true;
}

static bool
read_task(const Context *context, const Options *options, Task *task, GError **error)
{
  if (!read_format(options, task, error) || !read_selection(context, options, task, error) ||
      !read_hash(options, task, error) || !check_cursor_options(options, task, error))
    return false;
  task->what.selection = &task->selection;
  task->what.output = options->output;
  task->what.after = -1;
  task->what.dry = options->dry_run;
  task->what.strict = options->strict;
  if (options->cursor != NULL && options->output != NULL && !options->changes)
    task->removed = atomic_file_variant(options->output, "removed");
  task->what.removed = task->removed;
  g_autofree char *selection = selection_describe(&task->selection);
  task->filter = options->hash == NULL ? g_steal_pointer(&selection)
                                       : g_strdup_printf("%s hash=%s", selection, options->hash);
  g_strchug(task->filter);
  return true;
}

static void
report(const Options *options, const Task *task, const ExportCounts *counts)
{
  if (options->dry_run)
    printf("%" G_GINT64_FORMAT " to add, %" G_GINT64_FORMAT " to remove\n", counts->added,
           counts->removed);
  if (counts->dropped > 0)
    fprintf(stderr, "bouncedb: %" G_GINT64_FORMAT " left out: %s would misread the address\n",
            counts->dropped, task->what.options.format->name);
}

/* Cursors. */

static bool
parse_sequence(const char *text, gint64 *out)
{
  guint64 number;
  if (!g_ascii_string_to_unsigned(text, 10, 0, G_MAXINT64, &number, NULL))
    return false;
  *out = (gint64)number;
  return true;
}

static bool
rewind_cursor(Store *store, const char *text, gint64 now, StoreCursor *cursor, GError **error)
{
  gint64 seq, at;
  if (parse_sequence(text, &seq)) {
    if (seq > cursor->seq)
      return throw(error, BOUNCEDB_ERROR_USAGE,
                   "--rewind: the cursor stands at %" G_GINT64_FORMAT " only", cursor->seq);
    cursor->seq = seq;
    return true;
  }
  if (!date_parse(text, now, &at))
    return throw(error, BOUNCEDB_ERROR_USAGE,
                 "--rewind takes the number of a change or a date (2026-01-31, 7d)");
  if (!store_sequence_before(store, at, &seq, error))
    return false;
  cursor->seq = MIN(seq, cursor->seq);
  return true;
}

/* From where to hand out: -1 = everything. */
static bool
place_cursor(Store *store, const Context *context, const Options *options, Task *task,
             GError **error)
{
  g_auto(StoreCursor) cursor = {0};
  if (!store_cursor(store, options->cursor, &cursor, error))
    return false;
  if (options->full || (cursor.seq < 0 && options->rewind == NULL))
    return true;
  if (cursor.seq < 0)
    return throw(error, BOUNCEDB_ERROR_USAGE, "there is no cursor %s", options->cursor);
  const char *format = task->what.options.format->name;
  if (strcmp(cursor.format, format) != 0 || strcmp(cursor.filter, task->filter) != 0)
    return throw(error, BOUNCEDB_ERROR_USAGE,
                 "the cursor %s is for %s (%s), not for %s (%s): --full hands out everything anew",
                 options->cursor, cursor.format, *cursor.filter != '\0' ? cursor.filter : "all",
                 format, *task->filter != '\0' ? task->filter : "all");
  if (options->rewind != NULL &&
      !rewind_cursor(store, options->rewind, context->now, &cursor, error))
    return false;
  task->what.after = cursor.seq;
  return true;
}

/* Who was erased here, may still be in the copies of who read the list. */
static bool
tell_erasures(Store *store, gint64 after, GError **error)
{
  gint64 erased = 0;
  if (after >= 0 && !store_erasures(store, after, &erased, error))
    return false;
  if (erased > 0)
    fprintf(stderr,
            "bouncedb: %" G_GINT64_FORMAT " addresses were erased (forget), which cannot be named: "
            "--full makes a copy anew\n",
            erased);
  return true;
}

static bool
export_changes(Store *store, const Context *context, const Options *options, Task *task,
               GError **error)
{
  ExportCounts counts;
  if (!place_cursor(store, context, options, task, error) ||
      !export_run(store, &task->what, &counts, error) ||
      !tell_erasures(store, task->what.after, error))
    return false;
  report(options, task, &counts);
  if (options->dry_run)
    return true;
  const StoreCursor to = {.seq = counts.seq,
                          .at = context->now,
                          .format = (char *)task->what.options.format->name,
                          .filter = task->filter,
                          .rows = counts.added + counts.removed,
                          .sha256 = counts.sha256};
  return store_cursor_move(store, options->cursor, &to, error);
}

static bool
run_with_cursor(const Context *context, const Options *options, Task *task, GError **error)
{
  g_autoptr(Store) store = store_open(context->settings->database, STORE_WRITE, error);
  int lock;
  if (store == NULL || !store_cursor_lock(store, &lock, error))
    return false;
  bool ok = export_changes(store, context, options, task, error);
  close(lock);
  return ok;
}

static bool
run(const Context *context, const Options *options, GError **error)
{
  g_auto(Task) task = {0};
  if (!read_task(context, options, &task, error))
    return false;
  if (options->cursor != NULL)
    return run_with_cursor(context, options, &task, error);
  g_autoptr(Store) store = store_open(context->settings->database, STORE_READ, error);
  ExportCounts counts;
  if (store == NULL || !export_run(store, &task.what, &counts, error))
    return false;
  report(options, &task, &counts);
  return true;
}

static bool
parse(Context *context, Options *o, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
      {"format", 0, 0, G_OPTION_ARG_FILENAME, &o->format, "plain (default), or see --list-formats",
       "NAME"},
      {"output", 'o', 0, G_OPTION_ARG_FILENAME, &o->output, "Replace this file", "FILE"},
      {"class", 0, 0, G_OPTION_ARG_FILENAME, &o->klass, "Only these classes", "CLASS,..."},
      {"reason", 0, 0, G_OPTION_ARG_FILENAME, &o->reason, "Only these reasons", "REASON,..."},
      {"since", 0, 0, G_OPTION_ARG_FILENAME, &o->since, "Only who was suppressed since", "TIME"},
      {"domain", 0, 0, G_OPTION_ARG_FILENAME, &o->domain, "Only these domains", "DOMAIN,..."},
      {"list", 0, 0, G_OPTION_ARG_FILENAME, &o->list, "Only mail of these lists", "LIST-ID,..."},
      {"chunk", 0, 0, G_OPTION_ARG_INT, &o->chunk, "So many addresses a file or a body", "N"},
      {"strict", 0, 0, G_OPTION_ARG_NONE, &o->strict, "Fail (65) rather than leave any out", NULL},
      {"hash", 0, 0, G_OPTION_ARG_FILENAME, &o->hash, "md5, sha256 or hmac:KEYFILE", "HASH"},
      {"csv-safe", 0, 0, G_OPTION_ARG_NONE, &o->csv_safe, "Guard addresses with + and - too", NULL},
      {"csv-raw", 0, 0, G_OPTION_ARG_NONE, &o->csv_raw, "Guard no cell against formulas", NULL},
      {"cursor", 0, 0, G_OPTION_ARG_FILENAME, &o->cursor, "Only what changed since the last time",
       "NAME"},
      {"full", 0, 0, G_OPTION_ARG_NONE, &o->full, "Everything anew, and the cursor behind it",
       NULL},
      {"rewind", 0, 0, G_OPTION_ARG_FILENAME, &o->rewind, "Set the cursor back before", "SEQ|TIME"},
      {"changes", 0, 0, G_OPTION_ARG_NONE, &o->changes, "Rows say add or remove", NULL},
      {"dry-run", 0, 0, G_OPTION_ARG_NONE, &o->dry_run, "Only count", NULL},
      {"list-formats", 0, 0, G_OPTION_ARG_NONE, &o->list_formats, "Formats and who imports them",
       NULL},
      G_OPTION_ENTRY_NULL};
  return cmd_options(context, NULL, "Writes the suppression list in the form that a tool imports.",
                     entries, argc, argv, error);
}

bool
cmd_export(Context *context, int argc, char **argv, GError **error)
{
  g_auto(Options) options = {0};
  if (!parse(context, &options, &argc, &argv, error))
    return false;
  if (argc > 1)
    return throw(error, BOUNCEDB_ERROR_USAGE, "export takes no operand: %s", argv[1]);
  if (!options.list_formats)
    return run(context, &options, error);
  list_formats();
  return true;
}
