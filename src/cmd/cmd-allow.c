/* bouncedb allow, bouncedb suppress: what people decide about an address overrides what is reported
 * about it. Either all of the addresses are changed, or none; but one's own are refused. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "mail/address.h"
#include "store/store-decisions.h"
#include "store/store-forget.h"
#include "store/store-own.h"
#include "export/list-files.h"
#include "cmd/cmd.h"
#include "cmd/verdict.h"

typedef struct {
  char *address; /* or "@domain" */
  bool changed;
} Decided;

typedef struct {
  Store *store;
  Override verdict;
  Decision decision;
  bool dry_run, json;
  GStrv domains;   /* whole domains (nullable) */
  GPtrArray *tell; /* Decided, whose state is told at the end; NULL = none */
  guint64 addresses, changed, refused;
} Run;

static void
decided_free(gpointer data)
{
  Decided *decided = data;
  g_free(decided->address);
  g_free(decided);
}

static void
note(Run *run, const char *address, bool changed)
{
  if (run->tell == NULL)
    return;
  Decided *decided = g_new(Decided, 1);
  *decided = (Decided){g_strdup(address), changed};
  g_ptr_array_add(run->tell, decided);
}

/* The other addresses are suppressed nevertheless. */
static void
refuse_own(Run *run, const char *address)
{
  g_autofree char *shown = escape_terminal(address);
  fprintf(stderr, "bouncedb: %s is one of your own ([own] never) and cannot be suppressed\n",
          shown);
  run->refused++;
}

/* Without a domain, it is perhaps the heading of a table, but reports name some such addresses. */
static bool
check_domain(const Run *run, const char *address, GError **error)
{
  const char *domain = address_domain(address);
  bool known = false;
  if (g_str_has_prefix(address, "*@"))
    return throw(error, BOUNCEDB_ERROR_DATA,
                 "not an address, but a pattern: %s (suppress --domain takes a domain)", address);
  if (*domain == '\0' && run->verdict != OVERRIDE_SUPPRESS &&
      !store_knows_address(run->store, address, &known, error))
    return false;
  if (*domain == '\0' && !known)
    return throw(error, BOUNCEDB_ERROR_DATA,
                 "not an address, because it has no domain: %s (nothing was changed)", address);
  if (*domain != '\0' && run->verdict == OVERRIDE_SUPPRESS && strpbrk(domain, ".:") == NULL) {
    g_autofree char *shown = escape_terminal(address);
    fprintf(stderr, "bouncedb: %s: the domain has no dot; is the address complete?\n", shown);
  }
  return true;
}

static bool
decide(const char *address, gpointer data, GError **error)
{
  Run *run = data;
  bool changed, own = false;
  if (!check_domain(run, address, error))
    return false;
  if (run->verdict == OVERRIDE_SUPPRESS && !store_is_own(run->store, address, &own, error))
    return false;
  if (own) {
    refuse_own(run, address);
    if (run->json)
      note(run, address, false);
    return true;
  }
  if (!store_override(run->store, address, run->verdict, &run->decision, &changed, error))
    return false;
  note(run, address, changed);
  run->addresses++;
  run->changed += changed;
  return true;
}

/* The entry of a domain is known as "@domain", which is the address of nobody. */
static bool
decide_domain(Run *run, const char *domain, GError **error)
{
  g_autofree char *typed = g_strconcat("@", domain, NULL), *entry = cmd_entry(typed, NULL);
  if (entry == NULL)
    return throw(error, BOUNCEDB_ERROR_USAGE, "--domain: not a domain: %s", domain);
  g_autofree char *key = address_key(entry);
  return decide(key, run, error);
}

/* Formats of addresses alone leave such an entry out. */
static void
warn_lists(const char *domain, const Settings *settings)
{
  g_autofree char *entry = g_strconcat("@", domain, NULL), *shown = escape_terminal(domain);
  for (guint i = 0; i < settings->lists->len; i++) {
    const ListFile *list = g_ptr_array_index(settings->lists, i);
    if (!format_takes(list->format, entry))
      fprintf(stderr, "bouncedb: %s: the format %s cannot express that all of %s is suppressed\n",
              list->path, list->format->name, shown);
  }
}

/* In the transaction, when every address has been decided. */
static bool
tell_states(const Run *run, GError **error)
{
  Verdicts verdicts;
  if (run->tell == NULL)
    return true;
  if (!verdicts_init(&verdicts, run->store, run->decision.now, error))
    return false;
  verdicts.json = run->json;
  for (guint i = 0; i < run->tell->len; i++) {
    const Decided *decided = g_ptr_array_index(run->tell, i);
    verdicts.changed = &decided->changed;
    if (!verdicts_print(&verdicts, decided->address, error))
      return false;
  }
  return true;
}

static bool
run_all(Run *run, const Settings *settings, char **operands, GError **error)
{
  if (!store_begin(run->store, error))
    return false;
  bool ok = true;
  for (char **domain = run->domains; ok && domain != NULL && *domain != NULL; domain++)
    ok = decide_domain(run, *domain, error);
  ok = ok && cmd_each_address(operands, decide, run, error) && tell_states(run, error);
  if (!ok || run->dry_run) {
    store_rollback(run->store);
    return ok;
  }
  return store_commit(run->store, error) && list_files_update(run->store, settings->lists, error);
}

static bool
run_override(Context *context, int argc, char **argv, Override verdict, const char *summary,
             GError **error)
{
  g_autofree char *note = NULL, *name = g_strdup(argv[0]);
  gboolean undo = FALSE, dry_run = FALSE;
  g_auto(GStrv) domains = NULL;
  const GOptionEntry domain = {"domain", 0,
                               0,        G_OPTION_ARG_FILENAME_ARRAY,
                               &domains, "All addresses in this domain; may be repeated",
                               "DOMAIN"};
  const GOptionEntry entries[] = {
      {"note", 0, 0, G_OPTION_ARG_FILENAME, &note, "The reason, for the audit", "TEXT"},
      {"undo", 0, 0, G_OPTION_ARG_NONE, &undo, "Withdraw the decision: the reports decide again",
       NULL},
      {"dry-run", 0, 0, G_OPTION_ARG_NONE, &dry_run, "Change nothing; only say what would change",
       NULL},
      {"json", 0, 0, G_OPTION_ARG_NONE, &context->json, "Print one JSON object per address", NULL},
      verdict == OVERRIDE_SUPPRESS ? domain : (GOptionEntry)G_OPTION_ENTRY_NULL,
      G_OPTION_ENTRY_NULL};
  if (!cmd_options(context, "ADDRESS...|-", summary, entries, &argc, &argv, error))
    return false;
  if (argc < 2 && domains == NULL)
    return throw(error, BOUNCEDB_ERROR_USAGE, "%s needs an address, or - for standard input", name);
  if (!cmd_check_text("--note", note, error))
    return false;
  g_autofree char *command = g_strconcat(name, undo ? " --undo" : "", NULL);
  bool told = undo || dry_run || context->json;
  g_autoptr(GPtrArray) tell = told ? g_ptr_array_new_with_free_func(decided_free) : NULL;
  g_autoptr(Store) store = cmd_open_store(context, error);
  Run run = {.store = store,
             .verdict = undo ? OVERRIDE_NONE : verdict,
             .decision = cmd_decision(context, command, note),
             .dry_run = dry_run,
             .json = context->json,
             .domains = domains,
             .tell = tell};
  if (store == NULL || !run_all(&run, context->settings, argv + 1, error))
    return false;
  for (char **d = domains; d != NULL && *d != NULL && !undo && !dry_run; d++)
    warn_lists(*d, context->settings);
  context->status = run.refused > 0 ? EXIT_NEGATIVE : EXIT_OK;
  if (!context->json)
    cmd_say(context, "%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " %schanged", run.changed,
            run.addresses, dry_run ? "would be " : "");
  return true;
}

bool
cmd_allow(Context *context, int argc, char **argv, GError **error)
{
  return run_override(
      context, argc, argv, OVERRIDE_ALLOW,
      "Lift the suppression of these addresses, and ignore what is reported about them.\n"
      "A hyphen reads addresses from standard input, one per line.",
      error);
}

bool
cmd_suppress(Context *context, int argc, char **argv, GError **error)
{
  return run_override(
      context, argc, argv, OVERRIDE_SUPPRESS,
      "Put these addresses on the suppression list, whatever is reported about them.\n"
      "A hyphen reads addresses from standard input, one per line.",
      error);
}
