#include "config.h"

#include "cmd/show-state.h"

#include <stdio.h>
#include <string.h>

#include "base/dates.h"
#include "base/escape.h"
#include "base/text.h"
#include "mail/reply.h"
#include "store/store-alive.h"
#include "store/store-forgotten.h"
#include "store/store-own.h"
#include "store/store-query.h"
#include "cmd/cmd.h"
#include "cmd/terminal.h"

typedef struct {
  const Rules *rules;
  bool suppressed, held;
  char *domain; /* "@domain", if its entry suppresses the address */
  gint64 since; /* when the suppression began, Unix seconds */
  guint rows;
} State;

char *
show_cell(const StoreCell *cells, guint n, const char *name)
{
  const char *text = store_cell(cells, n, name);
  if (text != NULL && strcmp(name, "recipient") == 0)
    return terminal_address(text);
  bool reply = text != NULL && strcmp(name, "diagnostic") == 0;
  g_autofree char *plain = reply ? reply_plain(text) : g_strdup(text != NULL ? text : "-");
  return escape_terminal(plain);
}

void
show_decision(const char *what, const StoreCell *cells, guint n)
{
  char at[DATE_BUFFER];
  g_autofree char *note = show_cell(cells, n, "note");
  printf("%s by user %s on %s%s%s\n", what, store_cell(cells, n, "by_uid"),
         date_minute(store_cell_int(cells, n, "at"), at),
         store_cell(cells, n, "note") != NULL ? ": " : "",
         store_cell(cells, n, "note") != NULL ? note : "");
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

static void
print_threshold(gint64 days, gint64 span, gint64 window)
{
  if (days == 1)
    puts("    threshold: one is enough");
  else
    printf("    threshold: failures on %" G_GINT64_FORMAT " different days within %" G_GINT64_FORMAT
           " days, at least %" G_GINT64_FORMAT " days between the first and the last\n",
           days, window, span);
}

/* A user's rule may lack it. */
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

/* What the entry rests on: the failure or complaint that decided, and its threshold. */
static void
print_ground(const State *state, const StoreCell *cells, guint n)
{
  bool complaint = store_cell(cells, n, "complaint_id") != NULL;
  if (store_cell_int(cells, n, "message_id") == 0) {
    puts("    decided by: the fleet, from what all of its hosts have recorded");
    return;
  }
  g_autofree char *diagnostic = show_cell(cells, n, "diagnostic");
  printf("    decided by: %s%s, message m%s\n", complaint ? "a complaint" : "failure f",
         complaint ? "" : store_cell(cells, n, "failure_id"), store_cell(cells, n, "message_id"));
  if (!complaint)
    printf("    the reply: %s\n", diagnostic);
  print_threshold(store_cell_int(cells, n, "days"), store_cell_int(cells, n, "span"),
                  store_cell_int(cells, n, "window"));
  print_remedy(state->rules, store_cell(cells, n, "rule"));
}

static const char *
meaning_of(const StoreCell *cells, guint n)
{
  const char *reason = store_cell(cells, n, "reason");
  return strcmp(reason, "complaint") == 0 ? "the recipient reported a message as spam"
         : strcmp(reason, "manual") == 0  ? "decided by hand"
                                          : reason_info(reason_of(cells, n))->meaning;
}

static void
print_ways_out(const char *reason, const char *domain)
{
  g_autofree char *shown = domain != NULL ? terminal_address(domain + 1) : NULL;
  if (domain != NULL)
    printf("    lifted by: bouncedb suppress --undo --domain %s, or bouncedb allow\n", shown);
  else if (strcmp(reason, "manual") == 0)
    puts("    lifted by: bouncedb suppress --undo, or bouncedb allow");
  else if (strcmp(reason, "complaint") == 0)
    puts("    lifted by: bouncedb allow, or bouncedb release for that period; not by a delivery");
  else
    puts("    lifted by: a report of a successful delivery, bouncedb allow, or bouncedb release "
         "for\n"
         "      that provider and period");
}

static bool
print_suppression(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  State *state = data;
  char day[DATE_BUFFER];
  state->suppressed = true;
  state->since = store_cell_int(cells, n, "since");
  state->rows++;
  const char *address = store_cell(cells, n, "address");
  state->domain = *address == '@' ? g_strdup(address) : NULL;
  printf("  suppressed since %s: %s (%s%s)\n", date_day(store_cell_int(cells, n, "since"), day),
         store_cell(cells, n, "reason"), meaning_of(cells, n),
         state->domain != NULL ? ", for the whole domain" : "");
  if (store_cell(cells, n, "message_id") != NULL)
    print_ground(state, cells, n);
  if (store_cell(cells, n, "expires_at") != NULL)
    printf("    ends by itself: %s ([expiry])\n",
           date_day(store_cell_int(cells, n, "expires_at"), day));
  print_ways_out(store_cell(cells, n, "reason"), state->domain);
  return true;
}

static bool
print_held(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  State *state = data;
  char day[DATE_BUFFER];
  state->rows++;
  printf("  not suppressed, but held since %s: %s (%s)\n",
         date_day(store_cell_int(cells, n, "since"), day), store_cell(cells, n, "reason"),
         meaning_of(cells, n));
  print_ground(state, cells, n);
  puts("    held because: more addresses failed on that day than the guard lets pass\n"
       "    to decide: bouncedb confirm, or bouncedb release");
  state->held = true;
  return true;
}

static bool
print_forgotten(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  State *state = data;
  char day[DATE_BUFFER];
  state->suppressed = true;
  state->rows++;
  printf("  suppressed: %s; forgotten on %s, so nothing else is known\n"
         "    lifted by: bouncedb allow\n",
         store_cell(cells, n, "reason"), date_day(store_cell_int(cells, n, "since"), day));
  return true;
}

static bool
print_override(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  ((State *)data)->rows++;
  bool allow = strcmp(store_cell(cells, n, "verdict"), "allow") == 0;
  show_decision(allow ? "  allowed" : "  suppressed", cells, n);
  if (allow)
    puts("    reports do not suppress it, until bouncedb allow --undo");
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
  State *state = data;
  Reason reason = reason_of(cells, n);
  g_autofree char *failures =
      text_count((guint64)store_cell_int(cells, n, "failures"), "failure", "failures");
  printf("    %s: %s", reason_name(reason), failures);
  if (reason_info(reason)->suppress_days == 0)
    printf("; never suppresses, because %s", who_acts(reason));
  else if (store_cell(cells, n, "days_needed") == NULL)
    printf("; never suppresses, by configuration");
  else
    printf(", on %s of the %s days needed", store_cell(cells, n, "days"),
           store_cell(cells, n, "days_needed"));
  if (store_cell_int(cells, n, "span_needed") > 0)
    printf(", over %s of the %s days needed", store_cell(cells, n, "span"),
           store_cell(cells, n, "span_needed"));
  putchar('\n');
  state->rows++;
  return true;
}

/* Of a suppressed address. */
static bool
print_alive(const StoreCell *cells, guint n, gpointer data, GError **error)
{
  (void)error;
  const State *state = data;
  char day[DATE_BUFFER];
  gint64 accepted = store_cell_int(cells, n, "accepted_at");
  gint64 wrote = store_cell_int(cells, n, "wrote_at");
  if (accepted > state->since)
    printf("    sign of life: its host accepted a message on %s\n", date_day(accepted, day));
  if (wrote > state->since)
    printf("    sign of life: a message came from it on %s\n", date_day(wrote, day));
  return true;
}

/* What people decided about the address, and about its domain if that suppresses it. */
static bool
show_overrides(Store *store, const char *address, State *state, GError **error)
{
  g_autofree char *domain = g_steal_pointer(&state->domain);
  bool same = domain == NULL || strcmp(domain, address) == 0;
  return store_address_override(store, address, print_override, state, error) &&
         (same || store_address_override(store, domain, print_override, state, error));
}

bool
show_state(Store *store, const Rules *rules, gint64 now, const char *address, guint *rows,
           GError **error)
{
  State state = {.rules = rules};
  bool own, forgotten;
  if (!store_is_own(store, address, &own, error) ||
      !cmd_can_tell_forgotten(store, &forgotten, error) ||
      !store_suppression(store, address, now, print_suppression, &state, error) ||
      !store_held_entry(store, address, print_held, &state, error) ||
      (!own && forgotten && !store_forgotten(store, address, print_forgotten, &state, error)) ||
      (state.suppressed && !store_alive(store, address, print_alive, &state, error))) {
    g_free(state.domain);
    return false;
  }
  if (own)
    puts("  one of your own ([own] never): nothing suppresses it");
  else if (!state.suppressed && !state.held)
    puts("  not suppressed");
  if (!show_overrides(store, address, &state, error) ||
      !store_address_standing(store, address, print_standing, &state, error))
    return false;
  *rows += state.rows;
  return true;
}
