/* bouncedb doctor: one line for everything that needs attention, and an exit status for monitoring.
 * It changes nothing and is quick; db check finds damage. */
#include "config.h"

#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/doctor.h"

enum {
  EXIT_DEFERS = 2
}; /* the critical state of a monitoring plugin; EXIT_NEGATIVE is its warning */

/* In the order of the lines. */
static bool (*const store_checks[])(Doctor *doctor, Store *store, GError **error) = {
    doctor_check_arrivals,   doctor_check_lists,    doctor_check_held,
    doctor_check_complaints, doctor_check_waves,    doctor_check_alive,
    doctor_check_fleet,      doctor_check_settings, doctor_check_protection,
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
  doctor_check_files(doctor);
  if (doctor_try_delivery(doctor) && !check_store(doctor, &error))
    doctor_error(doctor, "database", error);
}

/* A configuration that cannot be read defers every message. What is wrong with the command line is
 * an error of this command. */
static bool
explain_settings(Doctor *doctor, GError **error)
{
  bool usage = (*error)->domain != BOUNCEDB_ERROR || (*error)->code == BOUNCEDB_ERROR_USAGE;
  if (usage)
    return false;
  doctor_defers(doctor, NULL, g_steal_pointer(error));
  return true;
}

static Json
begin_object(void)
{
  Json json = json_begin();
  json_open(&json, "lines", '[');
  return json;
}

static void
print_object(const Doctor *doctor)
{
  json_close(doctor->json, ']');
  json_text(doctor->json, "status",
            doctor->deferred       ? "deferred"
            : doctor->findings > 0 ? "warning"
                                   : "ok");
  json_close(doctor->json, '}');
  g_autofree char *text = json_finish(doctor->json);
  puts(text);
}

static int
conclude(const Doctor *doctor)
{
  if (doctor->json != NULL)
    print_object(doctor);
  else if (doctor->findings == 0)
    puts("ok: nothing needs attention");
  return doctor->deferred ? EXIT_DEFERS : doctor->findings > 0 ? EXIT_NEGATIVE : EXIT_OK;
}

bool
cmd_doctor(Context *context, int argc, char **argv, GError **error)
{
  g_autofree char *user = NULL;
  const GOptionEntry entries[] = {
      {"user", 0, 0, G_OPTION_ARG_FILENAME, &user,
       "Check as this user (default: the owner of the database)", "NAME"},
      {"json", 0, 0, G_OPTION_ARG_NONE, &context->json, "Print a JSON object", NULL},
      G_OPTION_ENTRY_NULL};
  Doctor doctor = {.now = context->now};
  g_autoptr(GError) cause = NULL;
  bool ready = cmd_options(
      context, NULL,
      "Print one line for everything that needs attention: why a message would be deferred,\n"
      "and how to correct that; what the guard holds; files that are open to others.\n"
      "Exit status: 0 if all is well, 1 if anything needs attention, 2 if messages are\n"
      "deferred.",
      entries, &argc, &argv, &cause);
  if (context->helped)
    return false;
  Json json = begin_object();
  doctor.json = context->json ? &json : NULL;
  g_autoptr(GString) unused = context->json ? NULL : json.out;
  if (ready && argc > 1)
    return throw(error, BOUNCEDB_ERROR_USAGE, "doctor takes no arguments: %s", argv[1]);
  ready = ready && doctor_become_user(context, user, &cause);
  if (!ready && !explain_settings(&doctor, &cause)) {
    g_propagate_error(error, g_steal_pointer(&cause));
    return false;
  }
  doctor.settings = context->settings;
  doctor.now = context->now;
  if (ready)
    examine(&doctor);
  context->status = conclude(&doctor);
  return true;
}
