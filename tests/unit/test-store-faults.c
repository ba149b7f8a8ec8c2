/* The store in a broken environment: nothing is written, nothing is lost, and the error says what
 * to do. */
#include "config.h"

#include "lib/store-fixture.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <pwd.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/embedded.h"

static void
check_fails(const char *what, bool ok, GError **error, const char *words)
{
  if (ok)
    fail_msg("%s: succeeded", what);
  assert_true((*error)->domain == BOUNCEDB_ERROR && (*error)->code == BOUNCEDB_ERROR_TEMPFAIL);
  if (strstr((*error)->message, words) == NULL)
    fail_msg("%s: \"%s\" does not say \"%s\"", what, (*error)->message, words);
  g_clear_error(error);
}

static bool
try_record(const char *path, gint64 letter, GError **error)
{
  g_autoptr(Store) store = store_open(path, STORE_WRITE, error);
  g_autoptr(Report) report = bounce_of("ada@school.example", REASON_USER_UNKNOWN);
  StoreMessage message = message_of(letter, NOON);
  Recorded recorded;
  return store != NULL && store_begin(store, error) &&
         store_record(store, report, &message, &recorded, error) && store_commit(store, error);
}

/* --- not a database --- */

static void
test_other_files(void **state)
{
  Fixture *f = *state;
  g_autofree char *real = g_strconcat(f->path, ".real", NULL);
  static const struct {
    const char *what, *content; /* NULL = see below */
    const char *words;
  } cases[] = {
      {"emptied", "", "the file is empty"},
      {"text",
       "bouncedb is a program that records bounces in a database of its own. "
       "This file is longer than the header of a database, but is not a database.",
       "not a database, or damaged"},
      {"missing", NULL, "there is no database"},
      {"folder", NULL, "not a regular file"},
      {"link", NULL, "not a regular file"},
      {"foreign", NULL, "not a bouncedb database"},
      {"newer", NULL, "newer bouncedb"},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    const char *what = cases[i].what;
    g_autoptr(GError) error = NULL;
    remove(f->path);
    if (cases[i].content != NULL)
      assert_true(g_file_set_contents(f->path, cases[i].content, -1, NULL));
    else if (strcmp(what, "folder") == 0)
      assert_int_equal(g_mkdir(f->path, 0700), 0);
    else if (strcmp(what, "link") == 0)
      assert_int_equal(symlink(real, f->path), 0);
    else if (strcmp(what, "foreign") == 0)
      assert_int_equal(sql_run(f, "CREATE TABLE bookmarks (url)"), SQLITE_OK);
    else if (strcmp(what, "newer") == 0)
      assert_int_equal(sql_run(f, "PRAGMA application_id = 1651401572; PRAGMA user_version = 1000"),
                       SQLITE_OK);
    check_fails(what, try_record(f->path, 1, &error), &error, cases[i].words);
    g_autoptr(Store) reader = store_open(f->path, STORE_READ, &error);
    check_fails(what, reader != NULL, &error, cases[i].words);
  }
}

static void
put_database(const Fixture *f, const char *bytes, gsize size)
{
  g_autofree char *log = g_strconcat(f->path, "-wal", NULL);
  g_autofree char *index = g_strconcat(f->path, "-shm", NULL);
  remove(log);
  remove(index);
  assert_true(g_file_set_contents(f->path, bytes, (gssize)size, NULL));
}

/* Damage anywhere is reported or not noticed, but never crashes. */
static void
test_damage(void **state)
{
  Fixture *f = *state;
  g_autofree char *sound = NULL;
  gsize size;
  assert_true(try_record(f->path, 1, NULL));
  assert_int_equal(sql_run(f, "PRAGMA wal_checkpoint(TRUNCATE)"), SQLITE_OK);
  assert_true(g_file_get_contents(f->path, &sound, &size, NULL));
  for (gsize at = 0; at < size; at += at < 128 ? 9 : 1024) {
    g_autofree char *damaged = g_memdup2(sound, size);
    g_autoptr(GError) error = NULL;
    memset(damaged + at, 0xa5, MIN(24, size - at));
    put_database(f, damaged, size);
    if (!try_record(f->path, 2, &error))
      assert_true(error->domain == BOUNCEDB_ERROR && error->code == BOUNCEDB_ERROR_TEMPFAIL);
  }
  for (gsize length = size - 4096; length > 0; length -= MIN(length, 16384)) {
    g_autoptr(GError) error = NULL;
    put_database(f, sound, length);
    if (!try_record(f->path, 3, &error))
      assert_true(error->domain == BOUNCEDB_ERROR && error->code == BOUNCEDB_ERROR_TEMPFAIL);
  }
  put_database(f, sound, size);
  assert_true(try_record(f->path, 4, NULL));
  check_sql(f, "SELECT count(*) FROM message", "2");
}

/* --- limits --- */

static void
test_size_limit(void **state)
{
  Fixture *f = *state;
  g_autoptr(GError) error = NULL;
  struct rlimit limit, small;
  signal(SIGXFSZ, SIG_IGN);
  getrlimit(RLIMIT_FSIZE, &limit);
  small = limit;
  small.rlim_cur = 8192;
  setrlimit(RLIMIT_FSIZE, &small);
  bool ok = try_record(f->path, 1, &error);
  setrlimit(RLIMIT_FSIZE, &limit);
  check_fails("over the limit", ok, &error, "mailbox_size_limit");
  assert_true(try_record(f->path, 1, NULL));
  check_sql(f, "SELECT count(*) FROM message", "1");
}

/* Tried as the user nobody, because root may do anything. 0 = the store fails, and says words. */
static int
try_as_nobody(const Fixture *f, StoreMode mode, const char *words)
{
  pid_t child = check_fork();
  if (child == 0) {
    g_autoptr(GError) error = NULL;
    struct passwd *nobody = getpwnam("nobody");
    if (geteuid() == 0 && (nobody == NULL || setuid(nobody->pw_uid) != 0))
      _exit(2);
    g_autoptr(Store) store = store_open(f->path, mode, &error);
    _exit(store != NULL || error->code != BOUNCEDB_ERROR_TEMPFAIL ||
          strstr(error->message, words) == NULL);
  }
  int status;
  waitpid(child, &status, 0);
  return status;
}

static void
test_permissions(void **state)
{
  Fixture *f = *state;
  assert_int_equal(chmod(f->path, 0), 0);
  check_int("no access", try_as_nobody(f, STORE_WRITE, f->path), 0);
  assert_int_equal(chmod(f->path, 0644), 0);
  assert_int_equal(chmod(f->folder, 0555), 0);
  check_int("a folder that is not ours", try_as_nobody(f, STORE_WRITE, "bounce.db"), 0);
  check_int("no place for the log", try_as_nobody(f, STORE_READ, "bouncedb db snapshot"), 0);
  assert_int_equal(chmod(f->folder, 0700), 0);
  assert_int_equal(chmod(f->path, 0600), 0);
  assert_true(try_record(f->path, 1, NULL));
}

/* --- the queue --- */

static void
test_ticket(void **state)
{
  Fixture *f = *state;
  g_autoptr(GError) error = NULL;
  g_autofree char *lock = g_strconcat(f->path, ".lock", NULL);
  const StoreOptions options = {.wait_ms = 300};
  g_autoptr(Store) store = store_open_with(f->path, STORE_WRITE, &options, NULL);
  int other = open(lock, O_RDWR);
  assert_int_equal(flock(other, LOCK_EX), 0);
  gint64 start = g_get_monotonic_time();
  check_fails("held", store_begin(store, &error), &error, "held the lock of the database");
  assert_true(g_get_monotonic_time() - start >= 250000);
  assert_int_equal(flock(other, LOCK_UN), 0);
  assert_true(store_begin(store, NULL));
  store_rollback(store);
  close(other);
}

/* Waiting keeps an alarm that was set before. */
static void
test_ticket_keeps_alarm(void **state)
{
  Fixture *f = *state;
  g_autofree char *lock = g_strconcat(f->path, ".lock", NULL);
  const StoreOptions options = {.wait_ms = 200};
  g_autoptr(Store) store = store_open_with(f->path, STORE_WRITE, &options, NULL);
  int other = open(lock, O_RDWR);
  assert_int_equal(flock(other, LOCK_EX), 0);
  alarm(10000);
  assert_false(store_begin(store, NULL));
  assert_in_range(alarm(0), 9000, 10000);
  close(other);
}

enum { WRITERS = 8, LETTERS = 50 };

/* Every writer has messages of its own, and ten that all of them have. */
static int
write_letters(const char *path, int writer, const StoreOptions *options)
{
  for (int i = 0; i < LETTERS; i++) {
    bool shared = i % 5 == 0;
    g_autoptr(Store) store = store_open_with(path, STORE_WRITE, options, NULL);
    g_autofree char *address = g_strdup_printf("u%d@h.example", shared ? i : writer * 1000 + i);
    g_autoptr(Report) report = bounce_of(address, REASON_USER_UNKNOWN);
    StoreMessage message = message_of(shared ? i : writer * 1000 + i, NOON);
    Recorded recorded;
    if (store == NULL || !store_begin(store, NULL) ||
        !store_record(store, report, &message, &recorded, NULL) || !store_commit(store, NULL))
      return 1;
  }
  return 0;
}

static void
check_writers(Fixture *f, const StoreOptions *options)
{
  for (int writer = 1; writer <= WRITERS; writer++)
    if (check_fork() == 0)
      _exit(write_letters(f->path, writer, options));
  for (int writer = 1; writer <= WRITERS; writer++) {
    int status;
    wait(&status);
    check_int("writer", status, 0);
  }
  check_sql(f, "PRAGMA integrity_check", "ok");
  check_sql(f, "SELECT count(*) FROM message", "330"); /* 8 * 40 + 10 */
  check_sql(f, "SELECT count(*) FROM failure", "330");
  check_sql(f, "SELECT count(*) FROM suppression", "330");
}

static void
test_writers(void **state)
{
  check_writers(*state, NULL);
}

static void
test_writers_network(void **state)
{
  const StoreOptions options = {.network = true};
  Fixture *f = *state;
  check_writers(f, &options);
  check_sql(f, "PRAGMA journal_mode", "delete"); /* not WAL */
}

/* --- creating --- */

static void
test_first_use(void **state)
{
  Fixture *f = *state;
  g_autofree char *path = g_build_filename(f->folder, "share", "bouncedb", "b.db", NULL);
  g_autoptr(GError) error = NULL;
  struct stat st;
  g_autoptr(Store) first = store_open_default(path, NULL, NULL),
                   second = store_open_default(path, NULL, NULL);
  assert_non_null(first);
  assert_non_null(second);
  assert_int_equal(stat(path, &st), 0);
  check_int("mode", st.st_mode & 0777, 0600);
  g_unlink(path);
  g_autoptr(Store) gone = store_open_default(path, NULL, &error);
  check_fails("gone", gone != NULL, &error, "the database is gone");
  assert_true(store_create(path, NULL)); /* the user asked for it */
  g_autoptr(Store) again = store_open_default(path, NULL, NULL);
  assert_non_null(again);
}

static void
test_foreign_home(void **state)
{
  (void)state;
  if (geteuid() == 0)
    return; /* root owns everything */
  g_autoptr(GError) error = NULL;
  g_autoptr(Store) store = store_open_default("/no-such-home/user/b.db", NULL, &error);
  check_fails("not ours", store != NULL, &error, "belongs to another user");
}

/* A process that was killed while it built the database leaves a draft, and perhaps an unmarked
 * lock file. */
static void
test_killed_while_building(void **state)
{
  Fixture *f = *state;
  g_autofree char *path = g_build_filename(f->folder, "late.db", NULL);
  g_autofree char *draft = g_strconcat(path, ".new", NULL),
                  *lock = g_strconcat(path, ".lock", NULL);
  assert_true(g_file_set_contents(draft, "SQLite form", -1, NULL));
  assert_true(g_file_set_contents(lock, "", 0, NULL));
  g_autoptr(Store) store = store_open_default(path, NULL, NULL);
  assert_non_null(store);
  assert_false(g_file_test(draft, G_FILE_TEST_EXISTS));
}

static void
test_created_at_once(void **state)
{
  Fixture *f = *state;
  g_autofree char *path = g_build_filename(f->folder, "new", "b.db", NULL);
  for (int i = 0; i < WRITERS; i++)
    if (check_fork() == 0) {
      g_autoptr(Store) store = store_open_default(path, NULL, NULL);
      _exit(store == NULL);
    }
  for (int i = 0; i < WRITERS; i++) {
    int status;
    wait(&status);
    check_int("creator", status, 0);
  }
}

static void
test_migration(void **state)
{
  Fixture *f = *state;
  g_autoptr(GError) error = NULL;
  g_unlink(f->path);
  assert_int_equal(sql_run(f, embedded_schema[0].text), SQLITE_OK);
  g_autoptr(Store) reader = store_open(f->path, STORE_READ, &error);
  check_fails("older", reader != NULL, &error, "db migrate");
  assert_true(try_record(f->path, 1, NULL));
  check_sql(f, "SELECT count(*) FROM suppression", "1");
}

/* A database of version 2 with rows: they are kept, and the later steps apply to them. */
static void
test_migration_with_rows(void **state)
{
  static const char rows[] =
      "INSERT INTO message (digest, kind, received_at, size, notes, recipients, repeated)"
      " VALUES (zeroblob(32), 'bounce', 1577880000, 0, 0, 0, 0);"
      "INSERT INTO failure (message_id, failed_at, recipient, recipient_domain, class, reason,"
      "  party) VALUES"
      " (1, 1577966400, 'Bob@x.example', 'x.example', 'permanent', 'user_unknown', 'recipient'),"
      " (1, 1577880000, 'cyd@x.example', 'x.example', 'spf', 'spf', 'sender');"
      "INSERT INTO entry (address, recipient, recipient_domain, class, reason, since, message_id,"
      "  failure_id, days, span, window) VALUES ('bob@x.example', 'Bob@x.example', 'x.example',"
      "  'permanent', 'user_unknown', 1577966400, 1, 1, 1, 0, 180);";
  Fixture *f = *state;
  g_unlink(f->path);
  for (const EmbeddedFile *file = embedded_schema; g_ascii_strtoll(file->name, NULL, 10) <= 2;
       file++)
    assert_int_equal(sql_run(f, file->text), SQLITE_OK);
  assert_int_equal(sql_run(f, rows), SQLITE_OK);
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  assert_non_null(store);
  check_sql(f, "SELECT group_concat(recipient || ' ' || reason) FROM suppression",
            "Bob@x.example user_unknown");
  check_sql(f, "SELECT group_concat(address || ' ' || event) FROM event",
            "bob@x.example failure,cyd@x.example failure");
  check_sql(f, "SELECT reason FROM sender_fault", "spf");
  check_sql(f, "SELECT group_concat(op || address) FROM change", "addbob@x.example");
  check_sql(f, "PRAGMA foreign_key_check", NULL);
}

/* If weighing fails halfway, nothing of the message is recorded, and the same store accepts the
 * message afterwards. */
static void
test_fails_halfway(void **state)
{
  static const char *const tables[] = {"guard",   "override",  "tally",   "entry",    "change",
                                       "release", "threshold", "failure", "delivery", "complaint"};
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  assert_int_equal(sql_run(f, "UPDATE guard SET max_new = 1000, provider_factor = 3"), SQLITE_OK);
  for (size_t i = 0; i < G_N_ELEMENTS(tables); i++) {
    g_autofree char *reached = g_strdup_printf("c%zu@b.example", i);
    g_autofree char *address = g_strdup_printf("a%zu@b.example", i);
    g_autoptr(Report) before = bounce_of(reached, REASON_EXPIRED);
    record(f, store, before, NOON);
    g_autoptr(Report) report = bounce_of(address, REASON_USER_UNKNOWN);
    report_fails(report, "days@b.example", REASON_UNDEFINED);
    report_fails(report, reached, REASON_NONE)->action = ACTION_DELIVERED;
    g_autofree char *count = sql_text(f, "SELECT count(*) FROM message");
    g_autofree char *away = g_strdup_printf("ALTER TABLE \"%s\" RENAME TO away", tables[i]);
    g_autofree char *back = g_strdup_printf("ALTER TABLE away RENAME TO \"%s\"", tables[i]);
    assert_int_equal(sql_run(f, away), SQLITE_OK);
    StoreMessage message = message_of(++f->letters, NOON + (gint64)i * DAY);
    Recorded recorded;
    g_autoptr(GError) error = NULL;
    assert_true(store_begin(store, NULL));
    check_fails(tables[i], store_record(store, report, &message, &recorded, &error), &error,
                tables[i]);
    store_rollback(store);
    check_sql(f, "SELECT count(*) FROM message", count);
    assert_int_equal(sql_run(f, back), SQLITE_OK);
    assert_true(record_message(store, report, &message).suppression);
  }
  check_sql(f, "SELECT group_concat(n) FROM (SELECT count(*) AS n FROM entry GROUP BY reason)",
            "1,10");
}

#define store_test(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int
main(void)
{
  const struct CMUnitTest tests[] = {
      store_test(test_other_files),
      store_test(test_damage),
      store_test(test_size_limit),
      store_test(test_permissions),
      store_test(test_ticket),
      store_test(test_ticket_keeps_alarm),
      store_test(test_writers),
      store_test(test_writers_network),
      store_test(test_first_use),
      store_test(test_foreign_home),
      store_test(test_killed_while_building),
      store_test(test_created_at_once),
      store_test(test_migration),
      store_test(test_fails_halfway),
      store_test(test_migration_with_rows),
  };
  return cmocka_run_group_tests_name("store-faults", tests, NULL, NULL);
}
