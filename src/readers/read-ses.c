/* Amazon SES through SNS: the text is a JSON notification, or an SNS envelope with one in its
 * Message (Amazon SES Developer Guide, "Amazon SNS notification contents"). */
#include "config.h"

#include <string.h>

#include "base/json-read.h"
#include "base/lines.h"
#include "mail/address.h"
#include "readers/readers.h"
#include "readers/recipients.h"

typedef struct {
  Report *report;
  Recipient *recipient; /* the one that the current array element describes */
  char *element;        /* path of that element */
  char *type;           /* notificationType or eventType */
  char *response;       /* delivery.smtpResponse */
  GString *subtypes;    /* bounceType, bounceSubType */
} Notification;

static Probe
probe(const Letter *letter)
{
  const char *text = letter->notice + strspn(letter->notice, " \t\n");
  if (*text != '{')
    return PROBE_NO;
  bool told = line_find(text, SIZE_MAX, "notificationType") != NULL ||
              line_find(text, SIZE_MAX, "eventType") != NULL;
  return told ? PROBE_YES : PROBE_NO;
}

static void
find_message(const char *path, const char *value, void *data)
{
  char **message = data;
  if (strcmp(path, "Message") == 0 && *message == NULL)
    *message = g_strdup(value);
}

/* The element of "bounce.bouncedRecipients[2].status" is what precedes the last dot. */
static void
read_member(Notification *n, const char *path, const char *value)
{
  const char *name = strrchr(path, '.') + 1;
  if (n->element == NULL || strncmp(n->element, path, (size_t)(name - path)) != 0 ||
      strlen(n->element) != (size_t)(name - path)) {
    g_free(n->element);
    n->element = g_strndup(path, (size_t)(name - path));
    n->recipient = report_add_recipient(n->report);
  }
  if (n->recipient == NULL)
    return;
  if (strcmp(name, "emailAddress") == 0) {
    g_autofree char *address = address_parse(value, false);
    bounce_set(&n->recipient->final_recipient, address, BOUNCE_ADDRESS_MAX);
  } else if (strcmp(name, "action") == 0)
    action_from_name(value, &n->recipient->action);
  else if (strcmp(name, "status") == 0)
    status_find(value, &n->recipient->status);
  else if (strcmp(name, "diagnosticCode") == 0)
    bounce_set(&n->recipient->diagnostic,
               g_ascii_strncasecmp(value, "smtp;", 5) == 0 ? value + 5 : value,
               BOUNCE_DIAGNOSTIC_MAX);
}

static void
set_host(char **field, const char *value)
{
  const char *semicolon = strchr(value, ';');
  bounce_set(field, semicolon != NULL ? semicolon + 1 : value, BOUNCE_TEXT_MAX);
}

static void
visit(const char *path, const char *value, void *data)
{
  Notification *n = data;
  if (strcmp(path, "notificationType") == 0 || strcmp(path, "eventType") == 0) {
    g_free(n->type);
    n->type = g_strdup(value);
  } else if (strstr(path, "Recipients[") != NULL && strrchr(path, '.') > strstr(path, "Recipients"))
    read_member(n, path, value);
  else if (g_str_has_prefix(path, "delivery.recipients["))
    recipients_add_failed(n->report, value, NULL);
  else if (strcmp(path, "bounce.bounceType") == 0 || strcmp(path, "bounce.bounceSubType") == 0)
    g_string_append_printf(n->subtypes, " %s", value);
  else if (strcmp(path, "delivery.smtpResponse") == 0) {
    g_free(n->response);
    n->response = g_strdup(value);
  } else if (g_str_has_suffix(path, ".reportingMTA"))
    set_host(&n->report->reporting_mta, value);
  else if (strcmp(path, "mail.commonHeaders.messageId") == 0)
    bounce_set(&n->report->original_message_id, value, BOUNCE_TEXT_MAX);
  else if (strcmp(path, "mail.commonHeaders.subject") == 0)
    bounce_set(&n->report->subject, value, BOUNCE_TEXT_MAX);
}

static Kind
kind_of(const char *type)
{
  static const struct {
    const char *type;
    Kind kind;
  } types[] = {{"Bounce", KIND_BOUNCE},
               {"Complaint", KIND_COMPLAINT},
               {"Delivery", KIND_SUCCESS},
               {"DeliveryDelay", KIND_DELAY}};
  for (size_t i = 0; type != NULL && i < G_N_ELEMENTS(types); i++)
    if (strcmp(type, types[i].type) == 0)
      return types[i].kind;
  return KIND_OTHER;
}

static void
settle_actions(Notification *n)
{
  static const Action actions[N_KINDS] = {[KIND_BOUNCE] = ACTION_FAILED,
                                          [KIND_DELAY] = ACTION_DELAYED,
                                          [KIND_SUCCESS] = ACTION_DELIVERED};
  for (guint i = 0; i < n->report->recipients->len; i++) {
    Recipient *recipient = report_recipient(n->report, i);
    recipient->action = actions[n->report->kind];
    bounce_set(&recipient->notice, n->subtypes->str, BOUNCE_TEXT_MAX);
    if (n->report->kind == KIND_SUCCESS)
      bounce_set(&recipient->diagnostic, n->response, BOUNCE_DIAGNOSTIC_MAX);
  }
}

static bool
read_ses(const Letter *letter, Report *report)
{
  g_autofree char *message = NULL;
  json_read(letter->notice, find_message, &message);
  g_autoptr(GString) subtypes = g_string_new("Amazon SES:");
  Notification n = {.report = report, .subtypes = subtypes};
  json_read(message != NULL ? message : letter->notice, visit, &n);
  report->kind = kind_of(n.type);
  settle_actions(&n);
  bool known = n.type != NULL;
  g_free(n.element);
  g_free(n.type);
  g_free(n.response);
  return known;
}

const Reader reader_ses = {"ses", probe, read_ses};
