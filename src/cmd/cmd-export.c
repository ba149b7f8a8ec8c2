/* bouncedb export: the suppression list in the format that a tool imports, all of it or only what
 * has changed. */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/dates.h"
#include "base/json.h"
#include "base/number.h"
#include "base/text.h"
#include "store/store-cursor.h"
#include "store/store-expire.h"
#include "store/store-export.h"
#include "cmd/export-options.h"

static void
print_format_json(const Format *format)
{
  Json json = json_begin();
  json_text(&json, "name", format->name);
  json_text(&json, "what", format->what);
  json_text(&json, "import", format->import);
  json_print(&json);
}

static void
list_formats(bool as_json)
{
  for (const Format *format = format_table; as_json && format->name != NULL; format++)
    print_format_json(format);
  if (as_json)
    return;
  for (const Format *format = format_table; format->name != NULL; format++)
    printf("%s\n    %s\n    %s\n", format->name, format->what, format->import);
}

static void
report_json(const ExportOptions *options, const ExportTask *task, const ExportCounts *counts)
{
  Json json = json_begin();
  json_bool(&json, "dry_run", options->dry_run);
  json_text(&json, "format", task->what.options.format->name);
  json_text(&json, "file", options->output);
  json_text(&json, "removed_file", task->removed);
  json_int(&json, "added", counts->added);
  json_int(&json, "removed", counts->removed);
  json_int(&json, "left_out", counts->dropped);
  json_print(&json);
}

static void
report(const Context *context, const ExportOptions *options, const ExportTask *task,
       const ExportCounts *counts)
{
  g_autofree char *added = text_count((guint64)counts->added, "address", "addresses");
  g_autofree char *dropped = text_count((guint64)counts->dropped, "address", "addresses");
  if (options->json)
    report_json(options, task, counts);
  else if (options->dry_run)
    printf("%" G_GINT64_FORMAT " to add, %" G_GINT64_FORMAT " to remove\n", counts->added,
           counts->removed);
  else if (options->output != NULL && task->what.after >= 0)
    cmd_say(context, "%s: %" G_GINT64_FORMAT " added, %" G_GINT64_FORMAT " removed",
            options->output, counts->added, counts->removed);
  else if (options->output != NULL)
    cmd_say(context, "%s: %s", options->output, added);
  if (counts->dropped > 0)
    fprintf(stderr, "bouncedb: %s left out, because %s would misread %s%s\n", dropped,
            task->what.options.format->name, counts->dropped == 1 ? "it" : "them",
            options->verbose ? "" : " (see --verbose)");
}

/* --- cursors -----------------------------------------------------------------------------------*/

static bool
parse_sequence(const char *text, gint64 *out)
{
  guint64 number;
  if (!number_parse(text, 0, G_MAXINT64, &number))
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
      return throw(error, BOUNCEDB_ERROR_USAGE, "--rewind: the cursor is only at %" G_GINT64_FORMAT,
                   cursor->seq);
    cursor->seq = seq;
    return true;
  }
  if (!date_parse(text, now, &at))
    return throw(error, BOUNCEDB_ERROR_USAGE,
                 "--rewind takes the number of a change or " DATE_EXPECTS ", not \"%s\"", text);
  if (!store_sequence_before(store, at, &seq, error))
    return false;
  cursor->seq = MIN(seq, cursor->seq);
  return true;
}

/* Sets task->what.after, which stays -1 if everything is to be exported. */
static bool
place_cursor(Store *store, const Context *context, const ExportOptions *options, ExportTask *task,
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
                 "the cursor %s is for %s (%s), not for %s (%s); --full exports everything again",
                 options->cursor, cursor.format, *cursor.filter != '\0' ? cursor.filter : "all",
                 format, *task->filter != '\0' ? task->filter : "all");
  if (options->rewind != NULL &&
      !rewind_cursor(store, options->rewind, context->now, &cursor, error))
    return false;
  task->what.after = cursor.seq;
  return true;
}

/* Addresses that were erased here may still be in copies of the list. */
static bool
tell_erasures(Store *store, gint64 after, GError **error)
{
  gint64 erased = 0;
  if (after >= 0 && !store_erasures(store, after, &erased, error))
    return false;
  g_autofree char *addresses = text_count((guint64)erased, "address has", "addresses have");
  if (erased > 0)
    fprintf(stderr,
            "bouncedb: %s been erased (forget) and cannot be named as removed; --full exports "
            "everything again\n",
            addresses);
  return true;
}

/* The cursor moves only when the files are on disk. After a crash between the two, the next export
 * repeats the same changes, and none is lost. */
static bool
export_changes(Store *store, const Context *context, const ExportOptions *options, ExportTask *task,
               GError **error)
{
  ExportCounts counts;
  if (!place_cursor(store, context, options, task, error) ||
      !export_run(store, &task->what, &counts, error) ||
      !tell_erasures(store, task->what.after, error))
    return false;
  report(context, options, task, &counts);
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

/* Only one export with a cursor runs at a time, or two would hand out the same changes. */
static bool
run_with_cursor(const Context *context, const ExportOptions *options, ExportTask *task,
                GError **error)
{
  g_autoptr(Store) store = cmd_open_as(context, STORE_WRITE, error);
  int lock;
  /* what has ended is a change only once it is removed */
  if (store == NULL || !store_expire(store, context->now, error) ||
      !store_cursor_lock(store, &lock, error))
    return false;
  bool ok = export_changes(store, context, options, task, error);
  close(lock);
  return ok;
}

static bool
run(const Context *context, const ExportOptions *options, GError **error)
{
  g_auto(ExportTask) task = {0};
  if (!export_task_init(&task, options, context->now, error) ||
      !cmd_check_output(context, options->output, error) ||
      !cmd_check_output(context, task.removed, error))
    return false;
  if (options->cursor != NULL)
    return run_with_cursor(context, options, &task, error);
  g_autoptr(Store) store = cmd_open_as(context, STORE_READ, error);
  ExportCounts counts;
  if (store == NULL || !export_run(store, &task.what, &counts, error))
    return false;
  report(context, options, &task, &counts);
  return true;
}

bool
cmd_export(Context *context, int argc, char **argv, GError **error)
{
  g_auto(ExportOptions) options = {0};
  if (!export_options_parse(context, &options, &argc, &argv, error))
    return false;
  if (argc > 1)
    return throw(error, BOUNCEDB_ERROR_USAGE, "export takes no arguments: %s", argv[1]);
  if (!options.list_formats)
    return run(context, &options, error);
  cmd_page(context);
  list_formats(options.json);
  return true;
}
