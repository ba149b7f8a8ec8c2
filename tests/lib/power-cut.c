#include "config.h"

#include "lib/power-cut.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECTOR = 512 };

/* A file or a folder at some moment; shared between moments. */
typedef struct {
  GHashTable *entries; /* name -> inode; NULL = a file */
  char *bytes;
  gsize size;
  struct timespec modified;
} Node;

typedef enum { LOSE_ALL, LOSE_NOTHING, MIX_SECTORS, TEAR_SECTORS, N_WAYS } Way;

struct PowerCut {
  char *folder;
  guint64 root;
  GHashTable *durable, *current; /* inode -> Node */
  GHashTable *held;              /* inode -> descriptor, so that the number is not used again */
  GRand *random;
  Way way; /* of the image that is being written */
};

static void
node_clear(gpointer data)
{
  Node *node = data;
  g_clear_pointer(&node->entries, g_hash_table_unref);
  g_free(node->bytes);
}

static void
node_unref(gpointer node)
{
  g_rc_box_release_full(node, node_clear);
}

static GHashTable *
nodes_new(void)
{
  return g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, node_unref);
}

static void
nodes_put(GHashTable *nodes, guint64 inode, Node *node)
{
  g_hash_table_replace(nodes, g_memdup2(&inode, sizeof inode), node);
}

/* --- looking -----------------------------------------------------------------------------------*/

static void
hold(PowerCut *disk, guint64 inode, const char *path)
{
  if (g_hash_table_contains(disk->held, &inode))
    return;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    g_error("%s: cannot open", path);
  g_hash_table_insert(disk->held, g_memdup2(&inode, sizeof inode), GINT_TO_POINTER(fd));
}

static guint64
look_at(PowerCut *disk, const char *path)
{
  struct stat st;
  if (lstat(path, &st) != 0)
    g_error("%s: cannot examine", path);
  Node *node = g_rc_box_new0(Node);
  node->modified = st.st_mtim;
  hold(disk, st.st_ino, path);
  nodes_put(disk->current, st.st_ino, node);
  if (S_ISREG(st.st_mode)) {
    if (!g_file_get_contents(path, &node->bytes, &node->size, NULL))
      g_error("%s: cannot read", path);
    return st.st_ino;
  }
  node->entries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
  for (const char *name; (name = g_dir_read_name(folder)) != NULL;) {
    g_autofree char *below = g_build_filename(path, name, NULL);
    guint64 inode = look_at(disk, below);
    g_hash_table_insert(node->entries, g_strdup(name), g_memdup2(&inode, sizeof inode));
  }
  return st.st_ino;
}

static gboolean
is_forgotten(gpointer inode, gpointer fd, gpointer data)
{
  const PowerCut *disk = data;
  if (g_hash_table_contains(disk->current, inode) || g_hash_table_contains(disk->durable, inode))
    return FALSE;
  close(GPOINTER_TO_INT(fd));
  return TRUE;
}

void
power_cut_look(PowerCut *disk)
{
  g_hash_table_remove_all(disk->current);
  disk->root = look_at(disk, disk->folder);
  g_hash_table_foreach_remove(disk->held, is_forgotten, disk);
}

void
power_cut_sync(PowerCut *disk, guint64 inode)
{
  Node *node = g_hash_table_lookup(disk->current, &inode);
  if (node != NULL)
    nodes_put(disk->durable, inode, g_rc_box_acquire(node));
}

PowerCut *
power_cut_new(const char *folder, guint32 seed)
{
  PowerCut *disk = g_new0(PowerCut, 1);
  disk->folder = g_strdup(folder);
  disk->durable = nodes_new();
  disk->current = nodes_new();
  disk->held = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
  disk->random = g_rand_new_with_seed(seed);
  power_cut_look(disk);
  GHashTableIter i;
  gpointer inode;
  g_hash_table_iter_init(&i, disk->current);
  while (g_hash_table_iter_next(&i, &inode, NULL))
    power_cut_sync(disk, *(guint64 *)inode);
  return disk;
}

void
power_cut_free(PowerCut *disk)
{
  g_hash_table_remove_all(disk->current);
  g_hash_table_remove_all(disk->durable);
  g_hash_table_foreach_remove(disk->held, is_forgotten, disk);
  g_hash_table_unref(disk->current);
  g_hash_table_unref(disk->durable);
  g_hash_table_unref(disk->held);
  g_rand_free(disk->random);
  g_free(disk->folder);
  g_free(disk);
}

/* --- images ------------------------------------------------------------------------------------*/

/* Whether something that was not synced has reached the disk. */
static gboolean
arrives(const PowerCut *disk)
{
  return disk->way == LOSE_NOTHING || (disk->way != LOSE_ALL && g_rand_boolean(disk->random));
}

/* The octets of a node from start, zeros after its end. */
static void
take(const Node *node, gsize start, gsize length, char *to)
{
  gsize there = node != NULL && node->size > start ? MIN(length, node->size - start) : 0;
  memset(to, 0, length);
  if (there > 0)
    memcpy(to, node->bytes + start, there);
}

/* Blocks that were allocated, but not written, may contain anything. */
static void
spoil(PowerCut *disk, char *sector, gsize length)
{
  if (disk->way == TEAR_SECTORS && g_rand_boolean(disk->random))
    memset(sector, g_rand_int_range(disk->random, 0, 256), length);
}

static void
mix_sector(PowerCut *disk, const Node *old, const Node *new, gsize start, gsize length, char *out)
{
  char fresh[SECTOR];
  take(old, start, length, out);
  take(new, start, length, fresh);
  if (memcmp(out, fresh, length) == 0)
    return;
  if (arrives(disk)) {
    gsize torn = disk->way == TEAR_SECTORS && g_rand_boolean(disk->random)
                     ? (gsize)g_rand_int_range(disk->random, 0, SECTOR)
                     : length;
    memcpy(out, fresh, MIN(torn, length));
  } else if (old == NULL || start >= old->size)
    spoil(disk, out, length);
}

static void
write_file(PowerCut *disk, const Node *old, const Node *new, const char *path)
{
  if (new == NULL)
    new = old;
  const Node *sized = arrives(disk) ? new : old, *timed = arrives(disk) ? new : old;
  gsize size = sized != NULL ? sized->size : 0;
  g_autofree char *bytes = g_malloc(size + 1);
  for (gsize start = 0; start < size; start += SECTOR)
    mix_sector(disk, old, new, start, MIN(SECTOR, size - start), bytes + start);
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
    g_error("%s: cannot write", path);
  const struct timespec now = {.tv_nsec = UTIME_NOW};
  const struct timespec times[2] = {now, timed != NULL ? timed->modified : now};
  futimens(fd, times);
  close(fd);
}

static void write_node(PowerCut *disk, guint64 inode, const char *path);

static void
write_entry(PowerCut *disk, const guint64 *old, const guint64 *new, const char *path)
{
  gboolean same = old != NULL && new != NULL &&*old == *new;
  const guint64 *inode = same || arrives(disk) ? new : old;
  if (inode != NULL)
    write_node(disk, *inode, path);
}

static void
write_folder(PowerCut *disk, GHashTable *old, GHashTable *new, const char *path)
{
  GHashTableIter i;
  gpointer name, inode;
  if (g_mkdir(path, 0700) != 0)
    g_error("%s: cannot create", path);
  g_hash_table_iter_init(&i, new);
  while (g_hash_table_iter_next(&i, &name, &inode)) {
    g_autofree char *below = g_build_filename(path, name, NULL);
    write_entry(disk, old != NULL ? g_hash_table_lookup(old, name) : NULL, inode, below);
  }
  if (old == NULL)
    return;
  g_hash_table_iter_init(&i, old);
  while (g_hash_table_iter_next(&i, &name, &inode)) {
    g_autofree char *below = g_build_filename(path, name, NULL);
    if (!g_hash_table_contains(new, name))
      write_entry(disk, inode, NULL, below);
  }
}

static void
write_node(PowerCut *disk, guint64 inode, const char *path)
{
  const Node *old = g_hash_table_lookup(disk->durable, &inode);
  const Node *new = g_hash_table_lookup(disk->current, &inode);
  const Node *any = new != NULL ? new : old;
  if (any == NULL)
    return; /* created and removed, and never synced */
  if (any->entries != NULL)
    write_folder(disk, old != NULL ? old->entries : NULL, any->entries, path);
  else
    write_file(disk, old, new, path);
}

void
power_cut_image(PowerCut *disk, const char *path)
{
  disk->way = (Way)g_rand_int_range(disk->random, 0, N_WAYS);
  write_node(disk, disk->root, path);
}
