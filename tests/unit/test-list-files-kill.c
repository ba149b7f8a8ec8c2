/* A process that is killed between the commit and the list, and at each step of writing the list:
 * readers see the old list or the new one, and the next run repairs it. */
#include "config.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/store-fixture.h"

#include "export/list-files.h"

/* The calls that write a list to disk. At the one with this number the process kills itself. */
static int countdown = -1;

static void
step(void)
{
  if (countdown >= 0 && countdown-- == 0)
    raise(SIGKILL);
}

#define STEP_BEFORE(function, parameters, arguments)                                               \
  int function parameters                                                                          \
  {                                                                                                \
    int(*real) parameters; /* NOLINT(bugprone-macro-parentheses): a list in parentheses */         \
    *(void **)&real = dlsym(RTLD_NEXT, #function);                                                 \
    step();                                                                                        \
    int result = real arguments;                                                                   \
    step();                                                                                        \
    return result;                                                                                 \
  }

STEP_BEFORE(fsync, (int fd), (fd))
STEP_BEFORE(futimens, (int fd, const struct timespec times[2]), (fd, times))
STEP_BEFORE(rename, (const char *from, const char *to), (from, to))
STEP_BEFORE(fflush, (FILE * file), (file))

typedef struct {
  Fixture *fixture;
  char *path;
  GPtrArray *lists;
} Scene;

static void
fails(Fixture *f, Store *store, const char *address)
{
  g_autoptr(Report) report = bounce_of(address, REASON_USER_UNKNOWN);
  record(f, store, report, NOON);
}

/* Commits and writes the list in a child, which is killed at that step. Returns whether it was. */
static bool
deliver_and_die(const Scene *scene, const char *address, int at)
{
  pid_t pid = check_fork();
  if (pid == 0) {
    g_autoptr(Store) store = fixture_open(scene->fixture, STORE_WRITE);
    fails(scene->fixture, store, address);
    countdown = at;
    step();
    _exit(list_files_update(store, scene->lists, NULL) ? 0 : 1);
  }
  int status;
  assert_int_equal(waitpid(pid, &status, 0), pid);
  scene->fixture->letters++; /* as the child did */
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
    return true;
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  return false;
}

static char *
read_list(const Scene *scene)
{
  char *text = NULL;
  assert_true(g_file_get_contents(scene->path, &text, NULL, NULL));
  return text;
}

static void
repair(const Scene *scene)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(Store) store = fixture_open(scene->fixture, STORE_WRITE);
  if (!list_files_update(store, scene->lists, &error))
    fail_msg("%s", error->message);
}

static int
compare_lines(gconstpointer a, gconstpointer b)
{
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The lines of the list, sorted. */
static char *
sorted(const char *text)
{
  g_autoptr(GPtrArray) lines = g_ptr_array_new();
  g_auto(GStrv) split = g_strsplit(text, "\n", -1);
  for (char **line = split; *line != NULL && **line != '\0'; line++)
    g_ptr_array_add(lines, *line);
  g_ptr_array_sort(lines, compare_lines);
  g_ptr_array_add(lines, NULL);
  return g_strjoinv("\n", (char **)lines->pdata);
}

static void
check_complete(const Scene *scene)
{
  g_autofree char *text = read_list(scene);
  g_autofree char *got = sorted(text);
  g_autofree char *want =
      sql_text(scene->fixture, "SELECT group_concat(address, char(10)) FROM"
                               " (SELECT address FROM suppression ORDER BY address)");
  check_string("list", got, want);
}

/* replace: lifts a suppression first, so that the list has to be replaced. */
static int
kill_everywhere(const Scene *scene, bool replace)
{
  bool killed = true;
  int at = 0;
  for (; killed; at++) {
    g_autofree char *address = g_strdup_printf("r%d-%d@school.example", replace, at);
    if (replace)
      assert_int_equal(sql_run(scene->fixture, "DELETE FROM suppression WHERE address ="
                                               " (SELECT max(address) FROM suppression)"),
                       SQLITE_OK);
    g_autofree char *before = read_list(scene);
    killed = deliver_and_die(scene, address, at);
    g_autofree char *after = read_list(scene);
    if (strcmp(before, after) != 0)
      check_complete(scene);
    repair(scene);
    check_complete(scene);
  }
  return at;
}

static void
test_kills(void **state)
{
  Fixture *f = *state;
  g_autofree char *path = g_build_filename(f->folder, "list", NULL);
  ListFile list = {.path = path, .format = format_find("plain")};
  Scene scene = {f, path, g_ptr_array_new()};
  g_ptr_array_add(scene.lists, &list);
  for (int i = 0; i < 40; i++) {
    g_autofree char *address = g_strdup_printf("x%02d@school.example", i);
    g_autoptr(Store) store = fixture_open(f, STORE_WRITE);
    fails(f, store, address);
  }
  repair(&scene);
  int appended = kill_everywhere(&scene, false), replaced = kill_everywhere(&scene, true);
  print_message("# %d places of an append, %d of a replacement\n", appended, replaced);
  assert_in_range(appended, 6, 30);
  assert_in_range(replaced, 10, 30);
  g_ptr_array_unref(scene.lists);
}

#define store_test(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int
main(void)
{
  const struct CMUnitTest tests[] = {store_test(test_kills)};
  return cmocka_run_group_tests_name("list-kill", tests, NULL, NULL);
}
