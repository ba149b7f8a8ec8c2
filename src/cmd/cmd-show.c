/* bouncedb show: everything known about an address or a message. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/dates.h"
#include "base/escape.h"
#include "store/store-query.h"
#include "cmd/cmd.h"
#include "cmd/show-state.h"

typedef struct {
  const Rules *rules;
  gint64 now;
  guint rows;
} Shower;

/* --- an address --------------------------------------------------------------------------------*/

static bool
print_audit(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  ((Shower *)data)->rows++;
  g_autofree char *command = g_strdup_printf("    %s", store_cell(cells, n, "command"));
  show_decision(command, cells, n);
  return true;
}

/* What the column lifted means. */
static const char *
why_lifted(const char *lifted)
{
  static const struct {
    const char *name, *why;
  } table[] = {
      {"accepted", "its host accepted a message later"},
      {"allow", "somebody allowed the address"},
      {"delivered", "a later report said that a message was delivered"},
      {"expired", "the suppression that it led to has ended"},
      {"release", "somebody released what was reported at that time"},
      {"wave", "the same unknown text came for many domains at once, so it is about the sender"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(table); i++)
    if (strcmp(table[i].name, lifted) == 0)
      return table[i].why;
  return "for a reason that this version does not know";
}

/* Whether the event counts, unless that is obvious. */
static void
print_counting(const StoreCell *cells, guint n)
{
  const char *trust = store_cell(cells, n, "trust"), *lifted = store_cell(cells, n, "lifted");
  bool believed = trust == NULL || store_cell_int(cells, n, "counts") != 0;
  if (trust != NULL && (!believed || strcmp(trust, "unsigned") != 0))
    printf("      trust: %s\n", trust);
  if (!believed)
    puts("      does not count: not trusted enough for the policy (bouncedb.conf(5), [verp])");
  else if (lifted != NULL)
    printf("      %s: %s (%s)\n",
           strcmp(lifted, "wave") == 0 ? "does not count" : "no longer counts", lifted,
           why_lifted(lifted));
}

static bool
print_event(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  Shower *shower = data;
  char at[DATE_BUFFER];
  g_autofree char *provider = show_cell(cells, n, "provider");
  g_autofree char *diagnostic = show_cell(cells, n, "diagnostic");
  g_autofree char *recipient = show_cell(cells, n, "recipient");
  printf("    %s  %s %s (message %s)  %s\n",
         date_minute(store_cell_int(cells, n, "happened_at"), at), store_cell(cells, n, "event"),
         store_cell(cells, n, "event_id"), store_cell(cells, n, "message_id"), recipient);
  if (store_cell(cells, n, "class") != NULL)
    printf("      %s, %s, provider %s\n", store_cell(cells, n, "class"),
           store_cell(cells, n, "reason"), provider);
  print_counting(cells, n);
  if (store_cell(cells, n, "diagnostic") != NULL)
    printf("      %s\n", diagnostic);
  shower->rows++;
  return true;
}

static bool
collect_recipient(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  g_ptr_array_add(data, g_strdup(store_cell(cells, n, "recipient")));
  return true;
}

static bool
show_address(Store *store, const char *address, Shower *shower, GError **error)
{
  g_autofree char *heading = escape_terminal(address);
  puts(heading);
  if (!show_state(store, shower->rules, shower->now, address, &shower->rows, error))
    return false;
  if (shower->rows > 0)
    puts("  history");
  if (!store_address_events(store, address, print_event, shower, error))
    return false;
  return store_address_audit(store, address, print_audit, shower, error);
}

/* If nothing is recorded under the address, it may be one that a recipient forwards mail to. */
static bool
show_forwarders(Store *store, const char *address, Shower *shower, GError **error)
{
  g_autoptr(GPtrArray) recipients = g_ptr_array_new_with_free_func(g_free);
  if (!store_named_for(store, address, collect_recipient, recipients, error))
    return false;
  for (guint i = 0; i < recipients->len; i++) {
    fputs("\nin reports about ", stdout);
    if (!show_address(store, g_ptr_array_index(recipients, i), shower, error))
      return false;
  }
  return true;
}

/* --- a message ---------------------------------------------------------------------------------*/

static bool
print_message(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  Shower *shower = data;
  for (guint i = 0; i < n; i++) {
    char at[DATE_BUFFER];
    if (cells[i].text == NULL)
      continue;
    g_autofree char *text = escape_terminal(cells[i].text);
    bool time = g_str_has_suffix(cells[i].name, "_at");
    printf("%-20s %s\n", cells[i].name, time ? date_minute(cells[i].value, at) : text);
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
  g_autoptr(Store) store = cmd_open_as(context, STORE_READ, error);
  if (store == NULL)
    return false;
  if (is_number(operand))
    return show_message(store, g_ascii_strtoll(operand, NULL, 10), shower, error);
  g_autofree char *address = cmd_address(operand, error);
  if (address == NULL)
    return false;
  return show_address(store, address, shower, error) &&
         (shower->rows > 0 || show_forwarders(store, address, shower, error));
}

bool
cmd_show(Context *context, int argc, char **argv, GError **error)
{
  if (!cmd_options(
          context, "ADDRESS|NUMBER",
          "Show everything known about an address, and why it is or is not suppressed; or the\n"
          "message with this number. Exit status: 1 if nothing is known.",
          NULL, &argc, &argv, error))
    return false;
  if (argc != 2)
    return throw(error, BOUNCEDB_ERROR_USAGE, "show needs one address or the number of a message");
  g_autoptr(Rules) rules = rules_load(context->settings->rules, error);
  Shower shower = {.rules = rules, .now = context->now};
  if (rules == NULL || !show(context, argv[1], &shower, error))
    return false;
  if (shower.rows == 0) {
    puts("nothing is known about it");
    context->status = EXIT_NEGATIVE;
  }
  return true;
}
