#include "config.h"

#include "cmd/doctor.h"

#include <stdio.h>

#include "base/escape.h"

/* label: what precedes the line in text, such as "warning: " */
static void
print_line(const Doctor *doctor, const char *level, const char *label, const char *what,
           const char *text)
{
  g_autofree char *shown = escape_terminal(text);
  if (doctor->json == NULL) {
    printf("%s%s: %s\n", label, what, shown);
    return;
  }
  json_open(doctor->json, NULL, '{');
  json_text(doctor->json, "level", level);
  json_text(doctor->json, "subject", what);
  json_text(doctor->json, "text", text);
  json_close(doctor->json, '}');
}

void
doctor_finding(Doctor *doctor, const char *what, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  g_autofree char *text = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  print_line(doctor, "finding", "warning: ", what, text);
  doctor->findings++;
}

void
doctor_note(const Doctor *doctor, const char *what, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  g_autofree char *text = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  print_line(doctor, "note", "", what, text);
}

void
doctor_error(Doctor *doctor, const char *what, GError *error)
{
  doctor_finding(doctor, what, "%s", error->message);
  g_error_free(error);
}

void
doctor_defers(Doctor *doctor, const char *remedy, GError *error)
{
  g_autofree char *text = g_strdup_printf("messages are deferred: %s%s%s", error->message,
                                          remedy != NULL ? "; " : "", remedy != NULL ? remedy : "");
  print_line(doctor, "finding", "error: ", "delivery", text);
  doctor->findings++;
  doctor->deferred = true;
  g_error_free(error);
}
