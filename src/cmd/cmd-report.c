/* bouncedb report: everything that has failed, as a page, as JSON or for Prometheus. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/atomic-file.h"
#include "report/page.h"
#include "report/metrics.h"
#include "report/overview-json.h"
#include "cmd/choice.h"
#include "cmd/cmd.h"
#include "cmd/fleet-picture.h"

/* One object on one line. */
static char *
as_json(const Overview *overview)
{
  g_autofree char *object = overview_json(overview);
  return g_strconcat(object, "\n", NULL);
}

static char *(*const writers[])(const Overview *overview) = {page_html, as_json, metrics_text};
static const char *const formats[] = {"html", "json", "prometheus", NULL};

static char *
make_report(Context *context, bool fleet, guint format, OverviewDetail detail, GError **error)
{
  g_autoptr(Rules) rules = rules_load(context->settings->rules, error);
  g_autoptr(Store) store = rules == NULL ? NULL
                           : fleet       ? fleet_picture_open(context, error)
                                         : cmd_open_as(context, STORE_READ, error);
  g_autoptr(Overview) overview =
      store != NULL ? overview_read(store, rules, detail, context->now, error) : NULL;
  return overview != NULL ? writers[format](overview) : NULL;
}

/* A reader of the file sees the old report or the new one. */
static bool
write_file(const char *path, const char *text, GError **error)
{
  g_autoptr(AtomicFile) file = atomic_file_new(path, error);
  if (file == NULL)
    return false;
  fputs(text, atomic_file_stream(file));
  return atomic_file_publish(file, -1, error);
}

typedef struct {
  gboolean addresses, anonymise, fleet, json;
  char *format, *output; /* as for the options; NULL = the default */
} Options;

static bool
report(Context *context, const Options *options, GError **error)
{
  guint format = 0;
  const char *name = options->json ? "json" : options->format;
  if (name != NULL && !choice_find("--format", name, formats, &format, error))
    return false;
  OverviewDetail detail = options->addresses   ? OVERVIEW_ADDRESSES
                          : options->anonymise ? OVERVIEW_ANONYMISED
                                               : OVERVIEW_PLAIN;
  g_autofree char *text = make_report(context, options->fleet, format, detail, error);
  if (text == NULL)
    return context->status != EXIT_OK; /* bouncedb-sync has said why */
  if (options->output != NULL && strcmp(options->output, "-") != 0)
    return write_file(options->output, text, error);
  fputs(text, stdout);
  return true;
}

static bool
check_options(const Options *options, int argc, char **argv, GError **error)
{
  if (argc > 1)
    return throw(error, BOUNCEDB_ERROR_USAGE, "report takes no arguments: %s", argv[1]);
  if (options->addresses && options->anonymise)
    return throw(error, BOUNCEDB_ERROR_USAGE, "--addresses and --anonymise exclude each other");
  if (options->addresses && options->fleet)
    return throw(error, BOUNCEDB_ERROR_USAGE,
                 "--addresses and --fleet exclude each other: the fleet shows counts only");
  if (options->json && options->format != NULL)
    return throw(error, BOUNCEDB_ERROR_USAGE, "--json and --format exclude each other");
  return true;
}

bool
cmd_report(Context *context, int argc, char **argv, GError **error)
{
  Options o = {0};
  const GOptionEntry entries[] = {
      {"output", 'o', 0, G_OPTION_ARG_FILENAME, &o.output,
       "Write this file, as a whole, instead of standard output", "FILE"},
      {"format", 'f', 0, G_OPTION_ARG_FILENAME, &o.format, "html, json or prometheus", "NAME"},
      {"json", 0, 0, G_OPTION_ARG_NONE, &o.json, "The same as --format json", NULL},
      {"addresses", 0, 0, G_OPTION_ARG_NONE, &o.addresses,
       "Show addresses, and replies as they were received", NULL},
      {"fleet", 0, 0, G_OPTION_ARG_NONE, &o.fleet,
       "Report what all hosts of the fleet have recorded", NULL},
      {"anonymise", 0, 0, G_OPTION_ARG_NONE, &o.anonymise,
       "Show neither replies nor names of lists, only domains", NULL},
      G_OPTION_ENTRY_NULL};
  bool ok = cmd_options(context, NULL,
                        "Write a report: a page that needs no server and loads nothing, or the "
                        "same as data.\nIt shows no addresses, unless --addresses is given. Days "
                        "are UTC.",
                        entries, &argc, &argv, error) &&
            check_options(&o, argc, argv, error) && cmd_check_output(context, o.output, error) &&
            report(context, &o, error);
  g_free(o.output);
  g_free(o.format);
  return ok;
}
