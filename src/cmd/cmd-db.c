/* bouncedb db: the database as a whole. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "store/store-admin.h"
#include "store/store-thresholds.h"
#include "cmd/cmd.h"
#include "cmd/owner.h"

static bool
run_init(const Context *context, const char *operand, GError **error)
{
  (void)operand;
  const char *database = context->settings->database;
  if (!owner_become(database, error) || !store_create(database, error))
    return false;
  /* The thresholds of the configuration apply from the start. */
  g_autoptr(Store) store = cmd_open_store(context, error);
  return store != NULL && cmd_update_lists(store, context->settings, error);
}

static bool
run_migrate(const Context *context, const char *operand, GError **error)
{
  (void)operand;
  g_autoptr(Store) store = cmd_open_as(context, STORE_WRITE, error);
  return store != NULL;
}

static bool
run_check(const Context *context, const char *operand, GError **error)
{
  (void)operand;
  g_autoptr(Store) store = cmd_open_as(context, STORE_READ, error);
  g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func(g_free);
  if (store == NULL || !store_check(store, findings, error))
    return false;
  for (guint i = 0; i < findings->len; i++) {
    g_autofree char *line = escape_terminal(g_ptr_array_index(findings, i));
    puts(line);
  }
  if (findings->len == 0)
    puts("ok");
  return findings->len == 0 ||
         throw(error, BOUNCEDB_ERROR_DATA, "%s: problems were found", context->settings->database);
}

static bool
run_snapshot(const Context *context, const char *operand, GError **error)
{
  g_autoptr(Store) store = cmd_open_as(context, STORE_WRITE, error);
  return store != NULL && store_snapshot(store, operand, error);
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
  if (!store_reweigh(store, &decision, &lifted, &added, error)) {
    store_rollback(store);
    return false;
  }
  if (!store_commit(store, error) || !cmd_update_lists(store, context->settings, error))
    return false;
  printf("%" G_GINT64_FORMAT " lifted, %" G_GINT64_FORMAT " added\n", lifted, added);
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
  for (gsize i = 0; argc > 1 && i < G_N_ELEMENTS(actions); i++)
    if (strcmp(actions[i].name, argv[1]) == 0 && argc == (actions[i].operand ? 3 : 2))
      return actions[i].run(context, argv[2], error);
  return throw(error, BOUNCEDB_ERROR_USAGE,
               "db needs one of: init, check, snapshot FILE, migrate, "
               "reweigh");
}

bool
cmd_db(Context *context, int argc, char **argv, GError **error)
{
  return cmd_options(
             context, "init|check|snapshot FILE|migrate|reweigh",
             "init      create the database and the list files; an existing database is kept\n"
             "check     look for damage; print what is found, or \"ok\"\n"
             "snapshot  copy the database, while it is in use, to a file that others may read\n"
             "migrate   update the schema of an older version\n"
             "reweigh   apply changed thresholds to everything recorded so far",
             NULL, &argc, &argv, error) &&
         run(context, argc, argv, error);
}
