/* bouncedb allow, bouncedb suppress: what people decide about an address overrides what is reported
 * about it. Either all of the addresses are changed, or none; but one's own are refused. */
#include "config.h"

#include <stdio.h>

#include "base/escape.h"
#include "mail/address.h"
#include "store/store-decisions.h"
#include "store/store-own.h"
#include "cmd/cmd.h"

typedef struct {
  Store *store;
  Override verdict;
  Decision decision;
  guint64 addresses, changed, refused;
} Run;

/* The other addresses are suppressed nevertheless. */
static void
refuse_own(Run *run, const char *address)
{
  g_autofree char *shown = escape_terminal(address);
  fprintf(stderr, "bouncedb: %s is one of your own ([own] never) and cannot be suppressed\n",
          shown);
  run->refused++;
}

static bool
decide(const char *address, gpointer data, GError **error)
{
  Run *run = data;
  bool changed, own = false;
  /* Perhaps the heading of a table. Such an address can be allowed, because reports name some. */
  if (run->verdict == OVERRIDE_SUPPRESS && *address_domain(address) == '\0')
    return throw(error, BOUNCEDB_ERROR_DATA, "not an address, because it has no domain: %s",
                 address);
  if (run->verdict == OVERRIDE_SUPPRESS && !store_is_own(run->store, address, &own, error))
    return false;
  if (own) {
    refuse_own(run, address);
    return true;
  }
  if (!store_override(run->store, address, run->verdict, &run->decision, &changed, error))
    return false;
  run->addresses++;
  run->changed += changed;
  return true;
}

static bool
run_all(Run *run, char **operands, GError **error)
{
  if (!store_begin(run->store, error))
    return false;
  if (!cmd_each_address(operands, decide, run, error)) {
    store_rollback(run->store);
    return false;
  }
  return store_commit(run->store, error);
}

static bool
run_override(Context *context, int argc, char **argv, Override verdict, const char *summary,
             GError **error)
{
  g_autofree char *note = NULL, *name = g_strdup(argv[0]);
  gboolean undo = FALSE;
  const GOptionEntry entries[] = {
      {"note", 0, 0, G_OPTION_ARG_FILENAME, &note, "The reason, for the audit", "TEXT"},
      {"undo", 0, 0, G_OPTION_ARG_NONE, &undo, "Withdraw the decision: the reports decide again",
       NULL},
      G_OPTION_ENTRY_NULL};
  if (!cmd_options(context, "ADDRESS...|-", summary, entries, &argc, &argv, error))
    return false;
  if (argc < 2)
    return throw(error, BOUNCEDB_ERROR_USAGE, "%s needs an address, or - for standard input", name);
  if (!cmd_check_text("--note", note, error))
    return false;
  g_autofree char *command = g_strconcat(name, undo ? " --undo" : "", NULL);
  g_autoptr(Store) store = cmd_open_store(context, error);
  Run run = {.store = store,
             .verdict = undo ? OVERRIDE_NONE : verdict,
             .decision = cmd_decision(context, command, note)};
  if (store == NULL || !run_all(&run, argv + 1, error) ||
      !cmd_update_lists(store, context->settings, error))
    return false;
  context->status = run.refused > 0 ? EXIT_NEGATIVE : EXIT_OK;
  printf("%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " changed\n", run.changed, run.addresses);
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
