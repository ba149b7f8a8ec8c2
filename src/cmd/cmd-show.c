/* bouncedb show: everything known about an address or a message, and why the address is, or is not,
 * suppressed. */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/dates.h"
#include "base/escape.h"
#include "judge/rules.h"
#include "store/store-forgotten.h"
#include "store/store-query.h"
#include "cmd/cmd.h"

typedef struct {
  const Rules *rules;
  bool suppressed, held;
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

/* A rule of the user's own need not have any. */
static void
print_sentence(const char *label, const char *sentence)
{
  if (sentence == NULL)
    return;
  g_autofree char *safe = escape_terminal(sentence);
  printf("    %s: %s\n", label, safe);
}

static void
print_remedy(const Rules *rules, const char *rule_id)
{
  const RuleInfo *rule = rule_id != NULL ? rules_find(rules, rule_id) : NULL;
  if (rule == NULL)
    return;
  const RuleAdvice *advice = rules_advice(rules, rule);
  print_sentence("cause", advice->cause);
  print_sentence("what to do", advice->remedy);
}

/* What the entry rests on: the failure or the complaint that decided, under which threshold. */
static void
print_ground(const Shower *shower, const StoreCell *cells, guint n)
{
  bool complaint = store_cell(cells, n, "complaint_id") != NULL;
  g_autofree char *diagnostic = shown(cells, n, "diagnostic");
  printf("    decided by: %s %s, message %s\n", complaint ? "complaint" : "failure",
         store_cell(cells, n, complaint ? "complaint_id" : "failure_id"),
         store_cell(cells, n, "message_id"));
  if (!complaint)
    printf("    the reply: %s\n", diagnostic);
  print_threshold(store_cell_int(cells, n, "days"), store_cell_int(cells, n, "span"),
                  store_cell_int(cells, n, "window"));
  print_remedy(shower->rules, store_cell(cells, n, "rule"));
}

static const char *
meaning_of(const StoreCell *cells, guint n)
{
  const char *reason = store_cell(cells, n, "reason");
  return strcmp(reason, "complaint") == 0 ? "the recipient called a message spam"
         : strcmp(reason, "manual") == 0  ? "somebody decided so"
                                          : reason_info(reason_of(cells, n))->meaning;
}

static void
print_ways_out(const char *reason)
{
  if (strcmp(reason, "manual") == 0)
    puts("    lifted by: bouncedb suppress --undo, or bouncedb allow");
  else if (strcmp(reason, "complaint") == 0)
    puts("    lifted by: bouncedb allow; a release of that time; not by a delivery");
  else
    puts("    lifted by: a report that a message was delivered; bouncedb allow; a release of that\n"
         "      provider and time");
}

static bool
print_suppression(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  Shower *shower = data;
  char day[DATE_BUFFER];
  shower->suppressed = true;
  shower->rows++;
  printf("  suppressed since %s: %s (%s)\n", date_day(store_cell_int(cells, n, "since"), day),
         store_cell(cells, n, "reason"), meaning_of(cells, n));
  if (store_cell(cells, n, "message_id") != NULL)
    print_ground(shower, cells, n);
  print_ways_out(store_cell(cells, n, "reason"));
  return true;
}

static bool
print_held(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  Shower *shower = data;
  char day[DATE_BUFFER];
  shower->rows++;
  printf("  not suppressed, but held since %s: %s (%s)\n",
         date_day(store_cell_int(cells, n, "since"), day), store_cell(cells, n, "reason"),
         meaning_of(cells, n));
  print_ground(shower, cells, n);
  puts("    held because: more came on that day than the guard lets through\n"
       "    decided by: bouncedb confirm, or bouncedb release");
  shower->held = true;
  return true;
}

static bool
print_forgotten(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  Shower *shower = data;
  char day[DATE_BUFFER];
  shower->suppressed = true;
  shower->rows++;
  printf("  suppressed: %s; forgotten on %s, so that no more than this is known\n"
         "    lifted by: bouncedb allow\n",
         store_cell(cells, n, "reason"), date_day(store_cell_int(cells, n, "since"), day));
  return true;
}

/* Who decided, when and why: of an override, or a line of the audit. */
static void
print_decision(const char *what, const StoreCell *cells, guint n)
{
  char at[DATE_BUFFER];
  g_autofree char *note = shown(cells, n, "note");
  printf("%s by user %s on %s%s%s\n", what, store_cell(cells, n, "by_uid"),
         date_minute(store_cell_int(cells, n, "at"), at),
         store_cell(cells, n, "note") != NULL ? ": " : "",
         store_cell(cells, n, "note") != NULL ? note : "");
}

static bool
print_override(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  ((Shower *)data)->rows++;
  bool allow = strcmp(store_cell(cells, n, "verdict"), "allow") == 0;
  print_decision(allow ? "  allowed" : "  suppressed", cells, n);
  if (allow)
    puts("    whatever is reported does not suppress it (bouncedb allow --undo ends that)");
  return true;
}

static bool
print_audit(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  ((Shower *)data)->rows++;
  g_autofree char *command = g_strdup_printf("    %s", store_cell(cells, n, "command"));
  print_decision(command, cells, n);
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
  if (reason_info(reason)->suppress_days == 0)
    printf("; never suppresses, for %s", who_acts(reason));
  else if (store_cell(cells, n, "days_needed") == NULL)
    printf("; never suppresses, by the configuration");
  else
    printf(", on %s of %s days", store_cell(cells, n, "days"), store_cell(cells, n, "days_needed"));
  if (store_cell_int(cells, n, "span_needed") > 0)
    printf(", %s of %s days between the first and the last", store_cell(cells, n, "span"),
           store_cell(cells, n, "span_needed"));
  putchar('\n');
  shower->rows++;
  return true;
}

/* Whether the event counts, where that is not a matter of course. */
static void
print_counting(const StoreCell *cells, guint n)
{
  const char *trust = store_cell(cells, n, "trust"), *lifted = store_cell(cells, n, "lifted");
  bool believed = trust == NULL || store_cell_int(cells, n, "counts") != 0;
  if (trust != NULL && (!believed || strcmp(trust, "unsigned") != 0))
    printf("      trust: %s\n", trust);
  if (!believed)
    puts("      does not count: the policy asked for more trust (bouncedb.conf(5), [verp])");
  else if (lifted != NULL)
    printf("      no longer counts: %s\n", lifted);
}

static bool
print_event(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  Shower *shower = data;
  char at[DATE_BUFFER];
  g_autofree char *provider = shown(cells, n, "provider");
  g_autofree char *diagnostic = shown(cells, n, "diagnostic");
  g_autofree char *recipient = shown(cells, n, "recipient");
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
show_state(Store *store, const char *address, Shower *shower, GError **error)
{
  if (!store_suppression(store, address, print_suppression, shower, error) ||
      !store_held_entry(store, address, print_held, shower, error) ||
      !store_forgotten(store, address, print_forgotten, shower, error))
    return false;
  if (!shower->suppressed && !shower->held)
    puts("  not suppressed");
  return store_address_override(store, address, print_override, shower, error);
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
  if (!show_state(store, address, shower, error) ||
      !store_address_standing(store, address, print_standing, shower, error))
    return false;
  if (shower->rows > 0)
    puts("  history");
  if (!store_address_events(store, address, print_event, shower, error))
    return false;
  return store_address_audit(store, address, print_audit, shower, error);
}

/* An address that nothing is recorded under may be one that mail to a subscriber was forwarded to.
 */
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

/* --- a message --- */

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
  g_autoptr(Store) store = store_open(context->settings->database, STORE_READ, error);
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
          context, "ADDRESS|ID",
          "Show everything known about an address, and why it is or is not suppressed; or\n"
          "the message with this number. Exit 1: nothing is known.",
          NULL, &argc, &argv, error))
    return false;
  if (argc != 2)
    return throw(error, BOUNCEDB_ERROR_USAGE, "show needs one address or the number of a message");
  g_autoptr(Rules) rules = rules_load(context->settings->rules, error);
  Shower shower = {.rules = rules};
  if (rules == NULL || !show(context, argv[1], &shower, error))
    return false;
  if (shower.rows == 0) {
    puts("nothing is known of it");
    context->status = EXIT_NEGATIVE;
  }
  return true;
}
