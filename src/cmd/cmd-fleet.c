/* bouncedb fleet: what the administrator of many mail hosts does. */
#include "config.h"

#include <string.h>

#include "base/json.h"
#include "base/nearest.h"
#include "verp/keyfile.h"
#include "store/store-fleet.h"
#include "cmd/choice.h"
#include "cmd/cmd.h"
#include "cmd/owner.h"
#include "cmd/period.h"
#include "cmd/sync-program.h"

typedef struct {
  char *connection, *provider, *domain, *since, *until, *older_than;
  const char *operand;
} Options;

static bool
run_keygen(Context *context, const Options *options, GError **error)
{
  (void)options;
  g_autofree char *path = store_fleet_key_path(context->settings->database);
  if (!owner_become(context->settings->database, error) || !keyfile_create(path, error))
    return false;
  if (context->json) {
    g_auto(Json) json = json_begin();
    json_text(&json, "file", path);
    json_print(&json);
    return true;
  }
  cmd_say(context, "created %s; copy it to every host of the fleet, next to the database", path);
  return true;
}

static bool
run_plain(Context *context, const char *verb, const Options *options, GError **error)
{
  const SyncOption none[] = {{NULL, NULL}};
  return sync_program_run(context, verb, options->connection, none, error);
}

static bool
run_init(Context *context, const Options *options, GError **error)
{
  return run_plain(context, "init", options, error);
}

static bool
run_hosts(Context *context, const Options *options, GError **error)
{
  return run_plain(context, "hosts", options, error);
}

static bool
run_reweigh(Context *context, const Options *options, GError **error)
{
  return run_plain(context, "reweigh", options, error);
}

static bool
run_remove(Context *context, const Options *options, GError **error)
{
  const SyncOption host[] = {{"--host", options->operand}, {NULL, NULL}};
  return sync_program_run(context, "remove", options->connection, host, error);
}

/* Opening the database applies the thresholds of the configuration to it. */
static bool
run_thresholds(Context *context, const Options *options, GError **error)
{
  Store *store = cmd_open_store(context, error);
  store_free(store);
  return store != NULL && run_plain(context, "thresholds", options, error);
}

static char *
number(gint64 value)
{
  return g_strdup_printf("%" G_GINT64_FORMAT, value);
}

static bool
run_confirm(Context *context, const Options *options, GError **error)
{
  Period period;
  g_autoptr(Rules) rules = rules_load(context->settings->rules, error);
  if (rules == NULL || !period_parse(options->since, options->until, context->now, &period, error))
    return false;
  g_autofree char *since = number(period.since);
  g_autofree char *until = options->until != NULL ? number(period.until) : NULL;
  g_autofree char *provider =
      options->provider != NULL ? choice_provider(rules, options->provider, error) : NULL;
  g_autofree char *domain = options->domain != NULL ? g_ascii_strdown(options->domain, -1) : NULL;
  if (options->provider != NULL && provider == NULL)
    return false;
  const SyncOption span[] = {{"--provider", provider},
                             {"--domain", domain},
                             {"--since", since},
                             {"--until", until},
                             {NULL, NULL}};
  return sync_program_run(context, "confirm", options->connection, span, error);
}

static bool
run_purge(Context *context, const Options *options, GError **error)
{
  Period period;
  if (!period_parse(options->older_than, NULL, context->now, &period, error))
    return false;
  g_autofree char *before = options->older_than != NULL ? number(period.since) : NULL;
  const SyncOption time[] = {{"--before", before}, {NULL, NULL}};
  return sync_program_run(context, "purge", options->connection, time, error);
}

static const struct {
  const char *name;
  bool operand; /* whether it takes one */
  bool (*run)(Context *context, const Options *options, GError **error);
} actions[] = {
    {"keygen", false, run_keygen},   {"init", false, run_init},
    {"hosts", false, run_hosts},     {"remove", true, run_remove},
    {"confirm", false, run_confirm}, {"thresholds", false, run_thresholds},
    {"reweigh", false, run_reweigh}, {"purge", false, run_purge},
};

static bool
run(Context *context, Options *options, int argc, char **argv, GError **error)
{
  static const char verbs[] =
      "keygen, init, hosts, remove NAME, confirm, thresholds, reweigh, purge";
  const char *names[G_N_ELEMENTS(actions) + 1] = {NULL};
  if (argc < 2)
    return throw(error, BOUNCEDB_ERROR_USAGE, "fleet needs one of: %s", verbs);
  for (gsize i = 0; i < G_N_ELEMENTS(actions); i++) {
    names[i] = actions[i].name;
    if (strcmp(actions[i].name, argv[1]) != 0)
      continue;
    if (argc != (actions[i].operand ? 3 : 2))
      return throw(error, BOUNCEDB_ERROR_USAGE, "fleet %s %s", argv[1],
                   actions[i].operand ? "needs the name of one host" : "takes no arguments");
    options->operand = argv[2];
    return actions[i].run(context, options, error);
  }
  g_autofree char *hint = nearest_hint(argv[1], names);
  return throw(error, BOUNCEDB_ERROR_USAGE, "fleet has no subcommand %s%s%s", argv[1],
               *hint != '\0' ? hint : ", only ", *hint != '\0' ? "" : verbs);
}

bool
cmd_fleet(Context *context, int argc, char **argv, GError **error)
{
  Options options = {0};
  const GOptionEntry entries[] = {
      {"connection", 0, 0, G_OPTION_ARG_FILENAME, &options.connection,
       "Connect like this, as the owner of the schema", "CONNECTION"},
      {"domain", 0, 0, G_OPTION_ARG_FILENAME, &options.domain, "confirm: only this domain",
       "DOMAIN"},
      {"older-than", 0, 0, G_OPTION_ARG_FILENAME, &options.older_than,
       "purge: also delete reports that are older: 90d, 2y", "TIME"},
      {"provider", 0, 0, G_OPTION_ARG_FILENAME, &options.provider, "confirm: only this provider",
       "PROVIDER"},
      {"since", 0, 0, G_OPTION_ARG_FILENAME, &options.since, "confirm: only since this time",
       "TIME"},
      {"until", 0, 0, G_OPTION_ARG_FILENAME, &options.until, "confirm: only until this time",
       "TIME"},
      {"json", 0, 0, G_OPTION_ARG_NONE, &context->json, "Print JSON objects", NULL},
      G_OPTION_ENTRY_NULL};
  bool ok = cmd_options(context, "keygen|init|hosts|remove|confirm|thresholds|reweigh|purge",
                        "keygen      create the key that all hosts of the fleet share\n"
                        "init        create or update the fleet's schema in PostgreSQL\n"
                        "hosts       say how far each host is\n"
                        "remove      remove a host that is gone; what it reported stays\n"
                        "confirm     suppress addresses that the guard of the fleet holds back\n"
                        "thresholds  give the fleet the thresholds and the guard of this host\n"
                        "reweigh     apply changed thresholds to everything the fleet knows\n"
                        "purge       end what has expired, and delete what is old",
                        entries, &argc, &argv, error) &&
            run(context, &options, argc, argv, error);
  g_free(options.connection);
  g_free(options.provider);
  g_free(options.domain);
  g_free(options.since);
  g_free(options.until);
  g_free(options.older_than);
  return ok;
}
