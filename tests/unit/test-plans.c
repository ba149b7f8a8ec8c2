/* How the commands that people and monitors run often read the database: by indexes, and never a
 * table that grows with the history. Every statement is asked for its plan, as the command runs. */
#include "config.h"

#include "lib/store-fixture.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "store/store-list.h"

/* What may be read as a whole: settings, decisions of people, and what has one row for each day.
 * counts is what the subquery sum_now returns; old is what is old enough to be pruned.
 * sqlite_schema: is this a host of a fleet. */
static const char *const small[] = {
    "CONSTANT", "guard",         "setting", "threshold", "t",         "never",   "n",    "reason",
    "tally",    "override",      "o",       "cursor",    "json_each", "counter", "text", "counts",
    "release",  "sqlite_schema", "pruning", "temp.old",
};

static GString *problems;
static const char *running; /* the command */
static bool sorting;        /* is a problem too */
static guint asked;
static const char *sums; /* a table of counts that may be read as a whole; NULL = none */

/* The name of a subquery whose result is read, or NULL. */
static const char *
subquery_of(const char *step)
{
  static const char *const words[] = {"CO-ROUTINE ", "MATERIALIZE "};
  for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
    if (g_str_has_prefix(step, words[i]))
      return step + strlen(words[i]);
  return NULL;
}

/* An index of a part of the table is as small as that part. */
static bool
is_long(const char *step, const GPtrArray *subqueries)
{
  static const char *const parts[] = {" failure_text",  " message_kept",   " message_other",
                                      " entry_held",    " entry_unproven", " failure_reply",
                                      " failure_unsaid"};
  if (strcmp(step, "USE TEMP B-TREE FOR ORDER BY") == 0)
    return sorting;
  if (!g_str_has_prefix(step, "SCAN "))
    return false;
  g_autofree char *table = g_strndup(step + strlen("SCAN "), strcspn(step + strlen("SCAN "), " "));
  for (guint i = 0; i < subqueries->len; i++)
    if (g_str_has_prefix(g_ptr_array_index(subqueries, i), table))
      return false;
  if (g_strcmp0(table, sums) == 0)
    return false;
  for (gsize i = 0; i < G_N_ELEMENTS(small); i++)
    if (strcmp(table, small[i]) == 0)
      return false;
  for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
    if (strstr(step, parts[i]) != NULL)
      return false;
  return *table != '(';
}

static void
ask(sqlite3 *db, const char *sql)
{
  sqlite3_stmt *s = NULL;
  g_autofree char *explain = g_strconcat("EXPLAIN QUERY PLAN ", sql, NULL);
  if (sqlite3_prepare_v2(db, explain, -1, &s, NULL) != SQLITE_OK)
    return; /* a table of this connection is gone again */
  g_autoptr(GPtrArray) subqueries = g_ptr_array_new_with_free_func(g_free);
  asked++;
  while (sqlite3_step(s) == SQLITE_ROW) {
    const char *step = (const char *)sqlite3_column_text(s, 3);
    if (subquery_of(step) != NULL)
      g_ptr_array_add(subqueries, g_strdup(subquery_of(step)));
    if (is_long(step, subqueries))
      g_string_append_printf(problems, "\n%s: %s: %s", running, step, sql);
  }
  sqlite3_finalize(s);
}

/* A statement that ends at its first row reads no table, whatever its plan says. */
static bool
is_one_row(const char *sql)
{
  return g_str_has_suffix(sql, " DESC LIMIT 1") ||
         strcmp(sql, "SELECT EXISTS (SELECT 1 FROM forgotten)") == 0;
}

static int
note_statement(unsigned type, void *context, void *statement, void *nanoseconds)
{
  (void)type, (void)context, (void)nanoseconds;
  const char *sql = sqlite3_sql(statement);
  if (sql != NULL && strstr(sql, "EXPLAIN") == NULL && !is_one_row(sql))
    ask(sqlite3_db_handle(statement), sql);
  return 0;
}

/* SQLite calls it for every connection. */
static int
watch(sqlite3 *db, char **error, const void *routines)
{
  (void)error, (void)routines;
  return sqlite3_trace_v2(db, SQLITE_TRACE_PROFILE, note_statement, NULL);
}

static void
begin_watching(void)
{
  problems = g_string_new(NULL);
  sqlite3_auto_extension((void (*)(void))watch);
}

static void
end_watching(void)
{
  sqlite3_reset_auto_extension();
  if (problems->len > 0)
    fail_msg("%s", problems->str);
  g_string_free(problems, TRUE);
}

/* --- commands --- */

typedef bool (*Run)(Context *context, int argc, char **argv, GError **error);

/* Standard output has the results of the tests, and most lists here are empty. */
static int
silence(void)
{
  fflush(stdout);
  int saved = dup(STDOUT_FILENO), null = open("/dev/null", O_WRONLY);
  dup2(null, STDOUT_FILENO);
  close(null);
  return saved;
}

static void
speak(int saved)
{
  fflush(stdout);
  dup2(saved, STDOUT_FILENO);
  close(saved);
}

static void
run(const Fixture *f, Run command, const char *line)
{
  Context context = {.now = NOON, .no_pager = true, .quiet = true};
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) words = g_strsplit(line, " ", -1);
  g_autoptr(GPtrArray) argv = g_ptr_array_new();
  for (char **word = words; *word != NULL; word++)
    g_ptr_array_add(argv, *word);
  g_ptr_array_add(argv, (gpointer) "--db");
  g_ptr_array_add(argv, f->path);
  g_ptr_array_add(argv, NULL);
  running = line;
  int saved = silence();
  bool ok = command(&context, (int)argv->len - 1, (char **)argv->pdata, &error);
  speak(saved);
  if (!ok)
    fail_msg("%s: %s", line, error != NULL ? error->message : "no error");
  settings_free(context.settings);
  g_free(context.config_file);
  g_free(context.database);
}

static const char *const filters[] = {
    "--since 7d",
    "--until 7d",
    "--class spf",
    "--reason spf,dmarc",
    "--provider gmail",
    "--domain a.example",
    "--address a@a.example",
    "--kind delay",
    "--kind success",
    "--kind complaint",
    "--kind auto_reply",
    "--kind unreadable",
    "--class spf --since 7d --until 2d",
    "--domain a.example --reason blocked",
    "--kind delay --domain a.example",
    "--kind complaint --provider gmail",
    "--kind other --until 7d",
};

static void
test_list(void **state)
{
  static const char *const ends[] = {"", " --reverse", " --limit 20", " --limit 20 --reverse"};
  begin_watching();
  for (gsize end = 0; end < G_N_ELEMENTS(ends); end++) {
    g_autofree char *all = g_strconcat("list --format text", ends[end], NULL);
    sorting = true;
    run(*state, cmd_list, all);
    for (gsize i = 0; i < G_N_ELEMENTS(filters); i++) {
      g_autofree char *line = g_strconcat("list ", filters[i], ends[end], NULL);
      sorting = strstr(line, "--address") == NULL;
      run(*state, cmd_list, line);
    }
  }
  sorting = false;
  end_watching();
  assert_true(asked >= 2 * G_N_ELEMENTS(ends) * G_N_ELEMENTS(filters));
}

/* What is told on a terminal after the rows. */
static void
test_list_count(void **state)
{
  static const StoreFilter counted[] = {
      {0},
      {.classes = "spf"},
      {.domains = "a.example", .since = NOON - 7 * DAY},
      {.providers = "gmail", .since = NOON - 7 * DAY, .until = NOON},
      {.kind = "other"},
      {.kind = "delay", .reasons = "spf"},
  };
  begin_watching();
  g_autoptr(Store) store = fixture_open(*state, STORE_READ);
  for (gsize i = 0; i < G_N_ELEMENTS(counted); i++) {
    gint64 rows = -1;
    g_autoptr(GError) error = NULL;
    running = "count";
    if (!store_list_count(store, &counted[i], &rows, &error))
      fail_msg("%s", error->message);
    check_int("rows", rows, i == 0 ? 2 : i == 2);
  }
  g_clear_pointer(&store, store_free);
  end_watching();
}

static void
test_commands(void **state)
{
  static const struct {
    Run run;
    const char *line;
  } commands[] = {
      {cmd_show, "show a@a.example"},
      {cmd_show, "show nobody@a.example"},
      {cmd_show, "show f1"},
      {cmd_show, "show m1"},
      {cmd_explain, "explain f1"},
      {cmd_check, "check a@a.example nobody@a.example"},
      {cmd_stats, "stats"},
      {cmd_stats, "stats --json"},
      {cmd_stats, "stats --mail"},
      {cmd_trends, "trends"},
      {cmd_trends, "trends --since 7d --json"},
      {cmd_report, "report --addresses"},
      {cmd_report, "report --format json"},
      {cmd_report, "report --format prometheus"},
      {cmd_forget, "forget --dry-run a@a.example"},
      {cmd_prune, "prune --dry-run --older-than 2y"},
      {cmd_release, "release --dry-run --provider gmail --since 1d"},
  };
  begin_watching();
  for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
    run(*state, commands[i].run, commands[i].line);
  end_watching();
}

/* The views: those that count, and the others for an address. event and standing have a row for
 * each failure. */
static void
test_views(void **state)
{
  static const char *const queries[] = {
      "SELECT * FROM failure_by_day",
      "SELECT * FROM failure_by_provider",
      "SELECT * FROM sender_fault",
      "SELECT * FROM unknown_reply",
      "SELECT * FROM standing WHERE address = 'a@a.example'",
      "SELECT * FROM suppression WHERE address = 'a@a.example'",
      "SELECT * FROM event WHERE address = 'a@a.example'",
      "SELECT * FROM event WHERE message_id = 1",
      "SELECT * FROM held",
  };
  const Fixture *f = *state;
  sqlite3 *db = NULL;
  problems = g_string_new(NULL);
  sorting = false;
  asked = 0;
  sums = "daily_sum";
  assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
  for (gsize i = 0; i < G_N_ELEMENTS(queries); i++) {
    running = "view";
    ask(db, queries[i]);
  }
  sqlite3_close(db);
  sums = NULL;
  check_int("views", asked, G_N_ELEMENTS(queries));
  check_string("plans", problems->str, "");
  g_string_free(problems, TRUE);
}

enum {
  MESSAGES = 30,
  FIRST_TIMES = 4, /* what else lets SQLite compile a statement again, once each */
};

static int
note_compiled_again(unsigned type, void *context, void *statement, void *nanoseconds)
{
  (void)type, (void)context, (void)nanoseconds;
  asked++;
  if (sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_REPREPARE, 0) > FIRST_TIMES)
    g_string_append_printf(problems, "\n%s", sqlite3_sql(statement));
  return 0;
}

static int
watch_compiling(sqlite3 *db, char **error, const void *routines)
{
  (void)error, (void)routines;
  return sqlite3_trace_v2(db, SQLITE_TRACE_PROFILE, note_compiled_again, NULL);
}

/* A statement whose plan depends on a parameter is compiled again for each value. The condition of
 * an index can make one of it ("WHERE reason = 'undefined'"), and then each message pays for that.
 */
static void
test_recording_compiles_once(void **state)
{
  Fixture *f = *state;
  static const Reason reasons[] = {REASON_USER_UNKNOWN, REASON_MAILBOX_FULL, REASON_UNDEFINED,
                                   REASON_BLOCKED, REASON_USER_UNKNOWN};
  problems = g_string_new(NULL);
  asked = 0;
  sqlite3_auto_extension((void (*)(void))watch_compiling);
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  for (gsize i = 0; i < MESSAGES; i++) {
    g_autofree char *address = g_strdup_printf("r%d@r.example", (int)i);
    g_autoptr(Report) report = bounce_of(address, reasons[i % G_N_ELEMENTS(reasons)]);
    record(f, store, report, NOON);
  }
  g_clear_pointer(&store, store_free);
  end_watching();
  assert_true(asked > MESSAGES);
}

static int
setup(void **state)
{
  fixture_setup(state);
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  g_autoptr(Report) recent = bounce_of("a@a.example", REASON_USER_UNKNOWN);
  g_autoptr(Report) old = bounce_of("b@b.example", REASON_MAILBOX_FULL);
  record(f, store, old, NOON - 30 * DAY);
  record(f, store, recent, NOON - DAY);
  return 0;
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_list, setup, fixture_teardown),
      cmocka_unit_test_setup_teardown(test_list_count, setup, fixture_teardown),
      cmocka_unit_test_setup_teardown(test_commands, setup, fixture_teardown),
      cmocka_unit_test_setup_teardown(test_views, setup, fixture_teardown),
      cmocka_unit_test_setup_teardown(test_recording_compiles_once, setup, fixture_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
