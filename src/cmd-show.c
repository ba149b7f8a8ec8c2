/* bouncedb show: everything known about an address or a message, and why the address is, or is not,
 * suppressed. */
#include "cmd.h"

#include <stdio.h>
#include <string.h>

#include "escape.h"
#include "rules.h"
#include "store.h"
#include "when.h"

typedef struct {
  const Rules *rules;
  bool suppressed;
  guint rows;
} Shower;

/* A value on its way to the terminal. (transfer full) */
static char *
shown(const StoreCell *cells, guint n, const char *name)
{
  const char *text = store_cell(cells, n, name);
  return escape_terminal(text != NULL ? text : "-");
}

static Reason
reason_of(const StoreCell *cells, guint n)
{
  Reason reason = REASON_NONE;
  const char *name = store_cell(cells, n, "reason");
  if (name != NULL)
    reason_from_name(name, &reason);
  return reason;
}

/* --- an address --- */

static void
print_threshold(gint64 days, gint64 span, gint64 window)
{
  if (days == 1)
    puts("    threshold: one is enough");
  else
    printf("    threshold: failures on %" G_GINT64_FORMAT " different days within %" G_GINT64_FORMAT
           ", at least %" G_GINT64_FORMAT " days between the first and the last\n",
           days, window, span);
}

static void
print_remedy(const Rules *rules, const char *rule_id)
{
  const RuleInfo *rule = rule_id != NULL ? rules_find(rules, rule_id) : NULL;
  if (rule == NULL)
    return;
  g_autofree char *cause = escape_terminal(rule->cause), *remedy = escape_terminal(rule->remedy);
  printf("    cause: %s\n    what to do: %s\n", cause, remedy);
}

static bool
print_suppression(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  Shower *shower = data;
  char day[WHEN_BUFFER];
  bool complaint = store_cell(cells, n, "failure_id") == NULL;
  g_autofree char *diagnostic = shown(cells, n, "diagnostic");
  const char *meaning =
      complaint ? "the recipient called a message spam" : reason_info(reason_of(cells, n))->meaning;
  shower->suppressed = true;
  printf("  suppressed since %s: %s (%s)\n", when_day(store_cell_int(cells, n, "since"), day),
         store_cell(cells, n, "reason"), meaning);
  printf("    decided by: %s %s, message %s\n", complaint ? "complaint" : "failure",
         store_cell(cells, n, complaint ? "complaint_id" : "failure_id"),
         store_cell(cells, n, "message_id"));
  if (!complaint)
    printf("    the reply: %s\n", diagnostic);
  print_threshold(store_cell_int(cells, n, "days"), store_cell_int(cells, n, "span"),
                  store_cell_int(cells, n, "window"));
  print_remedy(shower->rules, store_cell(cells, n, "rule"));
  puts("    lifted by: deleting its row of the table suppression, see bouncedb-schema(7)");
  return true;
}

static const char *
who_acts(Reason reason)
{
  switch (reason_info(reason)->party) {
  case PARTY_SENDER:
    return "the sender has to act";
  case PARTY_MESSAGE:
    return "the message was refused, not the address";
  default:
    return "the recipient's own filter refused it";
  }
}

static bool
print_standing(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  Shower *shower = data;
  Reason reason = reason_of(cells, n);
  printf("    %s: %s failed", reason_name(reason), store_cell(cells, n, "failures"));
  if (store_cell(cells, n, "days_needed") == NULL)
    printf("; never suppresses, for %s", who_acts(reason));
  else
    printf(", on %s of %s days", store_cell(cells, n, "days"), store_cell(cells, n, "days_needed"));
  if (store_cell_int(cells, n, "span_needed") > 0)
    printf(", %s of %s days between the first and the last", store_cell(cells, n, "span"),
           store_cell(cells, n, "span_needed"));
  putchar('\n');
  shower->rows++;
  return true;
}

static bool
print_event(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  Shower *shower = data;
  char at[WHEN_BUFFER];
  g_autofree char *provider = shown(cells, n, "provider");
  g_autofree char *diagnostic = shown(cells, n, "diagnostic");
  g_autofree char *recipient = shown(cells, n, "recipient");
  printf("    %s  %s %s (message %s)  %s\n",
         when_minute(store_cell_int(cells, n, "happened_at"), at), store_cell(cells, n, "event"),
         store_cell(cells, n, "event_id"), store_cell(cells, n, "message_id"), recipient);
  if (store_cell(cells, n, "class") != NULL)
    printf("      %s, %s, provider %s\n", store_cell(cells, n, "class"),
           store_cell(cells, n, "reason"), provider);
  if (store_cell(cells, n, "diagnostic") != NULL)
    printf("      %s\n", diagnostic);
  shower->rows++;
  return true;
}

static bool
show_address(Store *store, const char *address, Shower *shower, GError **error)
{
  g_autofree char *heading = escape_terminal(address);
  puts(heading);
  if (!store_suppression(store, address, print_suppression, shower, error))
    return false;
  if (!shower->suppressed)
    puts("  not suppressed");
  if (!store_address_standing(store, address, print_standing, shower, error))
    return false;
  puts("  history");
  shower->rows = 0;
  return store_address_events(store, address, print_event, shower, error);
}

/* --- a message --- */

static bool
print_message(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  Shower *shower = data;
  for (guint i = 0; i < n; i++) {
    char at[WHEN_BUFFER];
    if (cells[i].text == NULL)
      continue;
    g_autofree char *text = escape_terminal(cells[i].text);
    bool time = g_str_has_suffix(cells[i].name, "_at");
    printf("%-20s %s\n", cells[i].name, time ? when_minute(cells[i].value, at) : text);
  }
  shower->rows++;
  return true;
}

static bool
show_message(Store *store, gint64 message_id, Shower *shower, GError **error)
{
  return store_message(store, message_id, print_message, shower, error) &&
         store_message_events(store, message_id, print_event, shower, error);
}

static bool
is_number(const char *text)
{
  return *text != '\0' && strspn(text, "0123456789") == strlen(text) && strlen(text) < 19;
}

static bool
show(const Context *context, const char *operand, Shower *shower, GError **error)
{
  g_autoptr(Store) store = store_open(context->settings->database, STORE_READ, error);
  if (store == NULL)
    return false;
  if (is_number(operand))
    return show_message(store, g_ascii_strtoll(operand, NULL, 10), shower, error);
  g_autofree char *address = cmd_address(operand, error);
  if (address == NULL)
    return false;
  return show_address(store, address, shower, error);
}

int
cmd_show(Context *context, int argc, char **argv, GError **error)
{
  if (!cmd_parse(context, "ADDRESS|ID",
                 "Show everything known about an address, and why it is or is not suppressed; or\n"
                 "the message with this number. Exit 1: nothing is known.",
                 NULL, &argc, &argv, error))
    return EXIT_OK;
  if (argc != 2) {
    throw(error, BOUNCEDB_ERROR_USAGE, "show needs one address or the number of a message");
    return EXIT_USAGE;
  }
  g_autoptr(Rules) rules = rules_load(context->settings->rules, error);
  Shower shower = {.rules = rules};
  if (rules == NULL || !show(context, argv[1], &shower, error))
    return EXIT_TEMPFAIL;
  return shower.rows > 0 ? EXIT_OK : EXIT_NEGATIVE;
}
