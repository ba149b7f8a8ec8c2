/* hostile-letter: prints the names of the shapes. hostile-letter NAME SIZE: prints one message. */
#include "config.h"

#include "lib/hostile.h"

#include <stdio.h>

int
main(int argc, char **argv)
{
  if (argc < 3) {
    for (const char *const *name = hostile_names(); *name != NULL; name++)
      puts(*name);
    return argc == 1 ? 0 : 64;
  }
  g_autoptr(GString) letter = hostile_letter(argv[1], g_ascii_strtoull(argv[2], NULL, 10));
  if (letter == NULL)
    return 64;
  return fwrite(letter->str, 1, letter->len, stdout) == letter->len ? 0 : 74;
}
