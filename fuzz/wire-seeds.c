/* wire-seeds DIRECTORY MESSAGE...: writes what a worker answers about each message: inputs for the
 * target wire. They are made whenever it is fuzzed, because a changed record makes old ones
 * useless: they would be refused at the first field that is new. */
#include "config.h"

#include <stdio.h>

#include "mail/message.h"
#include "readers/readers.h"
#include "judge/classify.h"
#include "judge/rules.h"
#include "worker/wire.h"

static void
write_record(const Rules *rules, const char *directory, const char *path)
{
  static const char *const headers[] = {NULL};
  g_autofree char *bytes = NULL;
  gsize length;
  if (!g_file_get_contents(path, &bytes, &length, NULL))
    return;
  g_autoptr(Message) message = message_new(bytes, length);
  g_autoptr(Report) report = readers_read(message, headers);
  classify_report(rules, report);
  g_autoptr(GString) record = g_string_new(NULL);
  wire_encode(report, record);
  g_autofree char *name = g_path_get_basename(path);
  g_autofree char *file = g_build_filename(directory, name, NULL);
  if (!g_file_set_contents(file, record->str, (gssize)record->len, NULL))
    perror(file);
}

int
main(int argc, char **argv)
{
  if (argc < 2)
    return 64;
  g_autoptr(Rules) rules = rules_load(NULL, NULL);
  for (int i = 2; i < argc; i++)
    write_record(rules, argv[1], argv[i]);
  return 0;
}
