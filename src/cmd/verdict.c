#include "config.h"

#include "cmd/verdict.h"

#include <stdio.h>

#include "base/dates.h"
#include "base/escape.h"
#include "base/json.h"
#include "mail/address.h"
#include "store/store-forgotten.h"
#include "store/store-own.h"
#include "store/store-query.h"
#include "cmd/cells-json.h"
#include "cmd/cmd.h"

bool
verdicts_init(Verdicts *verdicts, Store *store, gint64 now, GError **error)
{
  *verdicts = (Verdicts){.store = store, .now = now};
  return cmd_can_tell_forgotten(store, &verdicts->forgotten, error);
}

static void
print_object(const Verdicts *verdicts, const char *verdict, const char *reason, gint64 since)
{
  Json json = json_begin();
  json_text(&json, "address", verdicts->address);
  if (verdicts->changed != NULL)
    json_bool(&json, "changed", *verdicts->changed);
  json_text(&json, "verdict", verdict);
  json_text(&json, "reason", reason);
  cells_json_time(&json, "since", since);
  json_print(&json);
}

static void
print_line(const Verdicts *verdicts, const char *verdict, const char *reason, gint64 since)
{
  char day[DATE_BUFFER];
  g_autofree char *shown = escape_terminal(verdicts->address);
  if (verdicts->json) {
    print_object(verdicts, verdict, reason, since);
  } else if (reason != NULL) {
    printf("%s\t%s\t%s\t%s\n", shown, verdict, reason, date_day_utc(since, day));
  } else {
    printf("%s\t%s\n", shown, verdict);
  }
}

static bool
print_entry(Verdicts *verdicts, const char *verdict, const StoreCell *cells, guint n)
{
  verdicts->verdict = verdict;
  print_line(verdicts, verdict, store_cell(cells, n, "reason"), store_cell_int(cells, n, "since"));
  return true;
}

static bool
print_suppressed(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  Verdicts *verdicts = data;
  verdicts->any = true;
  return print_entry(verdicts, "suppressed", cells, n);
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
look_up(Verdicts *verdicts, const char *address, GError **error)
{
  bool skip = !verdicts->forgotten;
  return store_suppression(verdicts->store, address, verdicts->now, print_suppressed, verdicts,
                           error) &&
         store_held_entry(verdicts->store, address, print_held, verdicts, error) &&
         (skip || store_is_own(verdicts->store, address, &skip, error)) &&
         (skip || store_forgotten(verdicts->store, address, print_suppressed, verdicts, error));
}

/* A local part alone is an address only if a report has named it. */
bool
verdicts_print(Verdicts *verdicts, const char *text, GError **error)
{
  g_autofree char *address = cmd_entry(text, NULL);
  verdicts->address = address != NULL ? address : text;
  verdicts->verdict = NULL;
  if (address != NULL && !look_up(verdicts, address, error))
    return false;
  if (verdicts->verdict != NULL)
    return true;
  bool valid = *address_domain(address) != '\0';
  print_line(verdicts, valid ? "ok" : "invalid", NULL, 0);
  verdicts->any = verdicts->any || !valid;
  return true;
}
