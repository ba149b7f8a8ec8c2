/* Incremental exports: applying what "export --cursor" prints gives what a full export prints. */
#include "config.h"

#include "lib/store-fixture.h"

#include "store/store-thresholds.h"
#include "cmd/cmd.h"

enum { ROUNDS = 1000, ADDRESSES = 40 };

/* bouncedb export ARGUMENT..., in this process. */
static int export(const Fixture *f, GError **error, const char *const *arguments)
{
  g_autoptr(GPtrArray) argv = g_ptr_array_new_with_free_func(g_free);
  g_ptr_array_add(argv, g_strdup("export"));
  g_ptr_array_add(argv, g_strdup("--db"));
  g_ptr_array_add(argv, g_strdup(f->path));
  for (; *arguments != NULL; arguments++)
    g_ptr_array_add(argv, g_strdup(*arguments));
  g_autofree char **copy = g_memdup2(argv->pdata, argv->len * sizeof(char *));
  Context context = {.now = NOON};
  int status = cmd_export(&context, (int)argv->len, copy, error);
  settings_free(context.settings);
  g_free(context.config_file);
  g_free(context.database);
  return status;
}

static void
must_export(const Fixture *f, const char *const *arguments)
{
  g_autoptr(GError) error = NULL;
  export(f, &error, arguments);
  if (error != NULL)
    fail_msg("%s", error->message);
}

/* A program that reads the increments of one cursor. */
typedef struct {
  const char *cursor, *format, *filter, *value;
  bool changes;
  GHashTable *has; /* (element-type char*) */
} Consumer;

static char *
read_file(const Fixture *f, const char *name)
{
  g_autofree char *path = g_build_filename(f->folder, name, NULL);
  char *text = NULL;
  assert_true(g_file_get_contents(path, &text, NULL, NULL));
  return text;
}

static void
apply_line(Consumer *consumer, bool add, const char *address)
{
  if (add)
    g_hash_table_add(consumer->has, g_strndup(address, strcspn(address, ",")));
  else
    g_hash_table_remove(consumer->has, address);
}

static void
apply_file(const Fixture *f, Consumer *consumer, const char *name, bool add)
{
  g_autofree char *text = read_file(f, name);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  for (char **line = lines; *line != NULL && **line != '\0'; line++) {
    char *tab = strchr(*line, '\t');
    if (tab != NULL)
      *tab = '\0';
    apply_line(consumer, tab != NULL ? strcmp(*line, "add") == 0 : add,
               tab != NULL ? tab + 1 : *line);
  }
}

static void
consume(const Fixture *f, Consumer *consumer)
{
  g_autofree char *path = g_build_filename(f->folder, "out.txt", NULL);
  const char *const arguments[] = {"--cursor",
                                   consumer->cursor,
                                   "--format",
                                   consumer->format,
                                   consumer->filter,
                                   consumer->value,
                                   "--output",
                                   path,
                                   consumer->changes ? "--changes" : NULL,
                                   NULL};
  must_export(f, arguments);
  apply_file(f, consumer, "out.txt", true);
  if (!consumer->changes)
    apply_file(f, consumer, "out-removed.txt", false);
}

static void
compare(const Fixture *f, const Consumer *consumer, int round)
{
  g_autofree char *path = g_build_filename(f->folder, "full.txt", NULL);
  const char *const arguments[] = {
      "--format", consumer->format, consumer->filter, consumer->value, "--output", path, NULL};
  must_export(f, arguments);
  g_autofree char *text = read_file(f, "full.txt");
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  guint n = 0;
  for (; lines[n] != NULL && *lines[n] != '\0'; n++) {
    lines[n][strcspn(lines[n], ",")] = '\0';
    if (!g_hash_table_contains(consumer->has, lines[n]))
      fail_msg("round %d, %s: %s is missing", round, consumer->cursor, lines[n]);
  }
  if (g_hash_table_size(consumer->has) != n)
    fail_msg("round %d, %s: has %u, full export %u", round, consumer->cursor,
             g_hash_table_size(consumer->has), n);
}

static const char *const changes[] = {
    /* fails, for various reasons */
    "INSERT INTO message (digest, kind, received_at, size, notes, recipients, repeated)"
    " VALUES (randomblob(32), 'bounce', 0, 0, 0, 1, 0);"
    "INSERT INTO failure (message_id, failed_at, recipient, recipient_domain, class, reason, party)"
    " VALUES (last_insert_rowid(), @day@ * 86400, 'R@number@@@domain@', '@domain@', 'permanent', "
    "'user_unknown',"
    "  'recipient')",
    "INSERT INTO message (digest, kind, received_at, size, notes, recipients, repeated)"
    " VALUES (randomblob(32), 'bounce', 0, 0, 0, 1, 0);"
    "INSERT INTO failure (message_id, failed_at, recipient, recipient_domain, class, reason, party)"
    " VALUES (last_insert_rowid(), @day@ * 86400, 'r@number@@@domain@', '@domain@', 'transient', "
    "'undefined',"
    "  'unknown')",
    "INSERT INTO message (digest, kind, received_at, size, notes, recipients, repeated)"
    " VALUES (randomblob(32), 'complaint', 0, 0, 0, 1, 0);"
    "INSERT INTO complaint (message_id, complained_at, recipient, recipient_domain)"
    " VALUES (last_insert_rowid(), @day@ * 86400, 'r@number@@@domain@', '@domain@')",
    /* is lifted, allowed, suppressed by hand */
    "DELETE FROM suppression WHERE address = 'r@number@@@domain@'",
    "DELETE FROM override WHERE address = 'r@number@@@domain@'",
    "DELETE FROM override WHERE address = 'r@number@@@domain@';"
    "INSERT INTO override (address, recipient, recipient_domain, verdict, by_uid, at)"
    " VALUES ('r@number@@@domain@', 'r@number@@@domain@', '@domain@', 'allow', 0, @day@ * 86400)",
    "DELETE FROM override WHERE address = 'r@number@@@domain@';"
    "INSERT INTO override (address, recipient, recipient_domain, verdict, by_uid, at)"
    " VALUES ('r@number@@@domain@', 'r@number@@@domain@', '@domain@', 'suppress', 0, @day@ * "
    "86400)",
};

static char *
replace(char *text, const char *mark, const char *value)
{
  g_auto(GStrv) pieces = g_strsplit(text, mark, -1);
  g_free(text);
  return g_strjoinv(value, pieces);
}

/* Applies the consequences of what the test wrote by SQL. */
static void
reweigh(const Fixture *f)
{
  const Decision decision = {.command = "db reweigh", .now = NOON};
  gint64 lifted, added;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  assert_true(store_begin(store, NULL));
  assert_true(store_reweigh(store, &decision, &lifted, &added, NULL));
  assert_true(store_commit(store, NULL));
}

static void
change(const Fixture *f, sqlite3 *db, GRand *random, int round)
{
  int number = g_rand_int_range(random, 0, ADDRESSES);
  g_autofree char *day = g_strdup_printf("%d", 20000 + round);
  g_autofree char *address = g_strdup_printf("%d", number);
  char *sql = g_strdup(changes[g_rand_int_range(random, 0, G_N_ELEMENTS(changes))]);
  sql = replace(sql, "@day@", day);
  sql = replace(sql, "@number@", address);
  sql = replace(sql, "@domain@", number % 3 == 0 ? "school.example" : "campus.example");
  char *message = NULL;
  if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
    fail_msg("%s: %s", sql, message);
  if (strstr(sql, "INSERT") != NULL)
    reweigh(f);
  g_free(sql);
}

/* As if the export had been killed before it moved the cursor: the next one repeats it. */
static void
forget_move(sqlite3 *db, const Fixture *f, Consumer *consumer)
{
  char *sql = sqlite3_mprintf("SELECT seq FROM cursor WHERE name = %Q", consumer->cursor);
  g_autofree char *seq = sql_text(f, sql);
  sqlite3_free(sql);
  consume(f, consumer);
  sql = sqlite3_mprintf("UPDATE cursor SET seq = %s WHERE name = %Q", seq, consumer->cursor);
  assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
  sqlite3_free(sql);
}

static void
test_round_trip(void **state)
{
  Fixture *f = *state;
  Consumer consumers[] = {
      {.cursor = "all",
       .format = "plain",
       .filter = "--class",
       .value = "permanent,transient,complaint,manual",
       .changes = true},
      {.cursor = "domain", .format = "ses", .filter = "--domain", .value = "school.example"},
      {.cursor = "reason", .format = "plain", .filter = "--reason", .value = "undefined,manual"},
  };
  sqlite3 *db = NULL;
  assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
  assert_int_equal(sqlite3_exec(db, "PRAGMA synchronous = OFF", NULL, NULL, NULL), SQLITE_OK);
  g_autoptr(GRand) random = g_rand_new_with_seed(20261121);
  for (gsize i = 0; i < G_N_ELEMENTS(consumers); i++)
    consumers[i].has = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (int round = 0; round < ROUNDS; round++) {
    for (int n = g_rand_int_range(random, 1, 4); n > 0; n--)
      change(f, db, random, round);
    Consumer *consumer = &consumers[round % (int)G_N_ELEMENTS(consumers)];
    if (round > 10 && round % 10 == 0)
      forget_move(db, f, consumer);
    if (round % 20 == 1) /* more happens before the export is repeated */
      change(f, db, random, round);
    consume(f, consumer);
    compare(f, consumer, round);
  }
  for (gsize i = 0; i < G_N_ELEMENTS(consumers); i++)
    g_hash_table_unref(consumers[i].has);
  sqlite3_close(db);
}

#define store_test(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int
main(void)
{
  const struct CMUnitTest tests[] = {store_test(test_round_trip)};
  g_setenv("HOME", "/nonexistent", TRUE);
  g_unsetenv("XDG_CONFIG_HOME");
  return cmocka_run_group_tests_name("cursor", tests, NULL, NULL);
}
