/* bouncedb check: may this address be sent to? For scripts and mail servers' maps. */
#include "cmd.h"

#include <stdio.h>

#include "escape.h"
#include "store.h"
#include "when.h"

typedef struct {
  const char *address; /* escaped */
  bool suppressed;
} Answer;

static bool
print_suppressed(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  Answer *answer = data;
  char day[WHEN_BUFFER];
  answer->suppressed = true;
  printf("%s\tsuppressed\t%s\t%s\n", answer->address, store_cell(cells, n, "reason"),
         when_day(store_cell_int(cells, n, "since"), day));
  return true;
}

static bool
check(Store *store, const char *text, bool *suppressed, GError **error)
{
  g_autofree char *address = cmd_address(text, error);
  if (address == NULL)
    return false;
  g_autofree char *shown = escape_terminal(address);
  Answer answer = {.address = shown};
  if (!store_suppression(store, address, print_suppressed, &answer, error) ||
      !store_forgotten(store, address, print_suppressed, &answer, error))
    return false;
  if (answer.suppressed)
    *suppressed = true;
  else
    printf("%s\tok\n", shown);
  return true;
}

int
cmd_check(Context *context, int argc, char **argv, GError **error)
{
  if (!cmd_parse(
          context, "ADDRESS...",
          "Exit 0: every address may be sent to; 1: at least one is suppressed.\n"
          "Prints a line each: the address, \"ok\" or \"suppressed\", the reason, since when.",
          NULL, &argc, &argv, error))
    return EXIT_OK;
  if (argc < 2)
    throw(error, BOUNCEDB_ERROR_USAGE, "check needs an address");
  if (argc < 2)
    return EXIT_USAGE;
  g_autoptr(Store) store = store_open(context->settings->database, STORE_READ, error);
  bool suppressed = false;
  for (int i = 1; store != NULL && i < argc; i++)
    if (!check(store, argv[i], &suppressed, error))
      break;
  return suppressed ? EXIT_NEGATIVE : EXIT_OK;
}
