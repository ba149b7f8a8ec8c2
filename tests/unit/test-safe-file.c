/* Files that others could have put there, or could change. */
#include "config.h"

#include "lib/check.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/scratch.h"

#include "base/atomic-file.h"
#include "base/safe-file.h"

static char *folder;

static char *
path_of(const char *name)
{
  return g_build_filename(folder, name, NULL);
}

static char *
write_file(const char *name, const char *text, mode_t mode)
{
  char *path = path_of(name);
  assert_true(g_file_set_contents(path, text, -1, NULL));
  assert_int_equal(chmod(path, mode), 0);
  return path;
}

static void
check_reads(const char *what, const char *path, SafeRules rules, const char *word)
{
  gsize length;
  g_autoptr(GError) error = NULL;
  g_autofree char *text = safe_read(path, rules, 10, &length, BOUNCEDB_ERROR_CONFIG, &error);
  if (word == NULL && text == NULL)
    fail_msg("%s: %s", what, error->message);
  if (word == NULL)
    return;
  if (text != NULL || strstr(error->message, word) == NULL)
    fail_msg("%s: got %s, want \"%s\"", what, text != NULL ? "the text" : error->message, word);
  check_int(what, error->code, BOUNCEDB_ERROR_CONFIG);
}

static void
test_modes(void **state)
{
  (void)state;
  static const struct {
    mode_t mode;
    SafeRules rules;
    const char *word;
  } cases[] = {
      {0600, SAFE_OWN | SAFE_PRIVATE, NULL},
      {0400, SAFE_OWN | SAFE_PRIVATE, NULL},
      {0640, SAFE_PRIVATE, "lets other users read it (chmod 600 "},
      {0604, SAFE_PRIVATE, "chmod 600 "},
      {0622, SAFE_PRIVATE, "lets other users write it (chmod 600 "},
      {0644, SAFE_CONFIGURATION, NULL},
      {0664, SAFE_CONFIGURATION, "mode 664 lets other users write it (chmod 644 "},
      {0646, SAFE_CONFIGURATION, "chmod 644 "},
      {0666, SAFE_REGULAR, NULL},
  };
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *path = write_file("mode", "text", cases[i].mode);
    check_reads("mode", path, cases[i].rules, cases[i].word);
  }
}

static void
test_kinds(void **state)
{
  (void)state;
  g_autofree char *path = write_file("real", "text", 0600), *alias = path_of("link"),
                  *pipe = path_of("pipe"), *second = path_of("second"), *none = path_of("none");
  assert_int_equal(symlink(path, alias), 0);
  assert_int_equal(mkfifo(pipe, 0600), 0);
  check_reads("a link", alias, SAFE_REGULAR, "symbolic link");
  check_reads("a link that may be", alias, SAFE_CONFIGURATION, NULL);
  check_reads("a pipe", pipe, SAFE_REGULAR, "not a regular file");
  check_reads("a pipe as configuration", pipe, SAFE_CONFIGURATION, "not a regular file");
  check_reads("a device", "/dev/zero", SAFE_REGULAR, "not a regular file");
  check_reads("a folder", folder, SAFE_REGULAR, "not a regular file");
  check_reads("nothing", none, SAFE_REGULAR, "No such file");
  check_reads("one name", path, SAFE_ONE_NAME, NULL);
  assert_int_equal(link(path, second), 0);
  check_reads("two names", path, SAFE_ONE_NAME, "2 hard links");
  g_autofree char *ten = write_file("ten", "0123456789", 0600);
  g_autofree char *eleven = write_file("eleven", "0123456789x", 0600);
  check_reads("as long as allowed", ten, SAFE_REGULAR, NULL);
  check_reads("longer", eleven, SAFE_REGULAR, "longer than 10 bytes");
}

static void
test_owners(void **state)
{
  (void)state;
  if (geteuid() != 0) {
    check_reads("root's", "/etc/passwd", SAFE_OWN, "belongs to root");
    return;
  }
  g_autofree char *path = write_file("theirs", "text", 0644), *link = path_of("their-link");
  g_autofree char *ours = write_file("ours", "text", 0644);
  assert_int_equal(chown(path, 65534, (gid_t)-1), 0);
  check_reads("another's", path, SAFE_OWN, "(chown root ");
  check_reads("another's configuration", path, SAFE_CONFIGURATION, "(chown root ");
  assert_int_equal(symlink(ours, link), 0);
  assert_int_equal(lchown(link, 65534, (gid_t)-1), 0);
  check_reads("another's link", link, SAFE_CONFIGURATION, "is a symbolic link that user ");
}

static void
test_folders(void **state)
{
  (void)state;
  static const struct {
    mode_t mode;
    const char *word;
  } cases[] = {{0700, NULL},
               {0755, NULL},
               {0770, "mode 770 lets other users write it (chmod 750 "},
               {0777, "(chmod 755 "},
               {01777, "use a directory that only this user can write"}};
  g_autofree char *path = path_of("folder"), *none = path_of("none");
  assert_int_equal(mkdir(path, 0700), 0);
  for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GError) error = NULL;
    assert_int_equal(chmod(path, cases[i].mode), 0);
    bool safe = safe_folder(path, &error);
    check_int("folder", safe, cases[i].word == NULL);
    if (!safe && strstr(error->message, cases[i].word) == NULL)
      fail_msg("got \"%s\", want \"%s\"", error->message, cases[i].word);
  }
  assert_true(safe_folder(none, NULL));
}

/* --- drafts ------------------------------------------------------------------------------------*/

static mode_t
mode_of(const char *path)
{
  struct stat st;
  assert_int_equal(stat(path, &st), 0);
  return st.st_mode & 07777;
}

/* Readers of the list can open its draft, and hold the lock, only in the moment of its end. */
static void
test_draft_is_private(void **state)
{
  (void)state;
  g_autofree char *path = write_file("list", "old", 0644), *draft = path_of("list.new");
  g_autoptr(AtomicFile) file = atomic_file_new(path, NULL);
  assert_non_null(file);
  check_int("while it is written", mode_of(draft), 0600);
  fputs("new", atomic_file_stream(file));
  assert_true(atomic_file_publish(file, -1, NULL));
  check_int("when it is published", mode_of(path), 0644);
}

/* A killed process left a draft that others can open, and one of them holds its lock. */
static void
test_draft_is_held(void **state)
{
  (void)state;
  g_autofree char *path = path_of("held"), *draft = write_file("held.new", "half", 0644);
  int fd = open(draft, O_RDONLY);
  assert_int_equal(flock(fd, LOCK_EX), 0);
  g_autoptr(GError) error = NULL;
  g_autoptr(AtomicFile) file = atomic_file_new(path, &error);
  if (file == NULL)
    fail_msg("%s", error->message);
  assert_true(atomic_file_publish(file, -1, NULL));
  close(fd);
  check_int("of its own", mode_of(path), 0600);
}

/* Our own writer is at work: its draft is private. */
static void
test_draft_is_written(void **state)
{
  (void)state;
  g_autofree char *path = path_of("busy");
  g_autoptr(AtomicFile) first = atomic_file_new(path, NULL);
  g_autoptr(GError) error = NULL;
  g_autoptr(AtomicFile) second = atomic_file_new(path, &error);
  assert_null(second);
  assert_non_null(strstr(error->message, "another process is writing it"));
  assert_true(atomic_file_publish(first, -1, NULL));
}

static void
expect_no_draft(const char *what, const char *path, const char *word)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(AtomicFile) file = atomic_file_new(path, &error);
  if (file != NULL && atomic_file_publish(file, -1, &error))
    fail_msg("%s: was written", what);
  if (strstr(error->message, word) == NULL)
    fail_msg("%s: got \"%s\", want \"%s\"", what, error->message, word);
}

static void
test_planted_drafts(void **state)
{
  (void)state;
  g_autofree char *target = write_file("target", "precious", 0600), *alias = path_of("a.new"),
                  *name = path_of("b.new"), *pipe = path_of("c.new"), *a = path_of("a"),
                  *b = path_of("b"), *c = path_of("c"), *text = NULL;
  assert_int_equal(symlink(target, alias), 0);
  assert_int_equal(link(target, name), 0);
  assert_int_equal(mkfifo(pipe, 0600), 0);
  expect_no_draft("a link", a, "symbolic link");
  expect_no_draft("a second name", b, "hard links");
  expect_no_draft("a pipe", c, "c.new: ");
  assert_true(g_file_get_contents(target, &text, NULL, NULL));
  check_string("the target", text, "precious");
  if (geteuid() != 0)
    return;
  g_autofree char *theirs = write_file("d.new", "", 0666), *d = path_of("d"),
                  *list = write_file("e", "", 0666), *log = write_file("f", "", 0600);
  assert_int_equal(chown(theirs, 65534, (gid_t)-1), 0);
  assert_int_equal(chown(list, 65534, (gid_t)-1), 0);
  assert_int_equal(chown(log, 65534, (gid_t)-1), 0);
  expect_no_draft("another's draft", d, "belongs to ");
  expect_no_draft("another's list", list, "belongs to ");
  gint64 octets;
  assert_null(atomic_file_append(log, &octets, NULL));
}

static int
setup(void **state)
{
  (void)state;
  umask(022);
  folder = scratch_new();
  return 0;
}

static int
teardown(void **state)
{
  (void)state;
  scratch_free(folder);
  return 0;
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int
main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(test_modes),
      TEST(test_kinds),
      TEST(test_owners),
      TEST(test_folders),
      TEST(test_draft_is_private),
      TEST(test_draft_is_held),
      TEST(test_draft_is_written),
      TEST(test_planted_drafts),
  };
  return cmocka_run_group_tests_name("safe-file", tests, NULL, NULL);
}
