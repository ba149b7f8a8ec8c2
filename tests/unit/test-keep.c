#include "config.h"

#include "lib/check.h"

#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include "lib/scratch.h"

#include "intake/keep.h"

static char *folder;
static const guint8 digest[DIGEST_SIZE] = {0x01, 0xab, 0xff};

static char *
new_maildir(const char *name)
{
  return g_build_filename(folder, name, NULL);
}

static int
count(const char *maildir, const char *below)
{
  g_autofree char *path = g_build_filename(maildir, below, NULL);
  g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
  assert_non_null(dir);
  int n = 0;
  while (g_dir_read_name(dir) != NULL)
    n++;
  return n;
}

static void
keep(const char *maildir, const char *text)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(KeptMessage) letter = keep_begin(maildir, &error);
  assert_null(error);
  assert_true(keep_append(letter, text, strlen(text), NULL));
  assert_true(keep_finish(letter, NULL));
  check_int("not to be seen yet", count(maildir, "new"), 0);
  assert_true(keep_publish(letter, digest, NULL));
}

static void
test_keep(void **state)
{
  (void)state;
  g_autofree char *maildir = new_maildir("keep");
  keep(maildir, "Subject: hello\n\n");
  g_autofree char *path = keep_path(maildir, digest);
  assert_true(g_str_has_suffix(path, "/keep/new/01abff0000000000000000000000000000000000000000"
                                     "000000000000000000"));
  g_autofree char *text = NULL;
  assert_true(g_file_get_contents(path, &text, NULL, NULL));
  check_string("text", text, "Subject: hello\n\n");
  struct stat info;
  assert_int_equal(stat(path, &info), 0);
  check_int("mode", info.st_mode & 07777, 0600);
  assert_int_equal(stat(maildir, &info), 0);
  check_int("mode of the folder", info.st_mode & 07777, 0700);
  check_int("tmp", count(maildir, "tmp"), 0);
  check_int("cur", count(maildir, "cur"), 0);
}

/* A second delivery finds the message of the first, and leaves it. */
static void
test_again(void **state)
{
  (void)state;
  g_autofree char *maildir = new_maildir("again");
  keep(maildir, "one");
  g_autoptr(KeptMessage) letter = keep_begin(maildir, NULL);
  assert_true(keep_append(letter, "two", 3, NULL));
  assert_true(keep_publish(letter, digest, NULL));
  check_int("new", count(maildir, "new"), 1);
  check_int("tmp", count(maildir, "tmp"), 0);
  g_autofree char *path = keep_path(maildir, digest);
  g_autofree char *text = NULL;
  assert_true(g_file_get_contents(path, &text, NULL, NULL));
  check_string("text", text, "one");
}

static void
test_abandoned(void **state)
{
  (void)state;
  g_autofree char *maildir = new_maildir("abandoned");
  KeptMessage *letter = keep_begin(maildir, NULL);
  check_int("tmp", count(maildir, "tmp"), 1);
  kept_message_free(letter);
  check_int("tmp", count(maildir, "tmp"), 0);
  check_int("new", count(maildir, "new"), 0);
}

/* Files that a crash has left in tmp are removed after 36 hours; newer ones may be in use. */
static void
test_stale(void **state)
{
  (void)state;
  g_autofree char *maildir = new_maildir("stale");
  kept_message_free(keep_begin(maildir, NULL));
  g_autofree char *old = g_build_filename(maildir, "tmp", "old", NULL);
  g_autofree char *young = g_build_filename(maildir, "tmp", "young", NULL);
  assert_true(g_file_set_contents(old, "", 0, NULL) && g_file_set_contents(young, "", 0, NULL));
  const struct utimbuf times = {time(NULL) - 37 * 3600, time(NULL) - 37 * 3600};
  assert_int_equal(utime(old, &times), 0);
  kept_message_free(keep_begin(maildir, NULL));
  assert_false(g_file_test(old, G_FILE_TEST_EXISTS));
  assert_true(g_file_test(young, G_FILE_TEST_EXISTS));
}

/* A Maildir that a crash has left unfinished is completed. */
static void
test_unfinished(void **state)
{
  (void)state;
  g_autofree char *maildir = new_maildir("unfinished");
  g_autofree char *cur = g_build_filename(maildir, "cur", NULL);
  assert_int_equal(g_mkdir_with_parents(cur, 0700), 0);
  keep(maildir, "x");
  check_int("new", count(maildir, "new"), 1);
}

static void
test_errors(void **state)
{
  (void)state;
  g_autofree char *file = new_maildir("file");
  g_autofree char *link = new_maildir("link");
  g_autofree char *orphan = new_maildir("absent/keep");
  assert_true(g_file_set_contents(file, "", 0, NULL));
  g_autofree char *target = new_maildir("target");
  kept_message_free(keep_begin(target, NULL));
  assert_int_equal(symlink(target, link), 0);
  const char *const cases[] = {file, link, orphan, "/proc/nowhere/keep"};
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GError) error = NULL;
    if (keep_begin(cases[i], &error) != NULL)
      fail_msg("%s was taken for a Maildir", cases[i]);
    check_int(cases[i], error->code, BOUNCEDB_ERROR_TEMPFAIL);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_keep),       cmocka_unit_test(test_again),
      cmocka_unit_test(test_abandoned),  cmocka_unit_test(test_stale),
      cmocka_unit_test(test_unfinished), cmocka_unit_test(test_errors),
  };
  folder = scratch_new();
  int failed = cmocka_run_group_tests_name("maildir", tests, NULL, NULL);
  scratch_free(folder);
  return failed;
}
