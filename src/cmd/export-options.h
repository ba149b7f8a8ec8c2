/* The options of bouncedb export, and what they come to. */
#pragma once

#include "export/export.h"
#include "cmd/cmd.h"

typedef struct {
  char *format, *output, *hash;
  char **classes, **reasons, **domains, **lists;
  char *since, *until;
  char *cursor, *rewind;
  int chunk;
  gboolean strict, csv_safe, csv_raw, full, changes, dry_run, list_formats, verbose, json;
} ExportOptions;

/* What is to be exported. what points into the rest, so an ExportTask must not be copied. */
typedef struct {
  Export what;
  Selection selection;
  ExportHash hash;
  char *removed; /* path */
  char *filter;  /* the selection in words: a cursor is for one filter only */
} ExportTask;

/* As cmd_options. */
bool export_options_parse(Context *context, ExportOptions *options, int *argc, char ***argv,
                          GError **error);
void export_options_clear(ExportOptions *options);

/* Contradictory options and unknown names are errors (USAGE). options are borrowed. */
bool export_task_init(ExportTask *task, const ExportOptions *options, gint64 now, GError **error);
void export_task_clear(ExportTask *task);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ExportOptions, export_options_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ExportTask, export_task_clear)
