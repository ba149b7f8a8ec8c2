/* bouncedb doctor: one line for everything that needs attention, and an exit status for monitoring.
 * It changes nothing and is quick; db check finds damage. */
#include "config.h"

#include <stdio.h>

#include "base/escape.h"
#include "cmd/cmd.h"
#include "cmd/doctor.h"

void
doctor_finding(Doctor *doctor, const char *what, const char *format, ...)
{
  va_list arguments;
  va_start(arguments, format);
  g_autofree char *text = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  g_autofree char *shown = escape_terminal(text);
  printf("%s: %s\n", what, shown);
  doctor->findings++;
}

void
doctor_error(Doctor *doctor, const char *what, GError *error)
{
  doctor_finding(doctor, what, "%s", error->message);
  g_error_free(error);
}

/* In the order of the lines. */
static void (*const file_checks[])(Doctor *doctor) = {doctor_check_files, doctor_check_keys};

static bool (*const store_checks[])(Doctor *doctor, Store *store, GError **error) = {
    doctor_check_lists, doctor_check_held,     doctor_check_complaints, doctor_check_waves,
    doctor_check_alive, doctor_check_settings, doctor_check_forgotten,
};

static bool
check_store(Doctor *doctor, GError **error)
{
  g_autoptr(Store) store = store_open(doctor->settings->database, STORE_READ, error);
  for (gsize i = 0; i < G_N_ELEMENTS(store_checks); i++)
    if (store == NULL || !store_checks[i](doctor, store, error))
      return false;
  return true;
}

static void
examine(Doctor *doctor)
{
  GError *error = NULL;
  for (gsize i = 0; i < G_N_ELEMENTS(file_checks); i++)
    file_checks[i](doctor);
  if (!check_store(doctor, &error))
    doctor_error(doctor, "database", error);
}

bool
cmd_doctor(Context *context, int argc, char **argv, GError **error)
{
  if (!cmd_options(
          context, NULL,
          "Print one line for everything that needs attention: what the guard holds, files\n"
          "that are missing or open to others, an outdated schema, a log that keeps growing.\n"
          "Exit status: 1 if there is anything.",
          NULL, &argc, &argv, error))
    return false;
  if (argc > 1)
    return throw(error, BOUNCEDB_ERROR_USAGE, "doctor takes no arguments: %s", argv[1]);
  Doctor doctor = {.settings = context->settings, .now = context->now};
  examine(&doctor);
  if (doctor.findings == 0)
    puts("ok");
  context->status = doctor.findings > 0 ? EXIT_NEGATIVE : EXIT_OK;
  return true;
}
