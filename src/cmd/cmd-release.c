/* bouncedb release, bouncedb confirm: the two ways out of a bad day, after which either what the
 * provider said does not count, or what the guard holds does. */
#include "config.h"

#include <string.h>

#include "base/json.h"
#include "store/store-decisions.h"
#include "export/list-files.h"
#include "cmd/cells-json.h"
#include "cmd/choice.h"
#include "cmd/cmd.h"
#include "cmd/period.h"

typedef struct {
  char *provider, *domain, *since, *until, *note;
  gboolean undo, dry_run;
} Options;

static void
options_clear(Options *options)
{
  g_free(options->provider);
  g_free(options->domain);
  g_free(options->since);
  g_free(options->until);
  g_free(options->note);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Options, options_clear)

static bool
parse(Context *context, Options *options, const char *operands, const char *summary, int *argc,
      char ***argv, GError **error)
{
  const GOptionEntry undo = {"undo",
                             0,
                             0,
                             G_OPTION_ARG_NONE,
                             &options->undo,
                             "Withdraw the releases that lie in this period",
                             NULL};
  const GOptionEntry entries[] = {
      {"provider", 0, 0, G_OPTION_ARG_FILENAME, &options->provider,
       "Only what this provider said (the id that list shows)", "ID"},
      {"domain", 0, 0, G_OPTION_ARG_FILENAME, &options->domain, "Only recipients in this domain",
       "DOMAIN"},
      {"since", 0, 0, G_OPTION_ARG_FILENAME, &options->since,
       "The beginning: yesterday, 7d, 2026-01-31T12:00", "TIME"},
      {"until", 0, 0, G_OPTION_ARG_FILENAME, &options->until,
       "The end; a day includes all of it (default: now)", "TIME"},
      {"note", 0, 0, G_OPTION_ARG_FILENAME, &options->note, "The reason, for the audit", "TEXT"},
      {"dry-run", 0, 0, G_OPTION_ARG_NONE, &options->dry_run,
       "Change nothing; only say what would change", NULL},
      {"json", 0, 0, G_OPTION_ARG_NONE, &context->json, "Print a JSON object", NULL},
      operands == NULL ? undo : (GOptionEntry)G_OPTION_ENTRY_NULL, /* confirm has operands */
      G_OPTION_ENTRY_NULL};
  return cmd_options(context, operands, summary, entries, argc, argv, error);
}

/* Without --until, the end is now. */
static bool
make_span(const Options *options, gint64 now, Span *out, GError **error)
{
  Period period;
  if (!period_parse(options->since, options->until, now, &period, error) ||
      !cmd_check_text("--provider", options->provider, error) ||
      !cmd_check_text("--domain", options->domain, error) ||
      !cmd_check_text("--note", options->note, error))
    return false;
  *out = (Span){.provider = options->provider,
                .domain = options->domain,
                .since = period.since,
                .until = options->until != NULL ? period.until : now};
  return out->since <= out->until || throw(error, BOUNCEDB_ERROR_USAGE, "--since is in the future");
}

/* Replaces the names by those that the database has. A misspelt one must not look like a release
 * that found nothing to lift; a provider that only older rules know can be released too. */
static bool
resolve(Options *options, const Settings *settings, Store *store, GError **error)
{
  char *providers[] = {options->provider, NULL}, *domains[] = {options->domain, NULL};
  g_autofree char *provider = NULL, *domain = NULL;
  if ((options->provider != NULL &&
       !choice_providers(providers, settings, store, &provider, error)) ||
      (options->domain != NULL && !choice_domains(domains, &domain, error)))
    return false;
  if ((provider != NULL && strchr(provider, ',') != NULL) ||
      (domain != NULL && strchr(domain, ',') != NULL))
    return throw(error, BOUNCEDB_ERROR_USAGE, "only one provider and one domain can be given");
  g_free(options->provider);
  g_free(options->domain);
  options->provider = g_steal_pointer(&provider);
  options->domain = g_steal_pointer(&domain);
  return true;
}

static bool
end(Store *store, const Settings *settings, bool ok, bool dry_run, GError **error)
{
  if (!ok || dry_run) {
    store_rollback(store);
    return ok;
  }
  return store_commit(store, error) && list_files_update(store, settings->lists, error);
}

static Json
begin_object(const Options *options, const Span *span)
{
  Json json = json_begin();
  json_bool(&json, "dry_run", options->dry_run);
  json_text(&json, "provider", span->provider);
  json_text(&json, "domain", span->domain);
  cells_json_time(&json, "since", span->since);
  cells_json_time(&json, "until", span->until);
  return json;
}

/* rows: entries that were lifted or, with --undo, came back */
static void
tell_release(const Context *context, const Options *options, const Span *span, gint64 releases,
             gint64 rows)
{
  const char *would = options->dry_run ? "would be " : "";
  if (context->json) {
    Json json = begin_object(options, span);
    json_int(&json, "withdrawn", releases);
    json_int(&json, "lifted", options->undo ? 0 : rows);
    json_int(&json, "restored", options->undo ? rows : 0);
    json_print(&json);
  } else if (options->undo)
    cmd_say(context, "%" G_GINT64_FORMAT " %swithdrawn, %" G_GINT64_FORMAT " %son the list again",
            releases, would, rows, would);
  else
    cmd_say(context, "%" G_GINT64_FORMAT " %slifted", rows, would);
}

bool
cmd_release(Context *context, int argc, char **argv, GError **error)
{
  g_auto(Options) options = {0};
  Span span;
  gint64 rows = 0, releases = 0;
  if (!parse(
          context, &options, NULL,
          "Undo a bad day: what a provider said in this period, or what was said about a domain,\n"
          "does not count. Suppressions that rest on it are lifted, including those that the\n"
          "guard holds. What is said later counts again.",
          &argc, &argv, error))
    return false;
  if (argc > 1)
    return throw(error, BOUNCEDB_ERROR_USAGE, "release takes no arguments: %s", argv[1]);
  if (options.since == NULL || (options.provider == NULL && options.domain == NULL))
    return throw(error, BOUNCEDB_ERROR_USAGE, "release needs --since, and --provider or --domain");
  Decision decision =
      cmd_decision(context, options.undo ? "release --undo" : "release", options.note);
  g_autoptr(Store) store = cmd_open_store(context, error);
  if (store == NULL || !resolve(&options, context->settings, store, error) ||
      !make_span(&options, context->now, &span, error) || !store_begin(store, error))
    return false;
  bool ok = options.undo ? store_unrelease(store, &span, &decision, &releases, &rows, error)
                         : store_release(store, &span, &decision, &rows, error);
  if (!end(store, context->settings, ok, options.dry_run, error))
    return false;
  tell_release(context, &options, &span, releases, rows);
  context->status = options.undo && releases == 0 ? EXIT_NEGATIVE : EXIT_OK;
  return true;
}

/* --- confirm -----------------------------------------------------------------------------------*/

typedef struct {
  Store *store;
  Decision decision;
  gint64 rows;
} Run;

static bool
confirm_address(const char *address, gpointer data, GError **error)
{
  Run *run = data;
  bool changed;
  if (!store_confirm_address(run->store, address, &run->decision, &changed, error))
    return false;
  run->rows += changed;
  return true;
}

static void
tell_confirmation(const Context *context, const Options *options, const Span *span, gint64 rows)
{
  if (context->json) {
    Json json = begin_object(options, span);
    json_int(&json, "confirmed", rows);
    json_print(&json);
    return;
  }
  cmd_say(context, "%" G_GINT64_FORMAT " %sconfirmed%s", rows, options->dry_run ? "would be " : "",
          rows == 0 ? "; the guard holds no such address" : "");
}

bool
cmd_confirm(Context *context, int argc, char **argv, GError **error)
{
  g_auto(Options) options = {0};
  Span span;
  if (!parse(context, &options, "[ADDRESS...|-]",
             "Suppress addresses that the guard holds: either these, or all that were held in a\n"
             "period, because of one provider, or in one domain. A hyphen reads addresses from\n"
             "standard input, one per line.",
             &argc, &argv, error))
    return false;
  bool spanned = options.provider != NULL || options.domain != NULL || options.since != NULL;
  if (spanned == (argc > 1) || (options.until != NULL && !spanned))
    return throw(error, BOUNCEDB_ERROR_USAGE,
                 "confirm needs addresses, or one of --provider, --domain and --since");
  g_autoptr(Store) store = cmd_open_store(context, error);
  Run run = {.store = store, .decision = cmd_decision(context, "confirm", options.note)};
  if (store == NULL || !resolve(&options, context->settings, store, error) ||
      !make_span(&options, context->now, &span, error) || !store_begin(store, error))
    return false;
  bool ok = spanned ? store_confirm(store, &span, &run.decision, &run.rows, error)
                    : cmd_each_address(argv + 1, confirm_address, &run, error);
  if (!end(store, context->settings, ok, options.dry_run, error))
    return false;
  tell_confirmation(context, &options, &span, run.rows);
  return true;
}
