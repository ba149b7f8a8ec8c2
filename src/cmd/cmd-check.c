/* bouncedb check: tells scripts whether an address may be sent to. */
#include "config.h"

#include <stdio.h>

#include "base/dates.h"
#include "base/escape.h"
#include "store/store-forgotten.h"
#include "store/store-own.h"
#include "store/store-query.h"
#include "cmd/cmd.h"

typedef struct {
  Store *store;
  const char *address; /* escaped */
  bool suppressed;     /* this address */
  bool any;
  gint64 now;
} Answer;

static bool
print_suppressed(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  Answer *answer = data;
  char day[DATE_BUFFER];
  answer->suppressed = true;
  printf("%s\tsuppressed\t%s\t%s\n", answer->address, store_cell(cells, n, "reason"),
         date_day_utc(store_cell_int(cells, n, "since"), day));
  return true;
}

/* An address that was forgotten is on no list, and known only by its hash. */
static bool
check(const char *address, gpointer data, GError **error)
{
  Answer *answer = data;
  g_autofree char *shown = escape_terminal(address);
  answer->address = shown;
  answer->suppressed = false;
  bool own;
  if (!store_suppression(answer->store, address, answer->now, print_suppressed, answer, error) ||
      !store_is_own(answer->store, address, &own, error) ||
      (!own && !store_forgotten(answer->store, address, print_suppressed, answer, error)))
    return false;
  if (!answer->suppressed)
    printf("%s\tok\n", shown);
  answer->any = answer->any || answer->suppressed;
  return true;
}

bool
cmd_check(Context *context, int argc, char **argv, GError **error)
{
  if (!cmd_options(
          context, "ADDRESS...|-",
          "Tell whether these addresses may be sent to: one line for each, with the address,\n"
          "\"ok\" or \"suppressed\", the reason and the date. A hyphen reads addresses from\n"
          "standard input, one per line. Exit status: 1 if any address is suppressed.",
          NULL, &argc, &argv, error))
    return false;
  if (argc < 2)
    return throw(error, BOUNCEDB_ERROR_USAGE, "check needs an address");
  g_autoptr(Store) store = store_open(context->settings->database, STORE_READ, error);
  Answer answer = {.store = store, .now = context->now};
  if (store == NULL || !cmd_each_address(argv + 1, check, &answer, error))
    return false;
  context->status = answer.any ? EXIT_NEGATIVE : EXIT_OK;
  return true;
}
