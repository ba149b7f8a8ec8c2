/* bouncedb-sync: what bouncedb sync, fleet, stats --fleet and report --fleet run. A program of its
 * own, because loading libpq and what it needs would cost every delivery more than all the rest. */
#include "config.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/escape.h"
#include "base/json.h"
#include "store/store.h"
#include "fleet/admin.h"
#include "fleet/picture.h"
#include "fleet/sync.h"

/* As in cmd/exits.h */
enum { STATUS_NEGATIVE = 1, STATUS_USAGE = 64, STATUS_TEMPFAIL = 75, STATUS_CONFIG = 78 };

typedef struct {
  char *database, *connection, *name;
  char *provider, *domain, *host, *output;
  gint64 since, until, before, now;
  gboolean full, quiet, json;
} Arguments;

static void
print_json(const SyncReport *report)
{
  g_auto(Json) json = json_begin();
  json_bool(&json, "joined", report->joined);
  json_int(&json, "messages", report->messages);
  json_int(&json, "decisions", report->decisions);
  json_int(&json, "verdicts", report->verdicts);
  json_int(&json, "changes", report->changes);
  json_int(&json, "erased", report->erased);
  json_int(&json, "refused", report->aside);
  json_int(&json, "skew", report->skew);
  json_print(&json);
}

static void
print_text(const SyncReport *report)
{
  printf("%ssent: messages %" G_GINT64_FORMAT ", decisions %" G_GINT64_FORMAT
         ", verdicts %" G_GINT64_FORMAT "; applied: changes %" G_GINT64_FORMAT ", erased %u\n",
         report->joined ? "joined; " : "", report->messages, report->decisions, report->verdicts,
         report->changes, report->erased);
}

static bool
run_sync(const Arguments *arguments, Session *session, int *status, GError **error)
{
  (void)status;
  SyncReport report;
  const SyncOptions options = {
      .name = arguments->name, .full = arguments->full, .now = arguments->now};
  g_autoptr(Store) store = store_open(arguments->database, STORE_WRITE, error);
  if (store == NULL || !sync_run(store, session, &options, &report, error))
    return false;
  if (arguments->json)
    print_json(&report);
  else if (!arguments->quiet)
    print_text(&report);
  return true;
}

static bool
run_init(const Arguments *arguments, Session *session, int *status, GError **error)
{
  (void)status;
  return admin_init(session, arguments->json, error);
}

static bool
run_hosts(const Arguments *arguments, Session *session, int *status, GError **error)
{
  (void)status;
  return admin_hosts(session, arguments->json, error);
}

static bool
run_remove(const Arguments *arguments, Session *session, int *status, GError **error)
{
  bool found;
  if (!admin_remove(session, arguments->host, arguments->json, &found, error))
    return false;
  *status = found ? 0 : STATUS_NEGATIVE;
  return true;
}

static bool
run_thresholds(const Arguments *arguments, Session *session, int *status, GError **error)
{
  (void)status;
  g_autoptr(Store) store = store_open(arguments->database, STORE_READ, error);
  return store != NULL && admin_thresholds(session, store, arguments->json, error);
}

static bool
run_confirm(const Arguments *arguments, Session *session, int *status, GError **error)
{
  (void)status;
  const AdminSpan span = {.provider = arguments->provider,
                          .domain = arguments->domain,
                          .since = arguments->since,
                          .until = arguments->until};
  return admin_confirm(session, &span, arguments->json, error);
}

static bool
run_reweigh(const Arguments *arguments, Session *session, int *status, GError **error)
{
  (void)status;
  return admin_reweigh(session, arguments->json, error);
}

static bool
run_purge(const Arguments *arguments, Session *session, int *status, GError **error)
{
  (void)status;
  return admin_purge(session, arguments->before, arguments->now, arguments->json, error);
}

static bool
run_picture(const Arguments *arguments, Session *session, int *status, GError **error)
{
  (void)status;
  return picture_write(session, arguments->output, arguments->now, error);
}

static const struct {
  const char *name;
  bool (*run)(const Arguments *arguments, Session *session, int *status, GError **error);
} verbs[] = {
    {"sync", run_sync},       {"init", run_init},       {"hosts", run_hosts},
    {"remove", run_remove},   {"confirm", run_confirm}, {"thresholds", run_thresholds},
    {"reweigh", run_reweigh}, {"purge", run_purge},     {"picture", run_picture},
};

static bool
run(const char *verb, const Arguments *arguments, int *status, GError **error)
{
  for (gsize i = 0; i < G_N_ELEMENTS(verbs); i++)
    if (strcmp(verbs[i].name, verb) == 0) {
      g_autoptr(Session) session = session_open(arguments->connection, error);
      return session != NULL && verbs[i].run(arguments, session, status, error);
    }
  return throw(error, BOUNCEDB_ERROR_USAGE, "bouncedb-sync is run by bouncedb");
}

static int
status_of(const GError *error)
{
  if (error == NULL || error->domain != BOUNCEDB_ERROR)
    return error != NULL && error->domain == G_OPTION_ERROR ? STATUS_USAGE : STATUS_TEMPFAIL;
  return error->code == BOUNCEDB_ERROR_USAGE    ? STATUS_USAGE
         : error->code == BOUNCEDB_ERROR_CONFIG ? STATUS_CONFIG
                                                : STATUS_TEMPFAIL;
}

static void
clear(Arguments *arguments)
{
  g_free(arguments->database);
  g_free(arguments->connection);
  g_free(arguments->name);
  g_free(arguments->provider);
  g_free(arguments->domain);
  g_free(arguments->host);
  g_free(arguments->output);
}

int
main(int argc, char **argv)
{
  Arguments arguments = {.now = time(NULL)};
  const GOptionEntry entries[] = {
      {"db", 0, 0, G_OPTION_ARG_FILENAME, &arguments.database, NULL, NULL},
      {"connection", 0, 0, G_OPTION_ARG_STRING, &arguments.connection, NULL, NULL},
      {"name", 0, 0, G_OPTION_ARG_STRING, &arguments.name, NULL, NULL},
      {"provider", 0, 0, G_OPTION_ARG_STRING, &arguments.provider, NULL, NULL},
      {"domain", 0, 0, G_OPTION_ARG_STRING, &arguments.domain, NULL, NULL},
      {"host", 0, 0, G_OPTION_ARG_STRING, &arguments.host, NULL, NULL},
      {"output", 0, 0, G_OPTION_ARG_FILENAME, &arguments.output, NULL, NULL},
      {"since", 0, 0, G_OPTION_ARG_INT64, &arguments.since, NULL, NULL},
      {"until", 0, 0, G_OPTION_ARG_INT64, &arguments.until, NULL, NULL},
      {"before", 0, 0, G_OPTION_ARG_INT64, &arguments.before, NULL, NULL},
      {"now", 0, 0, G_OPTION_ARG_INT64, &arguments.now, NULL, NULL},
      {"full", 0, 0, G_OPTION_ARG_NONE, &arguments.full, NULL, NULL},
      {"quiet", 0, 0, G_OPTION_ARG_NONE, &arguments.quiet, NULL, NULL},
      {"json", 0, 0, G_OPTION_ARG_NONE, &arguments.json, NULL, NULL},
      G_OPTION_ENTRY_NULL};
  signal(SIGXFSZ, SIG_IGN);
  signal(SIGPIPE, SIG_IGN);
  int status = 0;
  g_autoptr(GError) error = NULL;
  g_autoptr(GOptionContext) options = g_option_context_new(NULL);
  g_option_context_add_main_entries(options, entries, NULL);
  bool ok =
      g_option_context_parse(options, &argc, &argv, &error) &&
      run(argc > 1 && arguments.connection != NULL ? argv[1] : "", &arguments, &status, &error) &&
      fflush(stdout) == 0;
  if (error != NULL) {
    g_autofree char *text = escape_terminal(error->message);
    fprintf(stderr, "bouncedb: %s\n", text);
  }
  clear(&arguments);
  return ok ? status : status_of(error);
}
