/* replay TARGET FOLDER: gives a fuzz target all files of a folder, in the order of their names.
 * Takes the place of libFuzzer, so that any compiler with sanitizers can check what fuzzing has
 * found before. Prints the number of files. */
#include "config.h"

#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

static gint
by_name(gconstpointer a, gconstpointer b)
{
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static GPtrArray *
names_in(const char *folder)
{
  GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
  const char *name;
  while (dir != NULL && (name = g_dir_read_name(dir)) != NULL)
    g_ptr_array_add(names, g_strdup(name));
  g_ptr_array_sort(names, by_name);
  return names;
}

typedef int (*Target)(const uint8_t *data, size_t size);

/* In a block of exactly its size, so that the sanitizer sees a read past the end. */
static void
replay(Target target, const char *path)
{
  g_autofree char *contents = NULL;
  gsize size = 0;
  if (!g_file_get_contents(path, &contents, &size, NULL)) {
    fprintf(stderr, "cannot read %s\n", path);
    exit(1);
  }
  g_autofree uint8_t *exact = g_memdup2(contents, size);
  target(exact, size);
}

/* Each is defined in the file of its name. */
int fuzz_address(const uint8_t *data, size_t size);
int fuzz_charset(const uint8_t *data, size_t size);
int fuzz_events(const uint8_t *data, size_t size);
int fuzz_fields(const uint8_t *data, size_t size);
int fuzz_formats(const uint8_t *data, size_t size);
int fuzz_html(const uint8_t *data, size_t size);
int fuzz_json(const uint8_t *data, size_t size);
int fuzz_lmtp(const uint8_t *data, size_t size);
int fuzz_maillog(const uint8_t *data, size_t size);
int fuzz_mbox(const uint8_t *data, size_t size);
int fuzz_message(const uint8_t *data, size_t size);
int fuzz_reply(const uint8_t *data, size_t size);
int fuzz_rules(const uint8_t *data, size_t size);
int fuzz_settings(const uint8_t *data, size_t size);
int fuzz_store(const uint8_t *data, size_t size);
int fuzz_verp(const uint8_t *data, size_t size);
int fuzz_wire(const uint8_t *data, size_t size);

static const struct {
  const char *name;
  Target target;
} targets[] = {
    {"address", fuzz_address}, {"charset", fuzz_charset},   {"events", fuzz_events},
    {"fields", fuzz_fields},   {"formats", fuzz_formats},   {"html", fuzz_html},
    {"json", fuzz_json},       {"lmtp", fuzz_lmtp},         {"maillog", fuzz_maillog},
    {"mbox", fuzz_mbox},       {"message", fuzz_message},   {"reply", fuzz_reply},
    {"rules", fuzz_rules},     {"settings", fuzz_settings}, {"store", fuzz_store},
    {"verp", fuzz_verp},       {"wire", fuzz_wire},
};

/* NULL if there is none of that name. */
static Target
find_target(const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS(targets); i++)
    if (strcmp(targets[i].name, name) == 0)
      return targets[i].target;
  return NULL;
}

int
main(int argc, char **argv)
{
  Target target = argc == 3 ? find_target(argv[1]) : NULL;
  if (target == NULL) {
    fprintf(stderr, "usage: replay TARGET FOLDER\n");
    return 64;
  }
  g_autoptr(GPtrArray) names = names_in(argv[2]);
  for (guint i = 0; i < names->len; i++) {
    g_autofree char *path = g_build_filename(argv[2], g_ptr_array_index(names, i), NULL);
    fprintf(stderr, "%s\n", path); /* so that the last line names what it died of */
    replay(target, path);
  }
  printf("%u\n", names->len);
  return names->len > 0 ? 0 : 1;
}
