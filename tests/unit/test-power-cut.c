/* Deliveries on a disk that loses power. At each sync of each delivery the disk may fail; whatever
 * is found afterwards, the database is sound, every acknowledged message is there, the message
 * under way can be delivered again, nothing is recorded twice, and list and Maildir agree.
 *
 * IMAGES: how many images of each moment; "make soak" sets it. */
#include "config.h"

#include <ftw.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/check.h"
#include "lib/letters.h"
#include "lib/power-cut.h"
#include "lib/store-fixture.h"

#include "store/store-admin.h"
#include "cmd/cmd.h"

enum { LETTERS = 24, SEED = 20260101 };

/* --- syncs -------------------------------------------------------------------------------------*/

/* In the process that delivers: who has to know of a sync. Nobody else needs one. */
static int observer = -1;

/* 0 stands for the end of the delivery. */
static void
tell(guint64 inode)
{
  char go;
  if (send(observer, &inode, sizeof inode, 0) != sizeof inode || recv(observer, &go, 1, 0) != 1)
    _exit(99);
}

static int
sync_descriptor(int fd)
{
  struct stat st;
  if (fstat(fd, &st) != 0)
    return -1;
  if (observer >= 0)
    tell(st.st_ino);
  return 0;
}

int
fsync(int fd)
{
  return sync_descriptor(fd);
}

int
fdatasync(int fd)
{
  return sync_descriptor(fd);
}

/* --- deliveries --------------------------------------------------------------------------------*/

typedef struct {
  char *folder;               /* of the test */
  char *disk, *disk_config;   /* where messages are delivered */
  char *image, *image_config; /* what is left of it */
  GHashTable *letters;        /* the texts of all messages */
  PowerCut *power;
  int acknowledged; /* the first messages */
  int images, syncs, each;
} Scene;

static char *
write_config(const Scene *scene, const char *name, const char *folder)
{
  char *path = g_build_filename(scene->folder, name, NULL);
  g_autofree char *text =
      g_strdup_printf("[database]\nfile = %s/x.db\n[delivery]\nsyslog = no\nkeep = %s/keep\n"
                      "[suppression]\nfile = %s/list\n",
                      folder, folder, folder);
  assert_true(g_file_set_contents(path, text, -1, NULL));
  return path;
}

static int
run_delivery(const char *config, int number)
{
  g_autofree char *text = letter_text(number);
  FILE *letter = tmpfile();
  if (letter == NULL || fputs(text, letter) < 0 || fflush(letter) != 0)
    return 98;
  lseek(fileno(letter), 0, SEEK_SET);
  dup2(fileno(letter), STDIN_FILENO);
  char *arguments[] = {(char *)"deliver", (char *)"--config", (char *)config, NULL};
  Context context = {.now = NOON + number, .delivers = true};
  g_autoptr(GError) error = NULL;
  if (cmd_deliver(&context, 3, arguments, &error))
    return 0;
  fprintf(stderr, "# %s\n", error->message);
  return EXIT_TEMPFAIL;
}

static pid_t
start_delivery(const char *config, int number, int socket)
{
  pid_t pid = check_fork();
  if (pid == 0) {
    observer = socket;
    int status = run_delivery(config, number);
    if (observer >= 0)
      tell(0);
    _exit(status);
  }
  return pid;
}

static void
check_delivered(const char *what, pid_t pid)
{
  int status;
  assert_int_equal(waitpid(pid, &status, 0), pid);
  check_int(what, status, 0);
}

/* --- what is left after a power cut ------------------------------------------------------------*/

static int
compare_lines(gconstpointer a, gconstpointer b)
{
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *
sorted_list(const char *folder)
{
  g_autofree char *path = g_build_filename(folder, "list", NULL), *text = NULL;
  if (!g_file_get_contents(path, &text, NULL, NULL))
    return g_strdup("");
  g_auto(GStrv) lines = g_strsplit(g_strchomp(text), "\n", -1);
  qsort(lines, g_strv_length(lines), sizeof *lines, compare_lines);
  return g_strjoinv("\n", lines);
}

static void
check_database(const Fixture *image)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(Store) store = fixture_open(image, STORE_WRITE);
  if (!store_check(store, findings, &error))
    fail_msg("%s", error->message);
  if (findings->len > 0)
    fail_msg("%s", (char *)findings->pdata[0]);
}

/* Each row that says that its message was kept is right. */
static void
check_kept(const Scene *scene, const Fixture *image)
{
  g_autofree char *paths = sql_text(
      image, "SELECT ifnull(group_concat(kept, char(10)), '') FROM message WHERE kept NOT NULL");
  g_auto(GStrv) lines = g_strsplit(paths, "\n", -1);
  for (char **line = lines; *line != NULL && **line != '\0'; line++) {
    g_autofree char *name = g_path_get_basename(*line), *text = NULL;
    g_autofree char *path = g_build_filename(image->folder, "keep", "new", name, NULL);
    if (!g_file_get_contents(path, &text, NULL, NULL) ||
        !g_hash_table_contains(scene->letters, text))
      fail_msg("%s is not what was kept", name);
  }
}

static void
check_count(const Fixture *image, int letters)
{
  g_autofree char *want = g_strdup_printf("%d %d", letters, letters - (letters + 2) / 3);
  check_sql(image, "SELECT (SELECT count(*) FROM message) || ' ' || (SELECT count(*) FROM failure)",
            want);
}

/* Delivers to the image what the mail server still has, and what it may believe to be lost. */
static void
deliver_again(const Scene *scene)
{
  int first = MAX(scene->acknowledged - 1, 0), last = MIN(scene->acknowledged, LETTERS - 1);
  for (int number = first; number <= last; number++)
    check_delivered("again", start_delivery(scene->image_config, number, -1));
}

static void
check_image(const Scene *scene)
{
  g_autofree char *path = g_build_filename(scene->image, "x.db", NULL);
  const Fixture image = {.folder = scene->image, .path = path};
  check_database(&image);
  check_kept(scene, &image);
  deliver_again(scene);
  check_count(&image, MIN(scene->acknowledged + 1, LETTERS));
  check_kept(scene, &image);
  check_database(&image);
  g_autofree char *want = sql_text(&image, "SELECT ifnull(group_concat(address, char(10)), '') FROM"
                                           " (SELECT address FROM suppression ORDER BY address)");
  g_autofree char *got = sorted_list(scene->image);
  check_string("list", got, want);
}

static void
cut_power(Scene *scene)
{
  power_cut_look(scene->power);
  for (int i = 0; i < scene->each; i++, scene->images++) {
    power_cut_image(scene->power, scene->image);
    check_image(scene);
    nftw(scene->image, scratch_remove, 8, FTW_DEPTH | FTW_PHYS);
  }
}

/* --- the test ----------------------------------------------------------------------------------*/

static void
deliver_and_cut(Scene *scene, int number)
{
  int sockets[2];
  guint64 inode;
  assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets), 0);
  pid_t pid = start_delivery(scene->disk_config, number, sockets[1]);
  close(sockets[1]);
  while (recv(sockets[0], &inode, sizeof inode, 0) == sizeof inode && inode != 0) {
    cut_power(scene);
    power_cut_sync(scene->power, inode);
    scene->syncs++;
    assert_int_equal(send(sockets[0], "", 1, 0), 1);
  }
  assert_int_equal(send(sockets[0], "", 1, 0), 1);
  check_delivered("delivery", pid);
  close(sockets[0]);
  scene->acknowledged++;
  cut_power(scene);
}

static void
scene_init(Scene *scene)
{
  const char *images = g_getenv("IMAGES");
  scene->each = images != NULL ? atoi(images) : 1;
  scene->folder = scratch_new();
  scene->disk = g_build_filename(scene->folder, "disk", NULL);
  scene->image = g_build_filename(scene->folder, "image", NULL);
  scene->disk_config = write_config(scene, "disk.conf", scene->disk);
  scene->image_config = write_config(scene, "image.conf", scene->image);
  scene->letters = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (int number = 0; number < LETTERS; number++)
    g_hash_table_add(scene->letters, letter_text(number));
}

static void
scene_clear(Scene *scene)
{
  power_cut_free(scene->power);
  g_hash_table_unref(scene->letters);
  g_free(scene->image_config);
  g_free(scene->disk_config);
  g_free(scene->image);
  g_free(scene->disk);
  scratch_free(scene->folder);
}

static void
test_power_cut(void **state)
{
  (void)state;
  Scene scene = {0};
  g_autoptr(GError) error = NULL;
  scene_init(&scene);
  g_autofree char *path = g_build_filename(scene.disk, "x.db", NULL);
  if (!store_create(path, &error))
    fail_msg("%s", error->message);
  scene.power = power_cut_new(scene.disk, SEED);
  for (int number = 0; number < LETTERS; number++)
    deliver_and_cut(&scene, number);
  print_message("# %d syncs, %d images\n", scene.syncs, scene.images);
  assert_true(scene.syncs > 3 * LETTERS);
  scene_clear(&scene);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_power_cut)};
  return cmocka_run_group_tests_name("power-cut", tests, NULL, NULL);
}
