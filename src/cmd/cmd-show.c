/* bouncedb show: everything known about an address or a message. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/dates.h"
#include "base/escape.h"
#include "store/store-query.h"
#include "cmd/cmd.h"
#include "cmd/ids.h"
#include "cmd/show-json.h"
#include "cmd/show-state.h"
#include "cmd/terminal.h"

typedef struct {
  const Rules *rules;
  gint64 now;
  gint64 only; /* failure_id: of a message, show no other event; 0 = show all */
  guint rows;
  bool message; /* show one, not the history of an address */
  bool history; /* its heading is printed */
} Shower;

/* --- an address --------------------------------------------------------------------------------*/

static void
print_heading(Shower *shower)
{
  if (!shower->history)
    puts("  history");
  shower->history = true;
}

static bool
print_audit(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  Shower *shower = data;
  print_heading(shower);
  shower->rows++;
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
  const char *proof = store_cell(cells, n, "proof");
  bool believed = trust == NULL || store_cell_int(cells, n, "counts") != 0;
  if (trust != NULL && (!believed || strcmp(trust, "unsigned") != 0))
    printf("      trust: %s%s%s%s\n", trust, proof != NULL ? " (" : "", proof != NULL ? proof : "",
           proof != NULL ? ")" : "");
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
  const char *event = store_cell(cells, n, "event");
  bool failure = strcmp(event, "failure") == 0;
  if (shower->only != 0 && (!failure || store_cell_int(cells, n, "event_id") != shower->only))
    return true;
  if (!shower->message)
    print_heading(shower);
  g_autofree char *provider = show_cell(cells, n, "provider");
  g_autofree char *diagnostic = show_cell(cells, n, "diagnostic");
  g_autofree char *recipient = show_cell(cells, n, "recipient");
  printf("    %s  %s%s%s (message m%s)  %s\n",
         date_minute(store_cell_int(cells, n, "happened_at"), at), event, failure ? " f" : "",
         failure ? store_cell(cells, n, "event_id") : "", store_cell(cells, n, "message_id"),
         recipient);
  if (store_cell(cells, n, "class") != NULL)
    printf("      %s, %s, provider %s\n", store_cell(cells, n, "class"),
           store_cell(cells, n, "reason"),
           store_cell(cells, n, "provider") != NULL ? provider : "(unknown)");
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
  g_autofree char *heading = terminal_address(address);
  puts(heading);
  shower->history = false;
  return show_state(store, shower->rules, shower->now, address, &shower->rows, error) &&
         store_address_events(store, address, print_event, shower, error) &&
         store_address_audit(store, address, print_audit, shower, error);
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
    bool id = strcmp(cells[i].name, "message_id") == 0;
    printf("%-20s %s%s\n", cells[i].name, id ? "m" : "",
           time ? date_minute(cells[i].value, at) : text);
  }
  shower->rows++;
  return true;
}

static bool
show_message(Store *store, gint64 message_id, Shower *shower, GError **error)
{
  shower->message = true;
  return store_message(store, message_id, print_message, shower, error) &&
         store_message_events(store, message_id, print_event, shower, error);
}

/* A failure is shown with the message that reported it. */
static bool
show_id(Store *store, const Id *id, Shower *shower, GError **error)
{
  gint64 message_id = id->number;
  if (id->kind == 'f') {
    shower->only = id->number;
    if (!store_message_of(store, id->number, &message_id, error))
      return false;
  }
  return message_id == 0 || show_message(store, message_id, shower, error);
}

typedef struct {
  Context *context;
  Store *store;
  const Rules *rules;
} Request;

static bool
show_operand(Store *store, const char *operand, Shower *shower, GError **error)
{
  Id id;
  if (id_parse(operand, &id))
    return show_id(store, &id, shower, error);
  g_autofree char *address = cmd_entry(operand, error);
  return address != NULL && show_address(store, address, shower, error) &&
         (shower->rows > 0 || show_forwarders(store, address, shower, error));
}

static char *
object(const Request *request, const char *operand, bool *known, GError **error)
{
  Id id;
  if (!id_parse(operand, &id)) {
    g_autofree char *address = cmd_entry(operand, error);
    return address != NULL
               ? show_address_json(request->store, address, request->context->now, known, error)
               : NULL;
  }
  bool failure = id.kind == 'f';
  gint64 message_id = id.number;
  return !failure || store_message_of(request->store, id.number, &message_id, error)
             ? show_message_json(request->store, message_id, failure ? id.number : 0, known, error)
             : NULL;
}

static bool
show_json(const Request *request, const char *operand, GError **error)
{
  bool known = false;
  g_autofree char *text = object(request, operand, &known, error);
  if (text == NULL)
    return false;
  puts(text);
  if (!known)
    request->context->status = EXIT_NEGATIVE;
  return true;
}

static bool
show(const char *operand, gpointer data, GError **error)
{
  const Request *request = data;
  if (request->context->json)
    return *operand == '\0' || show_json(request, operand, error);
  Shower shower = {.rules = request->rules, .now = request->context->now};
  if (*operand == '\0')
    return true;
  if (!show_operand(request->store, operand, &shower, error))
    return false;
  if (shower.rows == 0) {
    Id id;
    if (id_parse(operand, &id))
      printf("there is no %s %c%" G_GINT64_FORMAT "\n", id.kind == 'f' ? "failure" : "message",
             id.kind, id.number);
    else
      puts(cmd_is_complete(operand) ? "nothing is known about it"
                                    : "nothing is known about it; an address has a domain (@...)");
    request->context->status = EXIT_NEGATIVE;
  }
  return true;
}

static bool
show_line(const char *line, gpointer data, GError **error)
{
  return cmd_is_comment(line) || show(line, data, error);
}

bool
cmd_show(Context *context, int argc, char **argv, GError **error)
{
  const GOptionEntry entries[] = {
      {"json", 0, 0, G_OPTION_ARG_NONE, &context->json, "Print one JSON object per operand", NULL},
      G_OPTION_ENTRY_NULL};
  if (!cmd_options(
          context, "ADDRESS|ID|-",
          "Show everything known about an address, and why it is or is not suppressed; or the\n"
          "failure or message with an id that list shows (f12, m34). A hyphen reads addresses\n"
          "and ids from standard input, one per line. Exit status: 1 if nothing is known.",
          entries, &argc, &argv, error))
    return false;
  if (argc != 2)
    return throw(error, BOUNCEDB_ERROR_USAGE,
                 "show needs one address, an id that list shows, or -");
  g_autoptr(Rules) rules = rules_load(context->settings->rules, error);
  g_autoptr(Store) store = rules != NULL ? cmd_open_as(context, STORE_READ, error) : NULL;
  Request request = {context, store, rules};
  if (store == NULL)
    return false;
  if (strcmp(argv[1], "-") == 0)
    return cmd_each_line(show_line, &request, error);
  cmd_page(context);
  return show(argv[1], &request, error);
}
