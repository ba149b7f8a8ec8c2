#include "config.h"

#include "lib/check.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/scratch.h"

#include "base/error.h"
#include "verp/keyfile.h"

static char *folder;

static char *
path_of(const char *name)
{
  return g_build_filename(folder, name, NULL);
}

static char *
write_file(const char *name, const char *text, int mode)
{
  char *path = path_of(name);
  assert_true(g_file_set_contents(path, text, -1, NULL));
  assert_int_equal(chmod(path, (mode_t)mode), 0);
  return path;
}

#define KEY "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eFF"

static void
test_read(void **state)
{
  (void)state;
  static const char *const texts[] = {KEY, KEY "\n", KEY "\r\n", KEY " \n\n"};
  for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
    guint8 key[KEYFILE_SIZE];
    g_autofree char *path = write_file("key", texts[i], 0600);
    assert_true(keyfile_read(path, key, NULL));
    check_int("second octet", key[1], 1);
    check_int("last octet", key[31], 0xff);
  }
}

static void
expect_refusal(const char *what, const char *path, const char *word)
{
  guint8 key[KEYFILE_SIZE];
  g_autoptr(GError) error = NULL;
  if (keyfile_read(path, key, &error))
    fail_msg("%s was read", what);
  check_int(what, error->code, BOUNCEDB_ERROR_CONFIG);
  if (strstr(error->message, word) == NULL || strstr(error->message, path) == NULL)
    fail_msg("%s: \"%s\" does not say \"%s\"", what, error->message, word);
  if (strstr(error->message, "0001") != NULL)
    fail_msg("%s: the message tells the key", what);
}

static void
test_contents(void **state)
{
  (void)state;
  static const char *const texts[] = {"",        "\n",        "short", " " KEY,      KEY "0",
                                      KEY "\nx", KEY " " KEY, "x" KEY, "0x" KEY "\n"};
  for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
    g_autofree char *path = write_file("bad", texts[i], 0600);
    expect_refusal(texts[i], path, "does not contain a key");
  }
}

static void
test_modes(void **state)
{
  (void)state;
  static const int modes[] = {0640, 0604, 0620, 0602, 0610, 0601, 0666, 0777};
  for (size_t i = 0; i < G_N_ELEMENTS(modes); i++) {
    g_autofree char *path = write_file("open", KEY, modes[i]);
    expect_refusal("mode", path, "chmod 600");
  }
  g_autofree char *path = write_file("open", KEY, 0400);
  guint8 key[KEYFILE_SIZE];
  assert_true(keyfile_read(path, key, NULL));
}

static void
test_kinds(void **state)
{
  (void)state;
  g_autofree char *path = write_file("real", KEY, 0600);
  g_autofree char *link = path_of("link"), *pipe = path_of("pipe"), *none = path_of("none");
  assert_int_equal(symlink(path, link), 0);
  assert_int_equal(mkfifo(pipe, 0600), 0);
  expect_refusal("a link", link, "link");
  expect_refusal("a pipe", pipe, "regular file");
  expect_refusal("a folder", folder, "regular file");
  expect_refusal("nothing", none, "No such file");
}

/* Only root can give files away; other users try a file of root that every system has. */
static void
test_owner(void **state)
{
  (void)state;
  g_autofree char *path = write_file("theirs", KEY, 0600);
  if (geteuid() == 0) {
    assert_int_equal(chown(path, 65534, (gid_t)-1), 0);
    expect_refusal("another's", path, "belongs to ");
  } else {
    expect_refusal("another's", "/etc/passwd", "belongs to root");
  }
}

static void
test_create(void **state)
{
  (void)state;
  g_autofree char *one = path_of("one"), *two = path_of("two"), *deep = path_of("no/such/key");
  guint8 first[KEYFILE_SIZE], again[KEYFILE_SIZE], second[KEYFILE_SIZE];
  struct stat st;
  umask(0);
  assert_true(keyfile_create(one, NULL));
  assert_true(keyfile_create(two, NULL));
  umask(077);
  assert_int_equal(stat(one, &st), 0);
  check_int("mode", st.st_mode & 07777, 0600);
  assert_true(keyfile_read(one, first, NULL));
  assert_true(keyfile_read(two, second, NULL));
  assert_memory_not_equal(first, second, KEYFILE_SIZE);
  g_autoptr(GError) error = NULL;
  assert_false(keyfile_create(one, &error));
  check_int("there is one", error->code, BOUNCEDB_ERROR_USAGE);
  assert_true(keyfile_read(one, again, NULL));
  assert_memory_equal(first, again, KEYFILE_SIZE);
  g_clear_error(&error);
  assert_false(keyfile_create(deep, &error));
  check_int("no folder", error->code, BOUNCEDB_ERROR_TEMPFAIL);
}

/* Not even a dangling link is followed. */
static void
test_create_behind_link(void **state)
{
  (void)state;
  g_autofree char *link = path_of("dangling"), *target = path_of("target");
  assert_int_equal(symlink(target, link), 0);
  assert_false(keyfile_create(link, NULL));
  assert_false(g_file_test(target, G_FILE_TEST_EXISTS));
}

static void
test_pair(void **state)
{
  (void)state;
  g_autofree char *path = write_file("key", KEY, 0600);
  g_autofree char *none = path_of("none");
  g_autoptr(GError) error = NULL;
  VerpKeys keys;
  assert_true(keyfile_read_keys(path, path, &keys, NULL));
  check_int("two", keys.n, 2);
  assert_true(keyfile_read_keys(path, NULL, &keys, NULL));
  check_int("one", keys.n, 1);
  assert_true(keyfile_read_keys(NULL, NULL, &keys, NULL));
  check_int("none", keys.n, 0);
  assert_false(keyfile_read_keys(path, none, &keys, &error));
  check_int("nothing is left of the first", keys.keys[0][1], 0);
}

/* A worker that is forked after the key was read finds nothing of it. */
static void
test_fork(void **state)
{
  (void)state;
  g_autofree char *path = write_file("key", KEY, 0600);
  VerpKeys *keys = keyfile_keys_new(NULL);
  assert_non_null(keys);
  assert_true(keyfile_read_keys(path, NULL, keys, NULL));
  pid_t pid = check_fork();
  if (pid == 0) {
    static const VerpKeys none;
    _exit(memcmp(keys, &none, sizeof none) == 0 ? 0 : 1);
  }
  int status = -1;
  assert_int_equal(waitpid(pid, &status, 0), pid);
  check_int("the child has nothing", status, 0);
  check_int("the parent still has it", keys->n, 1);
  keyfile_keys_free(keys);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_read),
      cmocka_unit_test(test_contents),
      cmocka_unit_test(test_modes),
      cmocka_unit_test(test_kinds),
      cmocka_unit_test(test_owner),
      cmocka_unit_test(test_create),
      cmocka_unit_test(test_create_behind_link),
      cmocka_unit_test(test_pair),
      cmocka_unit_test(test_fork),
  };
  folder = scratch_new();
  int failed = cmocka_run_group_tests_name("keyfile", tests, NULL, NULL);
  scratch_free(folder);
  return failed;
}
