/* Events of sending services (services.c): JSON as the text of a message, as Amazon SES sends it
 * through SNS, or alone, as a web server receives it; or a row of an export. An event becomes what
 * a mail server's report would have become. */
#include "config.h"

#include <string.h>

#include "mail/address.h"
#include "mail/reply.h"
#include "readers/readers.h"
#include "readers/services.h"
#include "readers/sns.h"

/* The text of an event that came alone; otherwise what the message says. */
static const char *
event_text(const Letter *letter)
{
  const Part *top = message_part(letter->message, 0);
  size_t length;
  if (strcmp(top->type, "application/json") == 0 || strcmp(top->type, "text/csv") == 0)
    return part_bytes(top, &length);
  return letter->notice;
}

static bool
is_csv(const Letter *letter)
{
  return strcmp(message_part(letter->message, 0)->type, "text/csv") == 0;
}

static Probe
probe(const Letter *letter)
{
  const char *text = event_text(letter);
  return text[strspn(text, " \t\n")] == '{' || is_csv(letter) ? PROBE_YES : PROBE_NO;
}

/* What the recipient says itself, or else the event. (transfer full) (nullable) */
static char *
get(const Event *element, const Event *event, const char *paths)
{
  char *text = event_get(element, paths);
  return text != NULL ? text : event_get(event, paths);
}

/* Without "smtp;" (RFC 3464 section 2.3.6), and with the reply code if the service took it out. */
static void
set_reply(Recipient *recipient, const char *reply, const char *code)
{
  if (reply != NULL && g_ascii_strncasecmp(reply, "smtp;", 5) == 0)
    reply += 5;
  bool bare = reply_code_at(code) != 0 && (reply == NULL || reply_code_at(reply) == 0);
  g_autofree char *whole = g_strjoin(" ", bare ? code : reply, bare ? reply : NULL, NULL);
  bounce_set(&recipient->diagnostic, whole, BOUNCE_DIAGNOSTIC_MAX);
}

static void
set_host(char **field, const char *host)
{
  const char *semicolon = host != NULL ? strchr(host, ';') : NULL;
  bounce_set(field, semicolon != NULL ? semicolon + 1 : host, BOUNCE_TEXT_MAX);
}

static void
set_id(char **field, const char *id)
{
  size_t skip = id != NULL && *id == '<';
  g_autofree char *bare = id != NULL ? g_strndup(id + skip, strcspn(id + skip, ">")) : NULL;
  bounce_set(field, bare, BOUNCE_TEXT_MAX);
}

/* Unix time in seconds or milliseconds, ISO 8601, or as in mail. 0 if it makes no sense. */
static gint64
read_time(const char *text)
{
  const gint64 milliseconds = G_GINT64_CONSTANT(100000000000), max = 253402300799;
  if (text == NULL)
    return 0;
  size_t digits = strspn(text, "0123456789");
  gint64 at = 0;
  if (digits > 0 && (text[digits] == '\0' || text[digits] == '.')) {
    at = g_ascii_strtoll(text, NULL, 10);
    at = at >= milliseconds ? at / 1000 : at;
  } else {
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    g_autoptr(GDateTime) date = g_date_time_new_from_iso8601(text, utc);
    at = date != NULL ? g_date_time_to_unix(date) : message_date(text);
  }
  return at > 0 && at <= max ? at : 0;
}

static char *
find_address(const Service *service, const Event *element, const Event *event)
{
  g_autofree char *value = event_value(element);
  g_autofree char *text = value == NULL ? get(element, event, service->address) : NULL;
  return address_parse(value != NULL ? value : text, false);
}

static void
fill_recipient(Recipient *recipient, const Service *service, const Event *element,
               const Event *event)
{
  g_autofree char *address = find_address(service, element, event);
  g_autofree char *reply = get(element, event, service->reply);
  g_autofree char *code = get(element, event, service->code);
  g_autofree char *status = get(element, event, service->status);
  g_autofree char *host = get(element, event, service->host);
  g_autofree char *words = event_join(event, service->words);
  g_strdelimit(words, "_", ' ');
  g_autofree char *notice = g_strconcat(service->title, *words != '\0' ? ": " : "", words, NULL);
  bounce_set(&recipient->final_recipient, address, BOUNCE_ADDRESS_MAX);
  bounce_set(&recipient->notice, notice, BOUNCE_TEXT_MAX);
  set_reply(recipient, reply, code);
  set_host(&recipient->remote_mta, host);
  if (status != NULL)
    status_find(status, &recipient->status);
}

static void
add_recipients(Report *report, const Service *service, const Event *event, Action action)
{
  g_autoptr(GPtrArray) elements = event_elements(event, service->recipients);
  for (guint i = 0; i < elements->len; i++) {
    Recipient *recipient = report_add_recipient(report);
    if (recipient == NULL)
      return;
    recipient->action = action;
    fill_recipient(recipient, service, g_ptr_array_index(elements, i), event);
  }
}

/* The type, and the same with what else decides what it means. The type may be missing in lists of
 * bounces. (transfer full) (nullable) */
static char *
type_of(const Service *service, const Event *event, char **whole)
{
  g_auto(GStrv) parts = g_strsplit(service->type, "+", 2);
  g_autofree char *more = event_join(event, parts[1]);
  char *type = event_get(event, parts[0]);
  if (type == NULL)
    type = g_strdup(service->fallback);
  *whole = g_strjoin(" ", type, more, NULL);
  return type;
}

/* Who unsubscribes has written nothing, but may be shown like the author of a message. */
static void
set_author(Report *report, const Service *service, const Event *event)
{
  g_autoptr(GPtrArray) elements = event_elements(event, service->recipients);
  g_autofree char *address = find_address(service, g_ptr_array_index(elements, 0), event);
  bounce_set(&report->author, address, BOUNCE_ADDRESS_MAX);
}

/* An id that is too long is left out: its beginning might be another event's. */
static void
set_event(Report *report, const Service *service, const Event *event, const char *type)
{
  g_autofree char *id = event_join(event, service->id);
  g_autofree char *whole = g_strjoin(" ", service->name, type, id, NULL);
  if (*id != '\0' && strlen(whole) <= BOUNCE_TEXT_MAX)
    bounce_set(&report->event, whole, BOUNCE_TEXT_MAX);
}

/* The service's own, or that of SNS, which carries what it says. One that is too long is left out.
 */
static void
set_signature(Report *report, const Service *service, const Event *event)
{
  g_autofree char *text =
      service->signature != NULL ? event_join_outside(event, service->signature) : sns_proof(event);
  if (*text != '\0' && strlen(text) <= BOUNCE_TEXT_MAX)
    bounce_set(&report->signature, text, BOUNCE_TEXT_MAX);
}

static void
fill_report(Report *report, const Service *service, const Event *event)
{
  g_autofree char *time = event_get(event, service->time);
  g_autofree char *reporter = event_get(event, service->reporter);
  g_autofree char *message_id = event_get(event, service->message_id);
  g_autofree char *subject = event_get(event, service->subject);
  report->reported_at = read_time(time);
  set_host(&report->reporting_mta, reporter);
  set_id(&report->original_message_id, message_id);
  bounce_set(&report->subject, subject, BOUNCE_TEXT_MAX);
  bounce_set(&report->reader, service->name, BOUNCE_TEXT_MAX);
}

static void
read_meaning(Report *report, const Service *service, const Event *event, Meaning meaning)
{
  static const struct {
    Kind kind;
    Action action;
  } meanings[] = {
      [MEANS_OTHER] = {KIND_OTHER, ACTION_NONE},
      [MEANS_BOUNCE] = {KIND_BOUNCE, ACTION_FAILED},
      [MEANS_DELAY] = {KIND_DELAY, ACTION_DELAYED},
      [MEANS_SUCCESS] = {KIND_SUCCESS, ACTION_DELIVERED},
      [MEANS_COMPLAINT] = {KIND_COMPLAINT, ACTION_NONE},
      [MEANS_UNSUBSCRIBE] = {KIND_OTHER, ACTION_NONE},
      [MEANS_NOTHING] = {KIND_OTHER, ACTION_NONE},
  };
  report->kind = meanings[meaning].kind;
  if (report->kind != KIND_OTHER)
    add_recipients(report, service, event, meanings[meaning].action);
  else if (meaning == MEANS_UNSUBSCRIBE)
    set_author(report, service, event);
  else if (meaning == MEANS_NOTHING)
    report->notes |= NOTE_NO_DELIVERY;
}

static bool
read_event(const Service *service, const Event *event, Report *report)
{
  g_autofree char *whole = NULL;
  g_autofree char *type = type_of(service, event, &whole);
  if (type == NULL)
    return false;
  Meaning meaning = service_meaning(service, whole);
  if (meaning == MEANS_OTHER && !service_marks(service, event))
    return false;
  fill_report(report, service, event);
  set_event(report, service, event, type);
  set_signature(report, service, event);
  read_meaning(report, service, event, meaning);
  return true;
}

static bool
read_events(const Letter *letter, Report *report)
{
  const char *text = event_text(letter);
  g_autofree char *name = part_parameter(message_part(letter->message, 0), "service");
  g_autoptr(Event) event = is_csv(letter) ? event_from_csv(text) : event_from_json(text);
  if (event == NULL)
    return false;
  const Service *service = name != NULL ? service_find(name) : service_of(event);
  return service != NULL && read_event(service, event, report);
}

const Reader reader_events = {"events", probe, read_events};
