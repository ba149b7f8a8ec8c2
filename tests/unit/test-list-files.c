/* List files. */
#include "config.h"

#include "lib/store-fixture.h"

#include <glib/gstdio.h>
#include <sys/stat.h>

#include "export/list-files.h"

static ListFile
plain_list(const char *path)
{
  return (ListFile){.path = (char *)path, .format = format_find("plain")};
}

static bool
update(Store *store, const ListFile *list, GError **error)
{
  g_autoptr(GPtrArray) lists = g_ptr_array_new();
  g_ptr_array_add(lists, (gpointer)list);
  return list_files_update(store, lists, error);
}

static void
check_file(Store *store, const ListFile *list, const char *want)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *got = NULL;
  if (!update(store, list, &error))
    fail_msg("%s", error->message);
  assert_true(g_file_get_contents(list->path, &got, NULL, NULL));
  check_string("list", got, want);
}

static void
check_list(Store *store, const char *path, const char *want)
{
  const ListFile list = plain_list(path);
  check_file(store, &list, want);
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
  check_list(store, path, "ada@school.example\ncyd@school.example\n");
  assert_int_equal(sql_run(f, "DELETE FROM suppression WHERE address LIKE 'ada@%'"), SQLITE_OK);
  check_list(store, path, "cyd@school.example\n");
}

static gint64
inode(const char *path)
{
  struct stat st;
  assert_int_equal(stat(path, &st), 0);
  return (gint64)st.st_ino;
}

/* The file is written if something has changed, and only then. Whatever left it in another state,
 * the next run repairs it. */
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
  assert_true(g_file_set_contents(path, "", 0, NULL)); /* by a crash, or by mistake */
  check_list(store, path, "ada@school.example\n");
  g_unlink(path);
  check_list(store, path, "ada@school.example\n");
  g_autofree char *draft = g_strconcat(path, ".new", NULL);
  assert_true(g_file_set_contents(draft, "half a li", -1, NULL));
  fails(f, store, "bob@school.example");
  check_list(store, path, "ada@school.example\nbob@school.example\n");
  g_unlink(path);
  check_list(store, path, "ada@school.example\nbob@school.example\n");
  assert_false(g_file_test(draft, G_FILE_TEST_EXISTS));
}

/* New addresses are appended: the file stays the same, in the order of their arrival. */
static void
test_append(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  g_autofree char *path = g_build_filename(f->folder, "suppressed.txt", NULL);
  fails(f, store, "bob@school.example");
  check_list(store, path, "bob@school.example\n");
  gint64 before = inode(path);
  fails(f, store, "ada@school.example");
  check_list(store, path, "bob@school.example\nada@school.example\n");
  check_int("appended", inode(path), before);
  g_autofree char *text = g_strdup("bob@school.example\nada@school.example\ncyd@scho");
  assert_true(g_file_set_contents(path, text, -1, NULL)); /* half a line reached the disk */
  fails(f, store, "cyd@school.example");
  check_list(store, path, "ada@school.example\nbob@school.example\ncyd@school.example\n");
}

/* Several changes at once: removals, or an address that is added again. */
static void
test_several_changes(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  g_autofree char *path = g_build_filename(f->folder, "suppressed.txt", NULL);
  check_list(store, path, "");
  fails(f, store, "b@school.example");
  fails(f, store, "a@school.example");
  check_list(store, path, "a@school.example\nb@school.example\n");
  assert_int_equal(sql_run(f, "DELETE FROM suppression WHERE address LIKE 'b@%'"), SQLITE_OK);
  Report *again = bounce_of("b@school.example", REASON_USER_UNKNOWN);
  record(f, store, again, NOON + DAY);
  report_free(again);
  check_list(store, path, "a@school.example\nb@school.example\n");
}

/* Another format, selection or database makes another list. */
static void
test_other_settings(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  g_autofree char *path = g_build_filename(f->folder, "suppressed.txt", NULL);
  fails(f, store, "ada@school.example");
  fails(f, store, "bob@campus.example");
  check_list(store, path, "ada@school.example\nbob@campus.example\n");
  ListFile list = plain_list(path);
  assert_true(selection_set(&list.selection, "domain", "Campus.example", 0));
  check_file(store, &list, "bob@campus.example\n");
  fails(f, store, "cyd@school.example");
  fails(f, store, "dan@campus.example");
  check_file(store, &list, "bob@campus.example\ndan@campus.example\n");
  selection_clear(&list.selection);
  list.format = format_find("mautic");
  assert_true(selection_set(&list.selection, "reason", "user_unknown", 0));
  check_file(store, &list,
             "email,doNotEmail\nada@school.example,1\nbob@campus.example,1\n"
             "cyd@school.example,1\ndan@campus.example,1\n");
  selection_clear(&list.selection);
}

static void
test_other_database(void **state)
{
  Fixture *f = *state;
  g_autofree char *path = g_build_filename(f->folder, "suppressed.txt", NULL);
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  fails(f, store, "ada@school.example");
  check_list(store, path, "ada@school.example\n");
  g_autofree char *other = g_build_filename(f->folder, "other.db", NULL);
  assert_true(store_create(other, NULL));
  g_clear_pointer(&store, store_free);
  store = store_open(other, STORE_WRITE, NULL);
  fails(f, store, "bob@school.example");
  check_list(store, path, "bob@school.example\n");
}

/* A list that cannot be written does not keep the others from being written. */
static void
test_several_lists(void **state)
{
  Fixture *f = *state;
  g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
  g_autoptr(GPtrArray) lists = g_ptr_array_new();
  g_autoptr(GError) error = NULL;
  g_autofree char *bad = g_build_filename(f->folder, "no", "list", NULL);
  g_autofree char *good = g_build_filename(f->folder, "list", NULL);
  ListFile first = plain_list(bad), second = plain_list(good);
  g_ptr_array_add(lists, &first);
  g_ptr_array_add(lists, &second);
  fails(f, store, "ada@school.example");
  assert_false(list_files_update(store, lists, &error));
  assert_non_null(strstr(error->message, bad));
  bool current;
  assert_true(list_file_is_current(store, &second, &current, NULL));
  assert_true(current);
  assert_true(list_file_is_current(store, &first, &current, NULL));
  assert_false(current);
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
  const ListFile list = plain_list(path);
  assert_false(update(store, &list, &error));
  assert_int_equal(error->code, BOUNCEDB_ERROR_TEMPFAIL);
  assert_true(store_begin(store, NULL)); /* the ticket has been released */
  store_rollback(store);
}

#define store_test(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int
main(void)
{
  const struct CMUnitTest tests[] = {
      store_test(test_update),         store_test(test_only_when_changed),
      store_test(test_append),         store_test(test_several_changes),
      store_test(test_other_settings), store_test(test_other_database),
      store_test(test_several_lists),  store_test(test_access),
      store_test(test_failure),
  };
  return cmocka_run_group_tests_name("suppress", tests, NULL, NULL);
}
