/* A report as one line of text, for tables of tests. */
#pragma once

#include "lib/check.h"

#include "mail/scan.h"
#include "readers/readers.h"

enum { WINDOW = 1 << 20 }; /* octets; the default of max-parse */

/* "kind reader: recipient action status (final, original) {diagnostic}; ...", without what is
 * absent or equal to the recipient. */
static inline char *
report_text(const Report *report)
{
  GString *out = g_string_new(kind_name(report->kind));
  g_string_append_printf(out, " %s", report->reader != NULL ? report->reader : "-");
  for (guint i = 0; i < report->recipients->len; i++) {
    const Recipient *r = report_recipient(report, i);
    char status[STATUS_BUFFER];
    g_string_append_printf(out, "%s%s %s", i == 0 ? ": " : "; ", r->recipient,
                           action_name(r->action));
    if (status_present(r->status))
      g_string_append_printf(out, " %s", status_format(r->status, status));
    if (g_strcmp0(r->final_recipient, r->recipient) != 0)
      g_string_append_printf(out, " (final %s)", r->final_recipient);
    if (r->original_recipient != NULL && g_strcmp0(r->original_recipient, r->recipient) != 0)
      g_string_append_printf(out, " (original %s)", r->original_recipient);
    if (r->diagnostic != NULL)
      g_string_append_printf(out, " {%s}", r->diagnostic);
  }
  return g_string_free(out, FALSE);
}

/* What the readers make of a message as it comes through a pipe. */
static inline char *
read_letter(const char *raw, size_t length)
{
  unsigned notes = 0;
  g_autoptr(GString) window = scan_window(raw, length, WINDOW, &notes);
  g_autoptr(Message) message = message_new(window->str, window->len);
  g_autoptr(Report) report = readers_read(message, NULL);
  return report_text(report);
}
