/* bouncedb db: the database as a whole. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "base/json.h"
#include "base/nearest.h"
#include "base/text.h"
#include "store/store-admin.h"
#include "store/store-thresholds.h"
#include "export/list-files.h"
#include "cmd/cmd.h"
#include "cmd/owner.h"

static Json
begin_object(const Context *context)
{
  Json json = json_begin();
  json_text(&json, "database", context->settings->database);
  return json;
}

static bool
run_init(const Context *context, const char *operand, GError **error)
{
  (void)operand;
  const char *database = context->settings->database;
  bool existed = g_file_test(database, G_FILE_TEST_EXISTS);
  if (!owner_become(database, error) || !store_create(database, error))
    return false;
  /* The thresholds of the configuration apply from the start. */
  g_autoptr(Store) store = cmd_open_store(context, error);
  if (store == NULL || !list_files_update(store, context->settings->lists, error))
    return false;
  if (context->json) {
    Json json = begin_object(context);
    json_bool(&json, "created", !existed);
    json_print(&json);
    return true;
  }
  cmd_say(context, existed ? "%s exists and keeps its contents" : "created %s", database);
  return true;
}

static bool
run_migrate(const Context *context, const char *operand, GError **error)
{
  (void)operand;
  g_autoptr(Store) store = cmd_open_as(context, STORE_WRITE, error);
  if (store == NULL)
    return false;
  if (context->json) {
    Json json = begin_object(context);
    json_int(&json, "schema", store_schema());
    json_print(&json);
    return true;
  }
  cmd_say(context, "%s has the current schema", context->settings->database);
  return true;
}

static void
print_findings_json(const Context *context, const GPtrArray *findings)
{
  Json json = begin_object(context);
  json_bool(&json, "ok", findings->len == 0);
  json_open(&json, "findings", '[');
  for (guint i = 0; i < findings->len; i++)
    json_text(&json, NULL, g_ptr_array_index(findings, i));
  json_close(&json, ']');
  json_print(&json);
}

static bool
run_check(const Context *context, const char *operand, GError **error)
{
  (void)operand;
  g_autoptr(Store) store = cmd_open_as(context, STORE_READ, error);
  g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func(g_free);
  if (store == NULL || !store_check(store, findings, error))
    return false;
  if (context->json)
    print_findings_json(context, findings);
  for (guint i = 0; !context->json && i < findings->len; i++) {
    g_autofree char *line = escape_terminal(g_ptr_array_index(findings, i));
    puts(line);
  }
  if (findings->len == 0 && !context->json)
    puts("ok");
  return findings->len == 0 ||
         throw(error, BOUNCEDB_ERROR_DATA, "%s: problems were found", context->settings->database);
}

static bool
run_snapshot(const Context *context, const char *operand, GError **error)
{
  if (strcmp(operand, "-") == 0)
    return throw(error, BOUNCEDB_ERROR_USAGE,
                 "db snapshot needs the name of a file: SQLite cannot write to standard output");
  if (!cmd_check_output(context, operand, error))
    return false;
  g_autoptr(Store) store = cmd_open_as(context, STORE_WRITE, error);
  if (store == NULL || !store_snapshot(store, operand, error))
    return false;
  if (context->json) {
    Json json = begin_object(context);
    json_text(&json, "snapshot", operand);
    json_print(&json);
    return true;
  }
  cmd_say(context, "copied %s to %s", context->settings->database, operand);
  return true;
}

static bool
run_reweigh(const Context *context, const char *operand, GError **error)
{
  (void)operand;
  gint64 lifted, added;
  Decision decision = cmd_decision(context, "db reweigh", NULL);
  g_autoptr(Store) store = cmd_open_store(context, error);
  if (store == NULL || !store_begin(store, error))
    return false;
  bool ok = store_reweigh(store, &decision, &lifted, &added, error);
  if (!store_end(store, ok, error) || !list_files_update(store, context->settings->lists, error) ||
      !store_recount_all(store, error))
    return false;
  if (context->json) {
    Json json = begin_object(context);
    json_int(&json, "suppressed", added);
    json_int(&json, "lifted", lifted);
    json_print(&json);
    return true;
  }
  g_autofree char *addresses = text_count((guint64)added, "address", "addresses");
  cmd_say(context, "%s suppressed, %" G_GINT64_FORMAT " lifted", addresses, lifted);
  return true;
}

static const struct {
  const char *name;
  bool operand; /* whether it takes one */
  bool (*run)(const Context *context, const char *operand, GError **error);
} actions[] = {
    {"init", false, run_init},        {"check", false, run_check},
    {"snapshot", true, run_snapshot}, {"migrate", false, run_migrate},
    {"reweigh", false, run_reweigh},
};

static bool
run(const Context *context, int argc, char **argv, GError **error)
{
  static const char verbs[] = "init, check, snapshot FILE, migrate, reweigh";
  const char *names[G_N_ELEMENTS(actions) + 1] = {NULL};
  if (argc < 2)
    return throw(error, BOUNCEDB_ERROR_USAGE, "db needs one of: %s", verbs);
  for (gsize i = 0; i < G_N_ELEMENTS(actions); i++) {
    names[i] = actions[i].name;
    if (strcmp(actions[i].name, argv[1]) != 0)
      continue;
    if (argc == (actions[i].operand ? 3 : 2))
      return actions[i].run(context, argv[2], error);
    return throw(error, BOUNCEDB_ERROR_USAGE, "db %s %s", argv[1],
                 actions[i].operand ? "needs the name of one file" : "takes no arguments");
  }
  g_autofree char *hint = nearest_hint(argv[1], names);
  return *hint != '\0'
             ? throw(error, BOUNCEDB_ERROR_USAGE, "db has no subcommand %s%s", argv[1], hint)
             : throw(error, BOUNCEDB_ERROR_USAGE, "db has no subcommand %s, only %s", argv[1],
                     verbs);
}

bool
cmd_db(Context *context, int argc, char **argv, GError **error)
{
  const GOptionEntry entries[] = {
      {"json", 0, 0, G_OPTION_ARG_NONE, &context->json, "Print a JSON object", NULL},
      G_OPTION_ENTRY_NULL};
  return cmd_options(
             context, "init|check|snapshot FILE|migrate|reweigh",
             "init      create the database and the list files; an existing database is kept\n"
             "check     look for damage; print what is found, or \"ok\"\n"
             "snapshot  copy the database, while it is in use, to a file that others may read\n"
             "migrate   update the schema of an older version\n"
             "reweigh   apply changed thresholds to everything recorded so far",
             entries, &argc, &argv, error) &&
         run(context, argc, argv, error);
}
