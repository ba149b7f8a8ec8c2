#include "config.h"

#include "cmd/export-options.h"

#include <stdio.h>
#include <string.h>

#include "base/atomic-file.h"
#include "base/escape.h"
#include "cmd/choice.h"

void
export_options_clear(ExportOptions *options)
{
  char *texts[] = {options->format, options->output, options->hash,  options->since,
                   options->until,  options->cursor, options->rewind};
  char **lists[] = {options->classes, options->reasons, options->domains, options->lists};
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
    g_free(texts[i]);
  for (gsize i = 0; i < G_N_ELEMENTS(lists); i++)
    g_strfreev(lists[i]);
}

bool
export_options_parse(Context *context, ExportOptions *o, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
      {"format", 0, 0, G_OPTION_ARG_FILENAME, &o->format, "plain (default), or see --list-formats",
       "NAME"},
      {"output", 'o', 0, G_OPTION_ARG_FILENAME, &o->output,
       "Write to this file, replacing it; - = stdout", "FILE"},
      {"class", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->classes, "Only these classes", "CLASS,..."},
      {"reason", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->reasons, "Only these reasons",
       "REASON,..."},
      {"since", 0, 0, G_OPTION_ARG_FILENAME, &o->since, "Only addresses suppressed since this time",
       "TIME"},
      {"until", 0, 0, G_OPTION_ARG_FILENAME, &o->until, "Only addresses suppressed until this time",
       "TIME"},
      {"domain", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->domains, "Only these domains",
       "DOMAIN,..."},
      {"list", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->lists,
       "Only addresses that failed for these lists", "LIST-ID,..."},
      {"chunk", 0, 0, G_OPTION_ARG_INT, &o->chunk, "Put N addresses into each file or request body",
       "N"},
      {"strict", 0, 0, G_OPTION_ARG_NONE, &o->strict, "Fail if any address would be left out",
       NULL},
      {"hash", 0, 0, G_OPTION_ARG_FILENAME, &o->hash, "md5, sha256 or hmac:KEYFILE", "HASH"},
      {"csv-safe", 0, 0, G_OPTION_ARG_NONE, &o->csv_safe,
       "Guard addresses that begin with + or - too", NULL},
      {"csv-raw", 0, 0, G_OPTION_ARG_NONE, &o->csv_raw,
       "Guard no cells against formulas and hidden characters", NULL},
      {"cursor", 0, 0, G_OPTION_ARG_FILENAME, &o->cursor,
       "Only what has changed since the last export", "NAME"},
      {"full", 0, 0, G_OPTION_ARG_NONE, &o->full,
       "Export everything and move the cursor to the end", NULL},
      {"rewind", 0, 0, G_OPTION_ARG_FILENAME, &o->rewind,
       "Move the cursor back to this change or time", "NUMBER|TIME"},
      {"changes", 0, 0, G_OPTION_ARG_NONE, &o->changes,
       "Tell in each row whether to add or to remove", NULL},
      {"dry-run", 0, 0, G_OPTION_ARG_NONE, &o->dry_run, "Write nothing; only print the numbers",
       NULL},
      {"verbose", 'v', 0, G_OPTION_ARG_NONE, &o->verbose, "Tell which addresses are left out",
       NULL},
      {"list-formats", 0, 0, G_OPTION_ARG_NONE, &o->list_formats,
       "List the formats, and how each is imported", NULL},
      {"json", 0, 0, G_OPTION_ARG_NONE, &o->json, "Print what was written, or the formats, as JSON",
       NULL},
      G_OPTION_ENTRY_NULL};
  if (!cmd_options(context, NULL, "Write the suppression list in the format that a tool imports.",
                   entries, argc, argv, error))
    return false;
  if (g_strcmp0(o->output, "-") == 0)
    g_clear_pointer(&o->output, g_free);
  return true;
}

static bool
read_format(const ExportOptions *options, ExportTask *task, GError **error)
{
  const char *name = options->format != NULL ? options->format : format_table[0].name;
  g_autoptr(GPtrArray) names = choice_names(CHOICE_FORMAT);
  guint index;
  WriterOptions *writer = &task->what.options;
  if (!choice_find("--format", name, (const char *const *)names->pdata, &index, error))
    return false;
  writer->format = &format_table[index];
  writer->guard = options->csv_raw ? GUARD_RAW : options->csv_safe ? GUARD_SAFE : GUARD_NORMAL;
  writer->changes = options->changes;
  writer->sum = options->cursor != NULL;
  writer->chunk = (guint)options->chunk;
  writer->hold = options->strict && options->output == NULL;
  if (options->changes && writer->format->changes == NULL)
    return throw(error, BOUNCEDB_ERROR_USAGE, "--changes: the format %s cannot express removals",
                 name);
  if ((options->csv_raw || options->csv_safe) && (writer->format->flags & FORMAT_PEOPLE) == 0)
    return throw(error, BOUNCEDB_ERROR_USAGE,
                 "--csv-safe and --csv-raw are only for the format csv");
  if (options->csv_raw && options->csv_safe)
    return throw(error, BOUNCEDB_ERROR_USAGE, "--csv-safe and --csv-raw cannot be combined");
  if (options->chunk < 0 ||
      (options->chunk > 0 && options->output == NULL && writer->format->batch == 0))
    return throw(error, BOUNCEDB_ERROR_USAGE,
                 "--chunk needs a positive number, and --output to split files");
  if (options->chunk > 0 && writer->format->syntax == SYNTAX_SQLITE)
    return throw(error, BOUNCEDB_ERROR_USAGE, "--chunk: a database cannot be split");
  if (options->json && options->output == NULL && !options->dry_run)
    return throw(error, BOUNCEDB_ERROR_USAGE,
                 "--json needs --output, --dry-run or --list-formats; for the list itself: "
                 "--format json or jsonl");
  if (options->output == NULL && writer->format->syntax == SYNTAX_SQLITE)
    return throw(error, BOUNCEDB_ERROR_USAGE, "%s needs --output", name);
  return true;
}

static bool
read_selection(gint64 now, const ExportOptions *options, ExportTask *task, GError **error)
{
  g_autofree char *classes = NULL, *reasons = NULL, *domains = NULL;
  g_autofree char *lists = options->lists != NULL ? g_strjoinv(",", options->lists) : NULL;
  if (!choice_words("--class", options->classes, CHOICE_LIST_CLASS, &classes, error) ||
      !choice_words("--reason", options->reasons, CHOICE_LIST_REASON, &reasons, error) ||
      !choice_domains(options->domains, &domains, error))
    return false;
  const struct {
    const char *key, *text;
  } conditions[] = {{"class", classes}, {"reason", reasons},       {"domain", domains},
                    {"list", lists},    {"since", options->since}, {"until", options->until}};
  for (gsize i = 0; i < G_N_ELEMENTS(conditions); i++)
    if (conditions[i].text != NULL &&
        !selection_set(&task->selection, conditions[i].key, conditions[i].text, now))
      return throw(error, BOUNCEDB_ERROR_USAGE, "--%s takes %s, not \"%s\"", conditions[i].key,
                   selection_expects(conditions[i].key), conditions[i].text);
  return true;
}

static bool
read_hash(const ExportOptions *options, ExportTask *task, GError **error)
{
  if (options->hash == NULL)
    return true;
  if ((task->what.options.format->flags & FORMAT_HASHES) == 0)
    return throw(error, BOUNCEDB_ERROR_USAGE, "--hash is only for the format plain");
  task->what.hash = &task->hash;
  return export_hash_parse(options->hash, &task->hash, error);
}

static bool
check_cursor_options(const ExportOptions *options, const ExportTask *task, GError **error)
{
  const Format *format = task->what.options.format;
  if (options->cursor == NULL && (options->full || options->rewind != NULL || options->changes))
    return throw(error, BOUNCEDB_ERROR_USAGE, "--full, --rewind and --changes need --cursor");
  if (options->cursor == NULL)
    return true;
  if ((format->flags & FORMAT_WHOLE) != 0)
    return throw(error, BOUNCEDB_ERROR_USAGE, "--cursor: the format %s is always read as a whole",
                 format->name);
  if (options->full && options->rewind != NULL)
    return throw(error, BOUNCEDB_ERROR_USAGE, "--full and --rewind cannot be combined");
  if (options->output == NULL && !options->changes && !options->dry_run)
    return throw(error, BOUNCEDB_ERROR_USAGE,
                 "--cursor needs --changes, or --output, next to which the removed addresses are "
                 "written");
  return true;
}

static void
tell_left_out(const char *address)
{
  g_autofree char *shown = escape_terminal(address);
  fprintf(stderr, "bouncedb: left out: %s\n", shown);
}

bool
export_task_init(ExportTask *task, const ExportOptions *options, gint64 now, GError **error)
{
  *task = (ExportTask){0};
  if (!read_format(options, task, error) || !read_selection(now, options, task, error) ||
      !read_hash(options, task, error) || !check_cursor_options(options, task, error))
    return false;
  task->what.selection = &task->selection;
  task->what.output = options->output;
  task->what.now = now;
  task->what.after = -1;
  task->what.dry = options->dry_run;
  task->what.strict = options->strict;
  task->what.left_out = options->verbose ? tell_left_out : NULL;
  if (options->cursor != NULL && options->output != NULL && !options->changes)
    task->removed = atomic_file_variant(options->output, "removed");
  task->what.removed = task->removed;
  g_autofree char *selection = selection_describe(&task->selection);
  task->filter = options->hash == NULL ? g_steal_pointer(&selection)
                                       : g_strdup_printf("%s hash=%s", selection, options->hash);
  g_strchug(task->filter);
  return true;
}

void
export_task_clear(ExportTask *task)
{
  selection_clear(&task->selection);
  export_hash_clear(&task->hash);
  g_free(task->removed);
  g_free(task->filter);
}
