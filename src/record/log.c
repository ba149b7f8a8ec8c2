#include "config.h"

#include "record/log.h"

#include <syslog.h>

#include "base/escape.h"
#include "base/text.h"

enum { LINES_MAX = 50 }; /* per message, because a stranger decides how many recipients it has */

/* Fields are separated by a comma and a blank. A quoted local part may contain both, so commas are
 * escaped, except in the last field, which goes to the end of the line. */
static void
append(GString *line, const char *key, const char *value)
{
  if (value == NULL || *value == '\0')
    return;
  g_autofree char *clean = escape_terminal(value);
  g_string_append_printf(line, ", %s=", key);
  for (const char *p = clean; *p != '\0'; p++)
    if (*p == ',')
      g_string_append(line, "\\x2c");
    else
      g_string_append_c(line, *p);
}

static void
append_last(GString *line, const char *key, const char *value)
{
  if (value == NULL || *value == '\0')
    return;
  g_autofree char *clean = escape_terminal(value);
  g_string_append_printf(line, ", %s=%s", key, clean);
}

char *
log_line(const Report *report, const Recipient *recipient, const Recorded *recorded)
{
  char status[STATUS_BUFFER];
  GString *line = g_string_new(NULL);
  g_string_printf(line, "message=%" G_GINT64_FORMAT ", kind=%s", recorded->message_id,
                  kind_name(report->kind));
  if (recorded->duplicate)
    append(line, "duplicate", "yes");
  if (recipient != NULL) {
    const Verdict *verdict = &recipient->verdict;
    append(line, "to", recipient->recipient);
    append(line, "action", action_name(recipient->action));
    append(line, "status", status_format(recipient->status, status));
    append(line, "class", class_name(verdict->klass));
    append(line, "reason", reason_name(verdict->reason));
    append(line, "provider", verdict->provider);
    append(line, "rule", verdict->rule);
    append(line, "trust", recipient->trust != TRUST_UNSIGNED ? trust_name(recipient->trust) : NULL);
    append_last(line, "diagnostic", recipient->diagnostic);
  }
  g_string_truncate(line, text_cut(line->str, LOG_LINE_MAX));
  return g_string_free(line, FALSE);
}

void
log_warning(const char *message)
{
  g_autofree char *clean = escape_terminal(message);
  openlog("bouncedb", LOG_PID, LOG_MAIL);
  syslog(LOG_WARNING, "warning: %s", clean);
  closelog();
}

void
log_forbidden(gint64 message_id)
{
  g_autofree char *line =
      g_strdup_printf("message=%" G_GINT64_FORMAT ": the process that parses tried a forbidden "
                      "system call and was ended; the message may be an attack, and is kept",
                      message_id);
  log_warning(line);
}

void
log_held(void)
{
  log_warning(
      "more addresses than usual would be suppressed today; those beyond the limit are held "
      "until somebody decides: see bouncedb doctor");
}

static void
send_line(const Report *report, const Recipient *recipient, const Recorded *recorded)
{
  g_autofree char *line = log_line(report, recipient, recorded);
  syslog(LOG_INFO, "%s", line);
}

void
log_report(const Report *report, const Recorded *recorded)
{
  openlog("bouncedb", LOG_PID, LOG_MAIL);
  guint n = recorded->duplicate ? 0 : MIN(report->recipients->len, LINES_MAX);
  if (n == 0)
    send_line(report, NULL, recorded);
  for (guint i = 0; i < n; i++)
    send_line(report, report_recipient(report, i), recorded);
  if (report->recipients->len > LINES_MAX)
    syslog(LOG_INFO, "message=%" G_GINT64_FORMAT ", and %u more recipients", recorded->message_id,
           report->recipients->len - LINES_MAX);
  closelog();
}
