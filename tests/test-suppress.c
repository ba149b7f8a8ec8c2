/* The list alongside. */
#include "store-fixture.h"

#include <glib/gstdio.h>
#include <sys/stat.h>

#include "suppress.h"

static void
test_listable(void **state)
{
  (void)state;
  static const struct {
    const char *address;
    bool want;
  } cases[] = {
      {"ada@school.example", true},
      {"o'neil+news@school.example", true},
      {"=a@school.example", true}, /* legal, and no list reader's syntax */
      {"jürgen@schule.example", true},
      {"a@b@c.example", false},
      {"\"a b\"@c.example", false},
      {"\"a\"@c.example", false},
      {"a b@c.example", false},
      {"a@c.example\n", false},
      {"a@c.example\nvictim@c.example", false},
      {"a@c.example,b@c.example", false},
      {"#a@c.example", false},
      {"a@", false},
      {"@c.example", false},
      {"root", false},
      {"", false},
      {"a\xff@c.example", false},
      {"a\xc2\xa0@c.example", false},     /* a blank that does not look like one */
      {"a\xe2\x80\xa8@c.example", false}, /* a line separator */
      {"a\x01@c.example", false},
      {"<a@c.example>", false},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
    check_int(cases[i].address, suppress_is_listable(cases[i].address), cases[i].want);
}

static void
check_list(Store *store, const char *path, const char *want)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *got = NULL;
  if (!suppress_update(store, path, &error))
    fail_msg("%s", error->message);
  assert_true(g_file_get_contents(path, &got, NULL, NULL));
  check_string("list", got, want);
}

static void
fails(Fixture *f, Store *store, const char *address)
{
  g_autoptr(Report) report = bounce_of(address, REASON_USER_UNKNOWN);
  record(f, store, report, NOON);
}

static void
test_update(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  g_autofree char *path = g_build_filename(f->folder, "suppressed.txt", NULL);
  check_list(store, path, "");
  fails(f, store, "Cyd@school.example");
  fails(f, store, "ada@school.example");
  fails(f, store, "\"bad one\"@school.example");
  check_list(store, path, "ada@school.example\nCyd@school.example\n");
  assert_int_equal(sql_run(f, "DELETE FROM suppression WHERE address LIKE 'ada@%'"), SQLITE_OK);
  check_list(store, path, "Cyd@school.example\n");
}

static gint64
inode(const char *path)
{
  struct stat st;
  assert_int_equal(stat(path, &st), 0);
  return (gint64)st.st_ino;
}

/* It is written when something changed and only then; by whatever hand it was left behind, the next
 * run mends it. */
static void
test_only_when_changed(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  g_autofree char *path = g_build_filename(f->folder, "suppressed.txt", NULL);
  fails(f, store, "ada@school.example");
  check_list(store, path, "ada@school.example\n");
  gint64 before = inode(path);
  fails(f, store, "ada@school.example"); /* suppressed already */
  check_list(store, path, "ada@school.example\n");
  check_int("not written again", inode(path), before);
  assert_true(g_file_set_contents(path, "", 0, NULL)); /* a run was killed, or a hand slipped */
  check_list(store, path, "ada@school.example\n");
  g_unlink(path);
  check_list(store, path, "ada@school.example\n");
  g_autofree char *draft = g_strconcat(path, ".new", NULL);
  assert_true(g_file_set_contents(draft, "half a li", -1, NULL));
  fails(f, store, "bob@school.example");
  check_list(store, path, "ada@school.example\nbob@school.example\n");
  assert_false(g_file_test(draft, G_FILE_TEST_EXISTS));
}

static void
test_access(void **state)
{
  Fixture *f = *state;
  struct stat st;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  g_autofree char *path = g_build_filename(f->folder, "suppressed.txt", NULL);
  check_list(store, path, "");
  assert_int_equal(stat(path, &st), 0);
  check_int("a new list is private", st.st_mode & 0777, 0600);
  assert_int_equal(chmod(path, 0644), 0);
  fails(f, store, "ada@school.example");
  check_list(store, path, "ada@school.example\n");
  assert_int_equal(stat(path, &st), 0);
  check_int("what it was given it keeps", st.st_mode & 0777, 0644);
}

static void
test_failure(void **state)
{
  Fixture *f = *state;
  g_autoptr(GError) error = NULL;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  g_autofree char *path = g_build_filename(f->folder, "no", "such", "folder.txt", NULL);
  assert_false(suppress_update(store, path, &error));
  assert_int_equal(error->code, BOUNCEDB_ERROR_TEMPFAIL);
  assert_true(store_begin(store, NULL)); /* the ticket was given back */
  store_rollback(store);
}

#define store_test(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_listable), store_test(test_update),  store_test(test_only_when_changed),
      store_test(test_access),         store_test(test_failure),
  };
  return cmocka_run_group_tests_name("suppress", tests, NULL, NULL);
}
