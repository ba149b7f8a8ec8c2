/* bouncedb check: tells scripts whether an address may be sent to. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/dates.h"
#include "base/escape.h"
#include "mail/address.h"
#include "store/store-forgotten.h"
#include "store/store-own.h"
#include "store/store-query.h"
#include "cmd/cmd.h"

typedef struct {
  Store *store;
  const char *address; /* escaped */
  const char *verdict; /* about this address; NULL = none yet */
  bool forgotten;      /* whether an address was forgotten can be told */
  bool any;            /* must not be sent to */
  gint64 now;
} Answer;

static bool
print_entry(Answer *answer, const char *verdict, const StoreCell *cells, guint n)
{
  char day[DATE_BUFFER];
  answer->verdict = verdict;
  printf("%s\t%s\t%s\t%s\n", answer->address, verdict, store_cell(cells, n, "reason"),
         date_day_utc(store_cell_int(cells, n, "since"), day));
  return true;
}

static bool
print_suppressed(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  Answer *answer = data;
  answer->any = true;
  return print_entry(answer, "suppressed", cells, n);
}

/* It is not on the list until somebody has decided. */
static bool
print_held(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  return print_entry(data, "held", cells, n);
}

/* An address that was forgotten is on no list, and known only by its hash. */
static bool
look_up(Answer *answer, const char *address, GError **error)
{
  bool skip = !answer->forgotten;
  return store_suppression(answer->store, address, answer->now, print_suppressed, answer, error) &&
         store_held_entry(answer->store, address, print_held, answer, error) &&
         (skip || store_is_own(answer->store, address, &skip, error)) &&
         (skip || store_forgotten(answer->store, address, print_suppressed, answer, error));
}

/* A local part alone is an address only if a report has named it. */
static bool
check(const char *text, gpointer data, GError **error)
{
  Answer *answer = data;
  g_autofree char *address = cmd_address(text, NULL);
  g_autofree char *shown = escape_terminal(address != NULL ? address : text);
  answer->address = shown;
  answer->verdict = NULL;
  if (address != NULL && !look_up(answer, address, error))
    return false;
  if (answer->verdict != NULL)
    return true;
  bool valid = *address_domain(address) != '\0';
  printf("%s\t%s\n", shown, valid ? "ok" : "invalid");
  answer->any = answer->any || !valid;
  return true;
}

/* '#' begins a comment, unless the line is an address. */
static bool
check_line(const char *line, gpointer data, GError **error)
{
  g_autofree char *text = g_strstrip(g_strdup(line));
  g_autofree char *address = *text == '#' ? cmd_address(text, NULL) : NULL;
  if (*text == '\0' || (*text == '#' && *address_domain(address) == '\0'))
    return true;
  return check(text, data, error);
}

static bool
check_all(Answer *answer, char **operands, GError **error)
{
  for (; *operands != NULL; operands++)
    if (strcmp(*operands, "-") == 0 ? !cmd_each_line(check_line, answer, error)
                                    : !check(*operands, answer, error))
      return false;
  return true;
}

bool
cmd_check(Context *context, int argc, char **argv, GError **error)
{
  if (!cmd_options(
          context, "ADDRESS...|-",
          "Tell whether these addresses may be sent to: one line for each, with the address,\n"
          "and \"ok\", \"invalid\", or \"suppressed\" or \"held\" with the reason and the date. A\n"
          "hyphen reads addresses from standard input, one per line. Exit status: 1 if any\n"
          "address is suppressed or invalid.",
          NULL, &argc, &argv, error))
    return false;
  if (argc < 2)
    return throw(error, BOUNCEDB_ERROR_USAGE, "check needs an address");
  g_autoptr(Store) store = store_open(context->settings->database, STORE_READ, error);
  Answer answer = {.store = store, .now = context->now};
  if (store == NULL || !cmd_can_tell_forgotten(store, &answer.forgotten, error) ||
      !check_all(&answer, argv + 1, error))
    return false;
  context->status = answer.any ? EXIT_NEGATIVE : EXIT_OK;
  return true;
}
